"""The style sheet of the Build page, with the colours of the families."""

from __future__ import annotations

from functools import cache
from typing import Final

import streamlit as st

from components.assets import joined
from components.colours import colour_css

_SHEETS: Final = ("icon_buttons.css", "build.css", "cards.css", "inside.css")


def style() -> None:
    """Put the style sheet on the page."""
    st.html(_sheet())


@cache
def _sheet() -> str:
    # On one line: Streamlit looks at every line of what it sends, at every run.
    return f"<style>{' '.join(f'{colour_css()} {joined(*_SHEETS)}'.split())}</style>"
