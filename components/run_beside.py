"""What stands around the curves of a run: what is told of it, and lists to choose from, which keep still meanwhile."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.owner import owner
from components.run_compare import changed, draw_compare
from components.run_history import told_so_far
from components.run_numbers import draw_numbers
from components.run_share import draw_share
from components.run_texts import recipe_of
from components.timeline import draw_timeline
from lib.runs.store import Store

_TIMELINE: Final = 210


def draw_beside(run_id: str) -> None:
    """Where other runs are chosen for the same chart, and where it is shown to others; drawn anew only when somebody
    has done something there."""
    run = Store().run(owner(), run_id)
    if run is None:
        return
    if changed():
        # The chart is drawn by another part of the page.
        st.rerun(scope="app")
    with st.container(horizontal=True):
        draw_compare(run)
        draw_share(run)


def draw_told(run_id: str) -> None:
    """What is told of the training, and its numbers as a table."""
    store = Store()
    run = store.run(owner(), run_id)
    if run is None:
        return
    history, recipe = told_so_far(store, run), recipe_of(run)
    watching = [each.name for each in (*recipe.callbacks, *recipe.rules)] if recipe else []
    draw_timeline(history.told, watching, _TIMELINE)
    draw_numbers(history, f"run.{run.id}")
