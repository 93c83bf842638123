"""The table of this browser's runs, and what can be done with the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.downloads import draw_downloads
from components.live_chart import MOST_RUNS
from components.navigation import ROOT
from components.owner import owner
from components.run_compare import WITH
from components.run_controls import draw_controls, draw_refusal, draw_waiting
from components.run_rows import columns, rows, runs_csv
from components.run_series import OPENED, draw_series
from components.run_state import draw_badge, explanation
from components.run_texts import unsaid
from components.text import plain
from lib.errors import UserError
from lib.i18n import _
from lib.runs import supervisor
from lib.runs.overview import foreseen
from lib.runs.series import Series, gathered
from lib.runs.store import LONGEST_NAME, Run, Store

TABLE: Final = "runs.table"
CHOSEN: Final = "runs.chosen"
TOGETHER: Final = "runs.together"
TICK: Final = 1.0
REST: Final = 3.0
_KEY: Final = "runs.chosen_run"
_ORDER: Final = "runs.order"
_ROW: Final = 35


def draw_runs() -> None:
    """Everything on the Runs page, kept up to date while a run is not over."""
    store = Store()
    runs = store.runs(owner())
    if not runs:
        _nothing_yet()
        return
    active = any(run.waiting or run.active for run in runs)
    if active:
        supervisor.ensure_running()
    st.fragment(_table, run_every=TICK if active else REST)({run.id: run.state for run in runs})
    entries = _entries(runs)
    chosen = next((one for one in entries if one.id == st.session_state.get(CHOSEN)), None)
    together = [one.runs[0] if isinstance(one, Series) else one
                for one in entries if one.id in st.session_state.get(TOGETHER, ())]
    if len(together) > 1:
        _offer_chart(together)
    elif isinstance(chosen, Series):
        draw_series(store, chosen)
    elif chosen is None:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(_("Choose a run in the table to open it, rename it, delete it, or take its files home; choose "
                         "several to see their curves on one chart."),
                       width="content")
            st.download_button(_("Table as CSV"), lambda: runs_csv(runs), "runs.csv", "text/csv",
                               icon=":material/download:", type="tertiary", key="runs.csv", on_click="ignore")
    else:
        _draw_chosen(store, chosen, active)


def _entries(runs: Sequence[Run]) -> list[Run | Series]:
    """What stands in the rows of the table: runs, and series, below which their runs stand where they are opened."""
    opened = st.session_state.get(OPENED, [])
    found: list[Run | Series] = []
    for one in gathered(runs):
        found.append(one)
        if isinstance(one, Series) and one.id in opened:
            found += one.runs
    return found


def _table(states: dict[str, str]) -> None:
    """The table; what stands around it follows when a run is no longer in the state that `states` has for it."""
    runs = Store().runs(owner())
    entries = _entries(runs)
    order = [one.id for one in entries]
    _keep_selection(order)
    st.dataframe(rows(entries), key=TABLE, hide_index=True, on_select=_select, selection_mode="multi-row",
                 column_config=columns(), placeholder="–", height=_ROW * (min(len(entries), 12) + 1) + 3,
                 alt=_("Your runs, the newest first"))
    if {run.id: run.state for run in runs} != states:
        st.rerun(scope="app")


def _keep_selection(order: list[str]) -> None:
    """The browser remembers the numbers of the chosen rows; a new or deleted run gives them others."""
    if st.session_state.get(_ORDER) != order:
        chosen = st.session_state.get(TOGETHER) or [st.session_state.get(CHOSEN)]
        rows = [order.index(run_id) for run_id in chosen if run_id in order]
        st.session_state[TABLE] = {"selection": {"rows": rows}}
        st.session_state[_ORDER] = order


def _select() -> None:
    selected = st.session_state[TABLE]["selection"]["rows"]
    order = st.session_state[_ORDER]
    chosen = [order[row] for row in sorted(selected) if row < len(order)]
    st.session_state[CHOSEN] = chosen[0] if len(chosen) == 1 else None
    st.session_state[TOGETHER] = chosen if len(chosen) > 1 else []
    st.rerun()


def _offer_chart(runs: Sequence[Run]) -> None:
    """What can be done with several runs."""
    shown = runs[:MOST_RUNS]
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        if st.button(_("Curves on one chart"), type="primary", icon=":material/stacked_line_chart:",
                     key="runs.compare"):
            others = ",".join(run.id for run in shown[1:])
            st.switch_page(ROOT / "pages/train.py", query_params={"run": shown[0].id, WITH: others})
        st.caption(", ".join(plain(run.name) for run in shown), width="content")
        if len(runs) > MOST_RUNS:
            st.caption(_("Of the {count} runs that are chosen, the newest {most}.").format(
                count=len(runs), most=MOST_RUNS), width="content")


def _draw_chosen(store: Store, run: Run, active: bool) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                st.subheader(plain(run.name), anchor=False, width="content")
                draw_badge(run.state)
            with st.container(horizontal=True, width="content"):
                _actions(store, run)
        st.fragment(_draw_state, run_every=TICK if active else None)(run.id, run.state)
        if complaint := unsaid(run):
            st.warning(plain(complaint), icon=":material/warning:")
        st.caption(_("Take it home"))
        draw_downloads(store, run, f"runs.{run.id}")


def _draw_state(run_id: str, state: str) -> None:
    """What the chosen run is about, and what it can be made to do; the whole page follows when its state changes."""
    store = Store()
    run = store.run(owner(), run_id)
    if run is None or run.state != state or st.session_state.get(CHOSEN) != run_id:
        st.rerun(scope="app")
    st.markdown(f":gray[{plain(explanation(run, foreseen(store, run)))}]")
    draw_waiting(store, run, _KEY)
    with st.container(horizontal=True):
        draw_controls(run, _KEY, CHOSEN)
    draw_refusal(run, _KEY)


def _actions(store: Store, run: Run) -> None:
    if st.button(_("Open"), type="primary", icon=":material/open_in_full:", key="runs.open"):
        st.switch_page(ROOT / "pages/train.py", query_params={"run": run.id})
    with st.popover(_("Rename"), icon=":material/edit:", key=f"runs.rename.{run.id}.{run.name}", on_change="rerun"):
        _rename(store, run)
    with st.popover(_("Delete"), icon=":material/delete:", key=f"runs.delete.{run.id}", on_change="rerun"):
        _delete(store, run)


def _rename(store: Store, run: Run) -> None:
    name = st.text_input(_("New name"), value=run.name, max_chars=LONGEST_NAME, key=f"runs.name.{run.id}")
    if st.button(_("Save the name"), type="primary", key="runs.rename.save"):
        try:
            store.rename(run.owner, run.id, name or "")
        except UserError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.rerun()


def _delete(store: Store, run: Run) -> None:
    st.markdown(_("Delete **{name}** with its curves and its model? This cannot be undone.").format(
        name=plain(run.name)))
    if not run.over:
        st.markdown(_("It is still training and will be stopped first."))
    if st.button(_("Delete for good"), type="primary", icon=":material/delete_forever:", key="runs.delete.sure"):
        try:
            store.delete(run.owner, run.id)
        except UserError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.session_state[CHOSEN] = None
        st.rerun()


def _nothing_yet() -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"### {_('Nothing has been trained yet')}", text_alignment="center")
        st.markdown(_("Each training appears here with its curves, its model and its code."), text_alignment="center")
        if st.button(_("Train a network"), type="primary", icon=":material/play_arrow:", key="runs.first"):
            st.switch_page(ROOT / "pages/train.py")
        st.space("small")
