"""A run's state on the screen: a badge, and a sentence that says what it means."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import streamlit as st

from components.text import plain, sentence
from lib.i18n import N_, _
from lib.runs.states import TITLES, State
from lib.runs.store import Run

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
    "paused": N_("Paused; everything is kept, and it can go on from there at any time."),
    "stopping": N_("Stopping after the present batch; what has been learned is kept."),
    "finished": N_("All done."),
    "stopped": N_("Stopped when you asked for it; what had been learned until then is kept."),
    "failed": N_("The training could not go on."),
    "interrupted": N_("The process that trained has ended before its time."),
}


def draw_badge(state: State) -> None:
    """The state as a word with an icon and a colour."""
    look = LOOKS[state]
    st.badge(_(TITLES[state]), icon=look.icon, color=look.colour)


def draw_sentence(run: Run, position: int | None, epochs: int) -> None:
    """What the state means, and the reason of a run that did not end as it should.

    Args:
        run: the run.
        position: its place in the queue, 1 for the next; None when it does not wait.
        epochs: how many its recipe asks for.
    """
    if run.state == "failed":
        st.error(plain(sentence(run.reason or _(_SENTENCES["failed"]))), icon=":material/error:")
    elif run.state == "interrupted":
        reason = sentence(run.reason or _(_SENTENCES["interrupted"]))
        kept = _("It goes on from where it was last kept, as soon as there is a worker.")
        st.warning(plain(f"{reason} {kept}"), icon=":material/power_off:")
    elif run.state == "finished" and run.epoch < epochs:
        early = _("A callback ended the training after {epoch} of {epochs} epochs.")
        st.markdown(f":gray[{early.format(epoch=run.epoch, epochs=epochs)}]")
    else:
        st.markdown(f":gray[{plain(explanation(run, position))}]")


def explanation(run: Run, position: int | None) -> str:
    """One sentence about a run that waits, trains, or ended well."""
    if run.state == "queued":
        return waiting(position)
    return sentence(run.reason) if run.reason else _(_SENTENCES[run.state])


def waiting(position: int | None) -> str:
    """Where a waiting run stands."""
    if position is None or position == 1:
        return _("Next in line for a free worker.")
    return _("Waiting for a free worker, number {position} in line.").format(position=position)
