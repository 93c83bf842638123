"""The table of this browser's runs, and what can be done with the chosen one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd
import streamlit as st

from components.downloads import draw_downloads
from components.live_chart import MOST_RUNS
from components.navigation import ROOT
from components.numbers import duration
from components.owner import owner
from components.run_compare import WITH
from components.run_controls import draw_controls, draw_refusal, draw_waiting
from components.run_state import draw_badge, explanation
from components.run_texts import recipe_of, unsaid
from components.text import plain
from lib import data
from lib.errors import UserError
from lib.i18n import _
from lib.runs import supervisor
from lib.runs.history import safe_cell
from lib.runs.overview import foreseen
from lib.runs.states import TITLES
from lib.runs.store import LONGEST_NAME, Run, Store

TABLE: Final = "runs.table"
CHOSEN: Final = "runs.chosen"
TOGETHER: Final = "runs.together"
TICK: Final = 1.0
REST: Final = 3.0
_KEY: Final = "runs.chosen_run"
_ORDER: Final = "runs.order"
_WORD_JOINER: Final = "\u2060"
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
    chosen = next((run for run in runs if run.id == st.session_state.get(CHOSEN)), None)
    together = [run for run in runs if run.id in st.session_state.get(TOGETHER, ())]
    if len(together) > 1:
        _offer_chart(together)
    elif chosen is None:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(_("Choose a run in the table to open it, rename it, delete it, or take its files home; choose "
                         "several to see their curves on one chart."),
                       width="content")
            st.download_button(_("Table as CSV"), lambda: runs_csv(runs), "runs.csv", "text/csv",
                               icon=":material/download:", type="tertiary", key="runs.csv", on_click="ignore")
    else:
        _draw_chosen(store, chosen, active)


def rows(runs: Sequence[Run]) -> pd.DataFrame:
    """What the table shows, one row a run. Names that a spreadsheet would compute start with an invisible letter."""
    return pd.DataFrame([_row(run) for run in runs])


def runs_csv(runs: Sequence[Run]) -> str:
    """The table as CSV for a spreadsheet, with names that stay text."""
    text = io.StringIO(newline="")
    records = [_record(run) for run in runs]
    writer = csv.DictWriter(text, list(records[0]) if records else [])
    writer.writeheader()
    writer.writerows(records)
    # The mark at the beginning tells a spreadsheet that this is UTF-8.
    return "\ufeff" + text.getvalue()


def _row(run: Run) -> dict[str, Any]:
    recipe = recipe_of(run)
    return {
        "name": _harmless(run.name), "state": _(TITLES[run.state]),
        "progress": 100 if run.state == "finished" else run.progress * 100,
        "val": _percent(run.best_val_accuracy), "test": _percent(run.test_accuracy),
        "data": _harmless(data.title(recipe.data)) if recipe else None,
        "optimizer": recipe.optimizer.name if recipe else None, "parameters": run.parameters,
        "time": duration(run.trained), "created": datetime.fromtimestamp(run.created, tz=UTC),
    }


def _harmless(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return text if safe_cell(text) == text else _WORD_JOINER + text


def _percent(share: float | None) -> float | None:
    # Streamlit's own format of shares leaves out zeros at the end: the digits of a column would not stand in line.
    return None if share is None else share * 100


def _record(run: Run) -> dict[str, Any]:
    recipe = recipe_of(run)
    return {
        "name": safe_cell(run.name), "state": run.state, "data": recipe and recipe.data, "parameters": run.parameters,
        "optimizer": recipe and recipe.optimizer.name, "learning_rate": recipe and recipe.optimizer.learning_rate,
        "batch_size": recipe and recipe.batch_size, "epochs": run.epoch, "best_val_accuracy": run.best_val_accuracy,
        "test_accuracy": run.test_accuracy, "seconds": round(run.trained, 1),
        "created": datetime.fromtimestamp(run.created, tz=UTC).isoformat(timespec="seconds"),
    }


def _table(states: dict[str, str]) -> None:
    """The table; what stands around it follows when a run is no longer in the state that `states` has for it."""
    runs = Store().runs(owner())
    order = [run.id for run in runs]
    _keep_selection(order)
    st.dataframe(rows(runs), key=TABLE, hide_index=True, on_select=_select, selection_mode="multi-row",
                 column_config=_columns(), placeholder="–", height=_ROW * (min(len(runs), 12) + 1) + 3,
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


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "name": config.TextColumn(_("Name"), width="medium"),
        "state": config.TextColumn(_("State"), width="small"),
        "progress": config.ProgressColumn(_("Progress"), format="%d%%", min_value=0, max_value=100, width="small"),
        "val": config.NumberColumn(_("Best validation"), format="%.2f%%", help=_("Best accuracy on the images "
                                                                               "held out, of all epochs")),
        "test": config.NumberColumn(_("Test"), format="%.2f%%", help=_("Accuracy on the test set, at the end")),
        "data": config.TextColumn(_("Data")),
        "optimizer": config.TextColumn(_("Optimizer")),
        "parameters": config.NumberColumn(_("Parameters"), format="localized"),
        "time": config.TextColumn(_("Time"), width=105, help=_("How long the training took")),
        "created": config.DatetimeColumn(_("Started on"), format="YYYY-MM-DD HH:mm",
                                         timezone=st.context.timezone),
    }


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
