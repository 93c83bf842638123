"""The style sheet of the Formulas page."""

from __future__ import annotations

from functools import cache

import streamlit as st

from components.assets import joined


def style() -> None:
    """Put the style sheet on the page."""
    st.html(_sheet())


@cache
def _sheet() -> str:
    return f"<style>{' '.join(joined('formulas.css').split())}</style>"
