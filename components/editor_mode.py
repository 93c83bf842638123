"""Which editor the Build page shows, cards or canvas: chosen once, kept for this browser."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components import session
from components.owner import owner
from lib.errors import UserError
from lib.i18n import N_, _
from lib.runs.store import Store

CANVAS: Final = "canvas"
CARDS: Final = "cards"

_KEY: Final = "build.mode"
_KEPT: Final = "build.editor"
_LABELS: Final = {CARDS: N_("Cards"), CANVAS: N_("Canvas")}
_ICONS: Final = {CARDS: ":material/view_agenda:", CANVAS: ":material/polyline:"}


def editor_mode() -> str:
    """The editor to show: what this session or, at first, this browser chose last."""
    if _KEPT not in st.session_state:
        st.session_state[_KEPT] = _remembered()
    kept: str = st.session_state[_KEPT]
    return kept


def mode_switch() -> None:
    """The switch between the two."""
    st.session_state[_KEY] = editor_mode()
    st.segmented_control(_("Editor"), list(_LABELS), key=_KEY, format_func=_label, required=True, on_change=_chosen,
                         label_visibility="collapsed", wrap=False)


def _label(mode: str) -> str:
    return f"{_ICONS[mode]} {_(_LABELS[mode])}"


def _remembered() -> str:
    try:
        found = Store().preference(owner(), _KEPT)
    except UserError as error:
        session.add_notice(str(error))
        return CARDS
    return found if found in _LABELS else CARDS


def _chosen() -> None:
    mode = st.session_state[_KEY]
    if mode not in _LABELS:
        return
    st.session_state[_KEPT] = mode
    try:
        Store().set_preference(owner(), _KEPT, mode)
    except UserError as error:
        session.add_notice(str(error))
