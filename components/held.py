"""Widgets of the recipe that are drawn one by one: each shows what the recipe says, until its user moves on."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

_SHOWN: Final = "recipe.shown"


def key(name: str) -> str:
    """The key of the widget of `name`."""
    return f"recipe.own.{name}"


def shown() -> dict[str, Any]:
    """What each widget was last told to show, by its key."""
    told: dict[str, Any] = st.session_state.setdefault(_SHOWN, {})
    return told


def hold(name: str, value: Any) -> None:
    """Let the widget of `name` show `value`, unless it was last told the same and its user has moved on since."""
    widget = key(name)
    if widget not in st.session_state or shown().get(widget, ...) != value:
        st.session_state[widget] = value
    shown()[widget] = value
