"""The blocks that a student can insert: by family, each with when to use it and where it comes from."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from components import session
from components.inside import inside_details
from components.offers import frame
from components.own_blocks import offered_blocks, source_of, title_of
from components.selection import choose
from components.whole import whole
from lib.arch import Architecture, edit
from lib.arch.block import FAMILIES, Entry
from lib.i18n import N_, _

PLACE: Final = "build.place"
_SEARCH: Final = "build.search"
INSERT: Final = N_("insert {id}")
Place = tuple[str, str | None]
"""Where the next block goes: ("after" or "before", an id), or ("end", None)."""


def ask(place: Place) -> None:
    """Open the palette for a block at `place` with the next drawing of the page."""
    st.session_state[PLACE] = place
    st.session_state[_SEARCH] = ""


def close() -> None:
    """Forget that the palette was asked for."""
    st.session_state.pop(PLACE, None)


def palette_dialog() -> None:
    """Draw the palette where it has been asked for."""
    if PLACE in st.session_state:
        place = st.session_state[PLACE]
        title = {
            "after": _("Insert a block after {id}"), "before": _("Insert a block before {id}"),
        }.get(place[0], _("Add a block")).format(id=place[1])
        st.dialog(title, width="large", icon=":material/add_box:", on_dismiss=close)(_entries)()


def _entries() -> None:
    wanted = st.text_input(
        _("Search"), key=_SEARCH, live=True, icon=":material/search:", label_visibility="collapsed",
        placeholder=_("Search: a name, or what it is for"),
    )
    words = (wanted or "").casefold().split()
    found = False
    for family, entries in offered_blocks().items():
        shown = [(i, entry) for i, entry in enumerate(entries) if _matches(entry, _(FAMILIES[family]), words)]
        if not shown:
            continue
        found = True
        st.html(f'<h4 class="palette-head family-{family}"><span class="dot"></span>{escape(_(FAMILIES[family]))}</h4>')
        with st.container(horizontal=True, gap="xsmall", key=f"palette-family-{family}-"):
            for index, entry in shown:
                _entry(family, index, entry)
    if not found:
        st.info(_("No block is called or explained like this."), icon=":material/search_off:")


def _matches(entry: Entry, family: str, words: list[str]) -> bool:
    told = (entry.title, title_of(entry), _(entry.help), source_of(entry), entry.block.name, family)
    text = " ".join(told).casefold()
    return all(word in text for word in words)


def _entry(family: str, index: int, entry: Entry) -> None:
    with frame(f"entry-family-{family}-{index}"):
        if st.button(title_of(entry), icon=entry.block.icon, type="tertiary", key=f"insert.{family}.{index}",
                     on_click=insert, args=(family, index)):
            st.rerun()
        st.html(f'<p class="entry">{escape(_(entry.help))}<small>{escape(source_of(entry))}</small></p>'
                f"{inside_details(entry.block)}")


@whole()
def insert(family: str, index: int) -> None:
    """Insert an entry of the palette where it was asked for, and choose it; a second click on it does nothing."""
    if PLACE not in st.session_state:
        return
    entry = offered_blocks()[family][index]  # type: ignore[index]
    side, anchor = st.session_state[PLACE]
    new: list[str] = []

    def change(architecture: Architecture) -> Architecture:
        new.append(edit.unique_id(architecture, entry.block))
        place = {side: anchor} if anchor is not None else {}
        return edit.insert(architecture, entry.block, **place)

    error = session.edit(change, INSERT, id=edit.unique_id(session.architecture(), entry.block))
    if error:
        session.add_notice(str(error))
    else:
        choose(new[-1])
    close()
