"""The style sheet of the Build page, with the colours of the families."""

from __future__ import annotations

from functools import cache

import streamlit as st

from components.colours import colour_css
from components.navigation import ROOT


def style() -> None:
    """Put the style sheet on the page."""
    st.html(_sheet())


@cache
def _sheet() -> str:
    own = (ROOT / "components/static/build.css").read_text(encoding="utf-8")
    return f"<style>{colour_css()}\n{own}</style>"
