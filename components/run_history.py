"""What is known of the run that a session looks at, read once and then only what is new."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from lib.runs.history import History
from lib.runs.store import Run, Store

_HISTORY: Final = "run.history"


def told_so_far(store: Store, run: Run) -> History:
    """The history of `run`; this session keeps that of the last run it saw, and reads only what is new."""
    kept: dict[str, Any] = st.session_state.get(_HISTORY, {})
    history = History(**kept["values"]) if kept.get("run") == run.id else History()
    if history.last < run.last_event:
        history.add(store.events(run.owner, run.id, after=history.last))
    st.session_state[_HISTORY] = {"run": run.id, "values": vars(history)}
    return history
