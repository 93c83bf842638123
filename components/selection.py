"""Which block is open on the Build page: at most one, so that forty blocks stay quick."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lib.arch import Architecture

_CHOSEN: Final = "build.chosen"


def chosen(architecture: Architecture) -> str | None:
    """The id of the open input or node; at first the first node, so that a newcomer sees its fields."""
    if _CHOSEN not in st.session_state:
        choose_first(architecture)
    found = st.session_state[_CHOSEN]
    return found if found in architecture.by_id or found in architecture.inputs else None


def choose(node: str | None) -> None:
    """Open an input or node, and close the one that was open."""
    st.session_state[_CHOSEN] = node


def choose_first(architecture: Architecture) -> None:
    """Open the first node, if there is one."""
    choose(architecture.nodes[0].id if architecture.nodes else None)


def toggle(node: str) -> None:
    """Open `node`, or close it where it is open."""
    choose(None if st.session_state.get(_CHOSEN) == node else node)
