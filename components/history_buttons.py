"""Undo and Redo on the Build page: two buttons with their keys, and what counts how often they are pressed."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components import inbox, session
from components.assets import joined
from components.text import plain
from components.whole import whole
from lib.i18n import _

_SEEN: Final = "build.history.seen"
_COUNTER: Final = st.components.v2.component(
    "blockyard_history",
    html="<span></span>\n",
    js=joined("outbox.js", "letter.js", "history.js"),
    isolate_styles=False,
)


def history_buttons() -> None:
    """Draw both buttons, each with what it would do."""
    _button("undo", session.undo_label(), "Ctrl+Z")
    _button("redo", session.redo_label(), "Ctrl+Shift+Z")


def count_presses() -> None:
    """Let the browser count; to be called when everything is drawn that an undone step may change."""
    _COUNTER(key=inbox.HISTORY, data={"seen": inbox.told(_SEEN)}, on_asked_change=_asked)


def _button(kind: str, label: str | None, shortcut: str) -> None:
    undo = kind == "undo"
    words = _("Undo") if undo else _("Redo")
    st.button(
        words, icon=f":material/{kind}:", key=f"build.{kind}", disabled=label is None, shortcut=shortcut,
        help=f"{words}: {plain(label)}" if label else words, on_click=session.undo if undo else session.redo,
    )


@whole()
def _asked() -> None:
    for event in inbox.unseen_in(_SEEN, inbox.sent(inbox.HISTORY)):
        match event:
            case ["undo"]:
                session.undo()
            case ["redo"]:
                session.redo()
