"""The networks of the gallery as a table, and the chosen one with its story, its picture, and the way to Build."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import pandas as pd
import streamlit as st

from components import session
from components.graph import graph
from components.navigation import ROOT
from components.numbers import grouped
from components.selection import choose_first
from components.text import plain
from components.units import compact
from components.whole import whole
from lib.arch import Architecture, Cost, analyse
from lib.arch.gallery import ENTRIES, Entry
from lib.i18n import N_, _

CHOSEN: Final = "network"
"""In the address: which network is open."""

_TABLE: Final = "gallery.table"
_SEARCH: Final = "gallery.search"
_IMAGES: Final = "gallery.images"
_ROW: Final = 35
_MOST_ROWS: Final = 14
_SMALL: Final = {"CIFAR-10": (32, 32, 3), "MNIST": (28, 28, 1)}


def draw_gallery() -> None:
    """The table, and beside it the network that is chosen there or named in the address."""
    st.caption(_("Thirty years of networks, each with the parameters that its source states. Choose one to read what "
                 "was new, and open it on the Build page to change it."))
    table, story = st.columns([11, 9], gap="medium")
    with table:
        _table()
    with story:
        _story(_chosen())


@lru_cache(maxsize=1)
def costs() -> dict[str, Cost]:
    """What every network of the gallery costs, counted once."""
    return {name: analyse(entry.architecture).total for name, entry in ENTRIES.items()}


def found(words: str) -> list[Entry]:
    """The networks whose title, source or year has all of these words, by year."""
    wanted = words.lower().split()
    fitting = [entry for entry in ENTRIES.values() if all(word in _text(entry) for word in wanted)]
    return sorted(fitting, key=lambda entry: entry.family.year)


def _text(entry: Entry) -> str:
    return f"{entry.name} {entry.title} {entry.family.source} {entry.family.year}".lower()


def _chosen() -> Entry:
    return ENTRIES.get(st.query_params.get(CHOSEN, ""), next(iter(ENTRIES.values())))


def _table() -> None:
    words = st.text_input(_("Search"), key=_SEARCH, placeholder=_("Name, author or year"), icon=":material/search:",
                          label_visibility="collapsed")
    entries = found(words or "")
    if not entries:
        st.info(_("No network has these words."), icon=":material/search_off:")
        return
    order = [entry.name for entry in entries]
    chosen = _chosen().name
    st.session_state[_TABLE] = {"selection": {"rows": [order.index(chosen)] if chosen in order else []}}
    st.dataframe(_rows(entries), key=_TABLE, hide_index=True, on_select=_select_in(order),
                 selection_mode="single-row", column_config=_columns(),
                 height=_ROW * (min(len(entries), _MOST_ROWS) + 1) + 3, alt=_("The networks of the gallery, by year"))


def _select_in(order: Sequence[str]) -> Any:
    def select() -> None:
        rows = st.session_state[_TABLE]["selection"]["rows"]
        if rows and rows[0] < len(order):
            st.query_params[CHOSEN] = order[rows[0]]

    return select


def _rows(entries: Sequence[Entry]) -> pd.DataFrame:
    totals = costs()
    return pd.DataFrame([
        {"title": entry.title, "year": entry.family.year, "parameters": _counted(entry, totals[entry.name]),
         "macs": round(totals[entry.name].macs / 1e6, 1), "source": entry.family.source}
        for entry in entries
    ])  # fmt: skip


def _counted(entry: Entry, total: Cost) -> int:
    return total.trainable if entry.counted == "trained" else total.parameters


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "title": config.TextColumn(_("Name"), width="medium"),
        "year": config.NumberColumn(_("Year"), format="%d", width=60),
        "parameters": config.NumberColumn(_("Parameters"), format="localized"),
        "macs": config.NumberColumn(_("Million MACs"), format="localized", help=_("Multiply-adds for one image")),
        "source": config.TextColumn(_("Source"), width="medium"),
    }


def _story(entry: Entry) -> None:
    """What was new, what it cost, what came of it; the stages as a picture; the way to Build."""
    network, total = entry.architecture, costs()[entry.name]
    st.subheader(plain(entry.title), anchor=False)
    st.write(_(entry.family.story))
    st.caption(plain(entry.family.source))
    with st.container(horizontal=True, gap="medium"):
        st.metric(_("Parameters"), grouped(_counted(entry, total)), help=_said(entry))
        st.metric(_("MACs"), compact(total.macs))
        st.metric(_("Images"), " × ".join(map(str, entry.shape)))
    st.caption(_said(entry))
    _open(entry)
    with st.container(key="picture", border=True):
        graph(network, None, lambda _node: None, key=f"gallery.graph.{entry.name}")


def _said(entry: Entry) -> str:
    published = _("Published: {count}, which is what is counted here.").format(count=grouped(entry.published))
    total = costs()[entry.name]
    apart = _("In all {total}: {trained} trained, {fixed} not.").format(
        total=grouped(total.parameters), trained=grouped(total.trainable), fixed=grouped(total.non_trainable))
    return " ".join([published, *([_(entry.note)] if entry.note else []), *([apart] if total.non_trainable else [])])


def _open(entry: Entry) -> None:
    fitting = {name: entry.for_images(shape, 10) for name, shape in _SMALL.items() if shape != entry.shape}
    offered: dict[str, Architecture] = {_("As published"): entry.architecture}
    offered |= {name: network for name, network in fitting.items() if network is not None}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        images = st.segmented_control(_("For images of"), list(offered), default=_("As published"), required=True,
                                      key=f"{_IMAGES}.{entry.name}",
                                      help=_("For small images the first layers do not make them smaller, and there "
                                             "are 10 classes"))
        if st.button(_("Open on Build"), icon=":material/deployed_code:", type="primary", key="gallery.open"):
            network = offered[images or _("As published")]
            with whole():
                session.put_network(network, N_("open {title}"), title=entry.title)
                choose_first(network)
            st.switch_page(ROOT / "pages/build.py")
