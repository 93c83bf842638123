"""A run's state on the screen: a badge, and a sentence that says what it means."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import streamlit as st

from components.numbers import grouped
from components.text import plain, sentence
from components.units import compact
from lib.i18n import N_, _
from lib.runs.states import TITLES, State
from lib.runs.store import Outlook, Run
from lib.settings import settings

_Colour = Literal["blue", "green", "orange", "red", "gray"]


class _Look(NamedTuple):
    icon: str
    colour: _Colour


LOOKS: Final[dict[State, _Look]] = {
    "queued": _Look(":material/hourglass_empty:", "gray"),
    "starting": _Look(":material/hourglass_top:", "blue"),
    "running": _Look(":material/play_circle:", "blue"),
    "pausing": _Look(":material/hourglass_bottom:", "orange"),
    "paused": _Look(":material/pause_circle:", "orange"),
    "stopping": _Look(":material/hourglass_bottom:", "orange"),
    "finished": _Look(":material/check_circle:", "green"),
    "stopped": _Look(":material/stop_circle:", "gray"),
    "failed": _Look(":material/error:", "red"),
    "interrupted": _Look(":material/power_off:", "orange"),
}

_SENTENCES: Final[dict[State, str]] = {
    "starting": N_("A worker is getting the network and the images ready."),
    "running": N_("The training goes on when you close this page; come back to it at any time."),
    "pausing": N_("Pausing after the present batch; it can go on from there at any time."),
    "paused": N_("Paused by hand; everything is kept, and it can go on from there at any time."),
    "stopping": N_("Stopping after the present batch; what has been learned is kept."),
    "finished": N_("All done."),
    "stopped": N_("Stopped by hand; what had been learned until then is kept."),
    "failed": N_("The training could not go on."),
    "interrupted": N_("The process that trained has ended before its time."),
}
_SOON: Final = 5.0


def draw_badge(state: State) -> None:
    """The state as a word with an icon and a colour."""
    look = LOOKS[state]
    st.badge(_(TITLES[state]), icon=look.icon, color=look.colour)


def draw_sentence(run: Run, outlook: Outlook | None, epochs: int) -> None:
    """What the state means, and the reason of a run that did not end as it should.

    Args:
        run: the run.
        outlook: what is before it in the queue; None when it does not wait.
        epochs: how many its recipe asks for.
    """
    if run.state == "failed":
        st.error(plain(sentence(run.reason or _(_SENTENCES["failed"]))), icon=":material/error:")
    elif run.state == "interrupted":
        st.warning(plain(explanation(run, outlook)), icon=":material/power_off:")
    elif run.state == "paused" and run.reason:
        st.warning(plain(explanation(run, outlook)), icon=":material/pause_circle:")
    elif run.state == "finished" and run.epoch < epochs:
        early = _("A callback ended the training after {epoch} of {epochs} epochs.")
        st.markdown(f":gray[{early.format(epoch=run.epoch, epochs=epochs)}]")
    else:
        st.markdown(f":gray[{plain(explanation(run, outlook))}]")


def explanation(run: Run, outlook: Outlook | None) -> str:
    """What the state of a run means, in a sentence or two."""
    if run.state == "queued":
        return sentence(run.reason) if run.reason and run.wish == "stop" else waiting(run, outlook)
    if run.state == "interrupted":
        reason = sentence(run.reason or _(_SENTENCES["interrupted"]))
        kept = _("It goes on from where it was last kept, as soon as there is a worker.")
        return f"{_closed(reason)} {kept}"
    if run.state == "paused":
        return _paused(run)
    if run.state in ("starting", "running") and run.wish == "stop_after_epoch":
        return _("It stops after this epoch; what has been learned is kept.")
    if run.state in ("pausing", "stopping") and run.stop_seen:
        return _("The training has halted; what it has learned is being put away.")
    if run.state == "stopped" and not run.attempt and not run.reason:
        return _("Taken out of the queue before it began.")
    return sentence(run.reason) if run.reason else _(_SENTENCES[run.state])


def waiting(run: Run, outlook: Outlook | None) -> str:
    """Where a waiting run stands, and when it is expected to start."""
    if outlook is None or outlook.position == 1:
        parts = [_("Next in line for a free worker.")]
    else:
        parts = [_("Waiting for a free worker, number {position} in line.").format(position=outlook.position)]
    most = settings()
    if outlook and outlook.own and most.owner_running < most.workers:
        parts.append(_("It starts when one of your other trainings has ended or pauses: one browser may have {most} at "
                       "the same time.").format(most=most.owner_running))
    elif outlook and outlook.seconds is not None and outlook.seconds > _SOON:
        parts.append(_("Expected to start in about {time}.").format(time=_roughly(outlook.seconds)))
    if run.attempt:
        parts.append(_("It goes on from where it was kept."))
    return " ".join(parts)


def _paused(run: Run) -> str:
    if run.needs_room is not None:
        reason = _closed(sentence(run.reason)) if run.reason else _("The disk is full.")
        room = _("It goes on by itself when there is room: {size} must be free.")
        return f"{reason} {room.format(size=compact(run.needs_room, 'B'))}"
    if run.reason:
        return f"{_closed(sentence(run.reason))} {_('Everything is kept, and it can go on from there at any time.')}"
    if not run.attempt:
        return _("Taken out of the queue for now; it can come back at any time.")
    return _(_SENTENCES["paused"])


def _closed(text: str) -> str:
    """`text` with an end, so that another sentence can follow."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _roughly(seconds: float) -> str:
    """`seconds` as exactly as such a guess may claim."""
    if seconds < 100:
        return _("{seconds} s").format(seconds=round(seconds / 5) * 5)
    if seconds < 5400:
        return _("{minutes} min").format(minutes=round(seconds / 60))
    return _("{hours} h").format(hours=grouped(round(seconds / 3600)))
