"""What the callbacks of a training did, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from components.text import plain
from lib.i18n import _

_ICONS: Final = {
    "EarlyStopping": ":material/front_hand:",
    "ReduceLROnPlateau": ":material/trending_down:",
    "LearningRateStep": ":material/stairs:",
    "ModelCheckpoint": ":material/bookmark:",
}


def draw_timeline(notes: Sequence[dict[str, Any]], callbacks: Sequence[str], height: int) -> None:
    """The notes of a run, the newest first, in a box of `height` pixels.

    Args:
        notes: what happened, as `History.notes` holds it.
        callbacks: the names of the callbacks that the recipe asks for.
        height: of the box; more notes than fit are scrolled.
    """
    st.markdown(f"**{_('What the callbacks did')}**")
    with st.container(height=height, border=True, gap="small"):
        if not notes:
            st.caption(_nothing_yet(callbacks))
        for note in reversed(notes):
            epoch = _("epoch {epoch}").format(epoch=note["epoch"])
            icon = _ICONS.get(note["source"], ":material/info:")
            st.markdown(f"{icon} **{plain(note['source'])}** :gray[:small[{epoch}]]  \n{plain(sentence(note))}")


def sentence(note: dict[str, Any]) -> str:
    """What a note says, in the language of the moment."""
    text = _(note["message"])
    values = note.get("values") or {}
    return text.format(**values) if values else text


def _nothing_yet(callbacks: Sequence[str]) -> str:
    if not callbacks:
        return _("This training has no callbacks.")
    return _("Nothing yet. On watch: {names}.").format(names=", ".join(callbacks))
