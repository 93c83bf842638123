"""Trainings that differ by their seed alone, on the screen: what they say together, and what can be done with all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from components.navigation import ROOT
from components.numbers import percent
from components.owner import owner
from components.text import plain
from lib.errors import UserError
from lib.i18n import _
from lib.runs.series import Series, Spread, spread
from lib.runs.store import Run, Store

OPENED: Final = "runs.series"
"""Where the session keeps the series whose runs stand in the table one by one."""


def siblings(store: Store, run: Run) -> list[Run]:
    """`run` and those that differ from it by their seed alone, itself first."""
    others = store.series(run.owner, run.series) if run.series else []
    return [run, *(other for other in others if other.id != run.id)]


def ended_so_far(store: Store, run: Run) -> int:
    """How many of `run` and its siblings are over."""
    return sum(each.over for each in siblings(store, run))


def told(found: Spread | None) -> str:
    """Mean and standard deviation, as "98.12 % ± 0.10 %"."""
    if found is None:
        return percent(None)
    mean = percent(found.mean, 2)
    return mean if found.deviation is None else f"{mean} ± {percent(found.deviation, 2)}"


def draw_together(runs: Sequence[Run]) -> None:
    """One line on the page of a run: what it and its siblings say together; nothing where it is alone."""
    count, test = len(runs), spread(run.test_accuracy for run in runs)
    if count < 2:
        return
    if test is None:
        st.caption(_("One of {count} trainings that differ by their seed alone").format(count=count))
        return
    st.caption(_("One of {count} trainings that differ by their seed alone; test accuracy of those that ended "
                 "({ended}): **{test}**").format(count=count, ended=test.count, test=told(test)),
               help=_("Mean and standard deviation"))


def draw_series(store: Store, series: Series) -> None:
    """The chosen series on the Runs page."""
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.subheader(plain(_title(series)), anchor=False, width="content")
            with st.container(horizontal=True, width="content"):
                _actions(store, series)
        with st.grid(3, min_column_width=190):
            st.metric(_("Test accuracy"), told(series.test), border=True, help=_("Mean and standard deviation"))
            st.metric(_("Least to greatest"), _reach(series.test), border=True)
            st.metric(_("Best validation"), told(series.validation), border=True,
                      help=_("Mean and standard deviation"))


def _title(series: Series) -> str:
    return _("{name}, {count} seeds").format(name=series.name, count=len(series.runs))


def _reach(found: Spread | None) -> str:
    return percent(None) if found is None else f"{percent(found.least, 2)} – {percent(found.most, 2)}"


def _actions(store: Store, series: Series) -> None:
    if st.button(_("Mean and band"), type="primary", icon=":material/area_chart:", key="runs.series.open"):
        st.switch_page(ROOT / "pages/train.py", query_params={"run": series.runs[0].id})
    opened = series.id in st.session_state.get(OPENED, [])
    if st.button(_("Hide each run") if opened else _("Show each run"), key="runs.series.each",
                 icon=":material/unfold_less:" if opened else ":material/unfold_more:"):
        others = [each for each in st.session_state.get(OPENED, []) if each != series.id]
        st.session_state[OPENED] = others if opened else [*others, series.id]
        st.rerun()
    if any(not run.over for run in series.runs) and st.button(_("Stop all"), icon=":material/stop:",
                                                              key="runs.series.stop"):
        _each(store, series, store.request_stop)
    with st.popover(_("Delete all"), icon=":material/delete:", key=f"runs.series.delete.{series.id}",
                    on_change="rerun"):
        st.markdown(_("Delete **{name}**, all these runs with their curves and their models? This cannot "
                      "be undone.").format(name=plain(_title(series))))
        if st.button(_("Delete for good"), type="primary", icon=":material/delete_forever:",
                     key="runs.series.delete.sure"):
            _each(store, series, store.delete)


def _each(store: Store, series: Series, act: Callable[[str, str], None]) -> None:
    """Do it to every run, of which some may be gone or over meanwhile."""
    for run in store.series(owner(), series.id):
        try:
            if act == store.delete or not run.over:
                act(run.owner, run.id)
        except UserError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
    st.rerun()
