"""Which other runs stand on the chart beside the one that is shown: kept in the address, so that they come back."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

from components.live_chart import MOST_RUNS
from components.owner import owner
from components.run_series import siblings
from components.text import plain
from lib.errors import shortened
from lib.i18n import _
from lib.runs.store import Run, Store

WITH: Final = "with"
_ID: Final = re.compile(r"[0-9a-f]{32}")
_LONGEST: Final = 60
_CHANGED: Final = "run.compare.changed"
_FIELD: Final = "run.compare.runs"


def compared(store: Store, run: Run) -> list[list[str]]:
    """The ids of the other runs that the address names, each with those that differ from it by their seed alone; the
    chart leaves out what is not this browser's."""
    others = [(run_id, store.run(run.owner, run_id)) for run_id in _named(run)]
    return [[run_id] if other is None else [each.id for each in siblings(store, other)]
            for run_id, other in others]


def _named(run: Run) -> list[str]:
    named = dict.fromkeys(str(st.query_params.get(WITH, "")).split(","))
    return [run_id for run_id in named if _ID.fullmatch(run_id) and run_id != run.id][:MOST_RUNS - 1]


def draw_compare(run: Run) -> None:
    """Where other runs of this browser are chosen to stand on the same chart."""
    with st.popover(_("Compare with other runs"), icon=":material/stacked_line_chart:", type="tertiary",
                    key=f"run.compare.{run.id}", on_change="rerun") as room:
        if not room.open:
            return
        names = {other.id: other.name for other in Store().runs(owner())
                 if other.id != run.id and other.attempt and (run.series is None or other.series != run.series)}
        if not names:
            st.caption(_("There is no other run of yours that has begun."))
            return
        st.session_state[_FIELD] = [run_id for run_id in _named(run) if run_id in names]
        st.multiselect(_("Other runs on the same chart"), list(names), key=_FIELD, max_selections=MOST_RUNS - 1,
                       format_func=lambda run_id: plain(shortened(names[run_id], _LONGEST)), on_change=_choose)


def changed() -> bool:
    """Whether another choice was made since this was last asked."""
    return bool(st.session_state.pop(_CHANGED, False))


def _choose() -> None:
    st.session_state[_CHANGED] = True
    chosen = st.session_state[_FIELD]
    if chosen:
        st.query_params[WITH] = ",".join(chosen)
    else:
        st.query_params.pop(WITH, None)
