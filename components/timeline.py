"""What happened to a training, and when: its changes of state, and what its callbacks did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from components.numbers import grouped
from components.run_state import LOOKS
from components.text import plain
from components.text import sentence as capitalized
from lib.errors import UserError
from lib.i18n import N_, _
from lib.runs.states import TITLES
from lib.training.run import BY_HAND

_ICONS: Final = {
    "EarlyStopping": ":material/front_hand:",
    "ReduceLROnPlateau": ":material/trending_down:",
    "LearningRateStep": ":material/stairs:",
    "LearningRateScheduler": ":material/stairs:",
    "TerminateOnNaN": ":material/front_hand:",
    "ModelCheckpoint": ":material/bookmark:",
    BY_HAND: ":material/tune:",
    "StopTraining": ":material/front_hand:",
    "MultiplyLearningRate": ":material/stairs:",
    "SetLearningRate": ":material/stairs:",
    "SaveModel": ":material/bookmark:",
    "Freeze": ":material/ac_unit:",
    "Unfreeze": ":material/mode_heat:",
    "WriteNote": ":material/edit_note:",
}
"""By the name of the callback, or by what a rule does."""
_TITLES: Final = {BY_HAND: N_("By hand")}


def draw_timeline(told: Sequence[dict[str, Any]], callbacks: Sequence[str], height: int) -> None:
    """What happened, the newest first, in a box of `height` pixels.

    Args:
        told: as `History.told` holds it.
        callbacks: the names of the callbacks that the recipe asks for.
        height: of the box; more entries than fit are scrolled.
    """
    st.markdown(f"**{_('Timeline')}**")
    zone = _zone()
    with st.container(height=height, border=True, gap="small"):
        if callbacks and not any(entry["kind"] == "note" for entry in told):
            st.caption(_("On watch: {names}.").format(names=", ".join(callbacks)))
        for entry in reversed(told):
            st.markdown(_entry(entry, moment(entry["time"], zone)))


def moment(seconds: float, zone: tzinfo) -> str:
    """The time of day of `seconds` since 1970; with its date where that is another day's."""
    then = datetime.fromtimestamp(seconds, tz=zone)
    today = then.date() == datetime.now(tz=zone).date()
    return then.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")


def sentence(note: dict[str, Any]) -> str:
    """What a note says, in the language of the moment."""
    text = _(note["message"])
    values = note.get("values") or {}
    return text.format(**values) if values else text


def _zone() -> tzinfo:
    """The time zone of the browser, as far as it names one that is known here."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ValueError, OSError, KeyError):
        return UTC


def _entry(entry: dict[str, Any], when: str) -> str:
    match entry["kind"]:
        case "state":
            title = f"{LOOKS[entry['state']].icon} **{_(TITLES[entry['state']])}** :gray[:small[{when}]]"
            reason = UserError.from_json(entry["reason"]) if entry.get("reason") else None
            return f"{title}  \n{plain(capitalized(reason))}" if reason else title
        case "resume":
            return f":material/resume: {plain(_resumed(entry))} :gray[:small[{when}]]"
        case _:
            epoch = _("epoch {epoch}").format(epoch=entry["epoch"])
            icon = _ICONS.get(entry.get("action", entry["source"]), ":material/info:")
            source = _(_TITLES.get(entry["source"], entry["source"]))
            title = f"{icon} **{plain(source)}** :gray[:small[{epoch} · {when}]]"
            return f"{title}  \n{plain(sentence(entry))}"


def _resumed(entry: dict[str, Any]) -> str:
    if not entry["step"]:
        return _("Begins anew: nothing had been kept to go on from.")
    return _("Goes on after batch {step}; complete epochs: {epoch}").format(
        step=grouped(entry["step"]), epoch=entry["epoch"])
