"""Widgets whose value the page changes by itself, as after Undo.

Until the browser has drawn that, it sends their former values along with whatever comes next: those are echoes, which
must not be taken for something that the user has typed.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import streamlit as st

from components import inbox

_FORMER: Final = "echo.former"


class _Former(NamedTuple):
    """What a widget held before it was given other values, and the state of the network that gave it the last one."""

    values: list[Any]
    since: int


def show(widget: str, value: Any) -> None:
    """Let the widget of this key show `value`; to be called before it is drawn."""
    held = st.session_state.get(widget, value)
    if held != value:
        values = _values(widget)
        known = values if held in values else [*values, held]
        _former()[widget] = _Former(known, inbox.state())
    st.session_state[widget] = value


def is_echo(widget: str) -> bool:
    """Whether a widget holds what it held before it was given another value, and came along with an event of a browser
    that had not drawn that value yet."""
    return inbox.drawn() is not None and st.session_state.get(widget) in _values(widget)


def _values(widget: str) -> list[Any]:
    """The values of which an echo may still come. That the session holds another one says nothing about the browser:
    the run that set it may have been cut short."""
    found = _former().get(widget)
    if found is None:
        return []
    drawn = inbox.drawn()
    if drawn is not None and drawn >= found.since:
        del _former()[widget]
        return []
    return found.values


def _former() -> dict[str, _Former]:
    former: dict[str, _Former] = st.session_state.setdefault(_FORMER, {})
    return former
