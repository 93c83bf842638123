"""Widgets of the recipe that are drawn one by one: each shows what the recipe says, until its user moves on."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from lib.training.recipe import Recipe

KEY: Final = "recipe"
_SHOWN: Final = "recipe.shown"


def key(name: str) -> str:
    """The key of the widget of `name`."""
    return f"{KEY}.own.{name}"


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


def changed(recipe: Recipe, name: str, value: Any, held: Any = ...) -> Recipe:
    """`recipe` with another value of a field; `held` is what its widget holds for it, if not the value itself."""
    shown()[key(name)] = value if held is ... else held
    return recipe.model_copy(update={name: value})
