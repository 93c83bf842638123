"""The networks that this browser has kept or trained, to start from or to put inside a block."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final, NamedTuple

import streamlit as st

from components import draft, session
from components.offers import counts, frame, take
from components.owner import owner
from components.text import plain
from components.whole import whole
from lib.arch import Architecture, analyse
from lib.errors import UserError
from lib.i18n import N_, _
from lib.runs.store import Store

_MOST: Final = 24
"""How many are listed, the newest first."""


class _Kept(NamedTuple):
    key: str
    name: str
    architecture: Architecture
    trained: bool


@whole()
def keep_network() -> None:
    """Keep a copy of the network that is shown."""
    shown, store = session.architecture(), Store()
    text, present = shown.to_json(), st.query_params.get(draft.PARAMETER)
    try:
        if not any(kept.architecture == text and kept.id != present for kept in store.drafts(owner(), _MOST)):
            store.new_draft(owner(), text)
    except UserError as error:
        session.add_notice(str(error))
        return
    st.toast(_("{name} is kept: you find it under Start from.").format(name=plain(shown.name or _("The network"))),
             icon=":material/bookmark_added:")


def kept_networks(close: Callable[[], None]) -> bool:
    """Draw what has been kept; whether one was taken, after which `close` has been called, or thrown away."""
    kept = _kept()
    if not kept:
        return False
    changed = False
    st.html(f'<h4 class="palette-head">{escape(_("Yours"))}</h4>')
    with st.container(horizontal=True, gap="xsmall", key="presets-kept"):
        for found in kept:
            with frame(f"preset-kept-{found.key}"):
                changed |= _entry(found, close)
    return changed


def _entry(found: _Kept, close: Callable[[], None]) -> bool:
    with st.container(horizontal=True, gap=None, vertical_alignment="center", horizontal_alignment="distribute"):
        taken = st.button(plain(found.name), icon=":material/science:" if found.trained else ":material/bookmark:",
                          type="tertiary", key=f"kept.{found.key}", on_click=_begin, args=(found, close))
        gone = not found.trained and st.button(
            _("Throw {name} away").format(name=plain(found.name)), icon=":material/close:", type="tertiary",
            key=f"quick.kept.{found.key}", on_click=_forget, args=(found.key,))
    size = counts(analyse(found.architecture).total)
    note = _("from a run") if found.trained else _("kept by you")
    st.html(f'<p class="entry"><b>{escape(size)}</b><small>{escape(note)}</small></p>')
    return taken or gone


def _kept() -> list[_Kept]:
    """Drafts, but for the one that is being changed, and the networks of runs; each network once."""
    store = Store()
    try:
        drafts = [(kept.id, kept.architecture, False) for kept in store.drafts(owner(), _MOST)]
        runs = [(run.id, run.architecture, True) for run in store.runs(owner())[:_MOST]]
    except UserError as error:
        st.warning(plain(str(error)), icon=":material/info:")
        return []
    found: dict[str, _Kept] = {}
    for identity, text, trained in [*drafts, *runs]:
        if identity == st.query_params.get(draft.PARAMETER):
            continue
        try:
            architecture = Architecture.from_json(text)
        except UserError:
            # Written by another version; what cannot be read cannot be offered.
            continue
        name = architecture.name or _("Network")
        found.setdefault(architecture.digest, _Kept(identity, name, architecture, trained))
    return list(found.values())[:_MOST]


@whole()
def _begin(found: _Kept, close: Callable[[], None]) -> None:
    take(found.architecture, N_("start from {title}"), title=found.name)
    close()


def _forget(identity: str) -> None:
    try:
        Store().delete_draft(owner(), identity)
    except UserError as error:
        session.add_notice(str(error))
