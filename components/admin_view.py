"""The trainings of every browser, for who knows the password: workers, queue, room, and what can be done about it."""

from __future__ import annotations

from itertools import count
from typing import Final

import streamlit as st

from components.admin_gate import draw_gate, is_open
from components.numbers import duration, grouped
from components.run_state import draw_badge
from components.text import plain
from components.units import compact
from components.whole import whole
from lib.errors import UserError
from lib.i18n import _
from lib.runs import supervisor
from lib.runs.overview import drain, draining, room, unfinished
from lib.runs.records import Run
from lib.runs.store import Store
from lib.settings import settings

_DRAIN: Final = "admin.drain"
_TICK: Final = 2.0
_MOST_SHOWN: Final = 60
_LABEL: Final = 6


def draw_admin() -> None:
    """The password first, then everything that is under way; nothing where the settings have no password."""
    if not settings().admin:
        return
    if not is_open():
        draw_gate()
        return
    st.fragment(_overview, run_every=_TICK)()


def _overview() -> None:
    if not is_open():
        st.rerun(scope="app")
    store = Store()
    found = unfinished(store)
    _figures(store, found)
    st.session_state[_DRAIN] = draining(store)
    st.toggle(_("Drain: no waiting training begins, those in training go on"), key=_DRAIN, on_change=_act,
              args=(None, "drain"))
    if problem := st.session_state.get("admin.problem"):
        st.error(plain(str(problem)), icon=":material/error:")
    if not found:
        st.caption(_("Nothing is in training and nothing waits."))
    places = count(1)
    for run in found[:_MOST_SHOWN]:
        _row(run, next(places) if run.waiting else None)
    if len(found) > _MOST_SHOWN:
        st.caption(_("and {count} more").format(count=len(found) - _MOST_SHOWN))


def _figures(store: Store, found: list[Run]) -> None:
    has = room(store)
    training, waiting = sum(run.active for run in found), sum(run.waiting for run in found)
    with st.grid(5, min_column_width=150):
        st.metric(_("Workers at work"), f"{training} / {settings().workers}", border=True)
        st.metric(_("Waiting"), grouped(waiting), border=True)
        st.metric(_("Memory in use"), _part(has.memory_used, has.memory), border=True)
        st.metric(_("Free on the disk"), _part(has.disk_free, has.disk), border=True)
        st.metric(_("Disk taken by runs"), compact(has.runs, "B"), border=True)


def _part(size: int, whole: int) -> str:
    """Bytes of a whole in its unit, in few digits: 2.0 / 25 GB."""
    number, space, unit = compact(whole, "B").partition("\u202f")
    part = size / whole * float(number)
    return f"{part:.{0 if part >= 10 else 1}f} / {float(number):.0f}{space}{unit}"


def _row(run: Run, place: int | None) -> None:
    """One run: whose it is, as far as one browser must be told from another, but not what it is called."""
    facts = [_("browser {label}").format(label=run.owner[:_LABEL]),
             _("{count} parameters").format(count=grouped(run.parameters))]
    if place is not None:
        facts.append(_("number {position} in line").format(position=place))
    if run.attempt:
        facts += [_("{share} done").format(share=f"{run.progress:.0%}"),
                  _("{time} of training so far").format(time=duration(run.trained))]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", border=True):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            draw_badge(run.state)
            st.markdown(plain(" · ".join(facts)), width="content")
        with st.container(horizontal=True, width="content"):
            st.button(_("Pause"), icon=":material/pause:", key=f"admin.pause.{run.id}", on_click=_act,
                      args=(run.id, "pause"), disabled=run.state in ("pausing", "paused", "stopping"))
            st.button(_("Cancel"), icon=":material/stop:", key=f"admin.cancel.{run.id}", on_click=_act,
                      args=(run.id, "cancel"), disabled=run.state == "stopping")


@whole()
def _act(run_id: str | None, wish: str) -> None:
    """Grant a wish of who has given the password."""
    if not is_open():
        return
    st.session_state["admin.problem"] = None
    try:
        supervisor.ensure_running()
        if run_id is None:
            drain(Store(), st.session_state[_DRAIN])
        elif wish == "pause":
            Store().request_pause(None, run_id)
        else:
            Store().request_stop(None, run_id)
    except UserError as error:
        st.session_state["admin.problem"] = error
