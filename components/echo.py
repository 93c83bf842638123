"""Widgets whose value the page changes by itself, as after Undo.

Until the browser has drawn that, it sends their former values along with whatever comes next: those are echoes, which
must not be taken for something that the user has typed.
"""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from components import inbox

_FORMER: Final = "echo.former"


def show(widget: str, value: Any) -> None:
    """Let the widget of this key show `value`; to be called before it is drawn."""
    former = _former()
    held = st.session_state.get(widget, value)
    if held == value:
        former.pop(widget, None)
    else:
        former.setdefault(widget, []).append(held)
    st.session_state[widget] = value


def is_echo(widget: str) -> bool:
    """Whether a widget holds what it held before it was given another value, and came along with an event."""
    return inbox.has_mail() and st.session_state.get(widget) in _former().get(widget, ())


def _former() -> dict[str, list[Any]]:
    former: dict[str, list[Any]] = st.session_state.setdefault(_FORMER, {})
    return former
