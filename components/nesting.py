"""Networks as blocks on the Build page: the way in and out, and blocks gathered into one."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from components import preset_dialog, session
from components.numbers import grouped
from components.selection import choose, choose_first
from components.text import plain
from components.whole import whole
from lib.arch import Architecture, Block, analyse, nest
from lib.arch.blocks.composites.model import Model
from lib.errors import UserError
from lib.i18n import N_, _

_ASKED: Final = "build.gather.asked"
_CHOSEN: Final = "build.gather.chosen"
_GATHER: Final = N_("make one block of {ids}")
_MOST_NAMED: Final = 3


@whole()
def enter(node: str) -> None:
    """Show the network inside a block, its first block opened."""
    session.enter(node)
    choose_first(session.architecture())


@whole()
def leave(depth: int) -> None:
    """Show the network `depth` blocks deep, with the block opened that was left."""
    left = session.path()[depth:]
    session.leave(depth)
    choose(left[0] if left else None)


def way() -> None:
    """Where in the network the page is: every step out of the block that has been entered."""
    steps = session.path()
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall", width="content", key="way"):
        for depth, name in enumerate([session.network().name or _("Network"), *steps[:-1]]):
            st.button(plain(name), key=f"way.{depth}", type="tertiary", on_click=leave, args=(depth,),
                      icon=":material/arrow_back:" if depth == len(steps) - 1 else None,
                      help=_("Back to {name}").format(name=plain(name)))
            st.html('<span class="quiet" aria-hidden="true">›</span>')
        st.html(f'<b class="here">{escape(steps[-1])}</b>')


def inside_buttons(block: Block, node: str) -> None:
    """The way into the open card's network, and another one to be put there."""
    if isinstance(block, Model):
        with st.container(horizontal=True, gap="xsmall", key="inside-buttons"):
            st.button(_("Open its inside"), icon=":material/login:", key="inside.enter", on_click=enter, args=(node,),
                      help=_("Change the network that this block is"))
            st.button(_("Fill it with"), icon=":material/auto_awesome_mosaic:", key="inside.fill", on_click=_fill,
                      args=(node,), help=_("A ready-made network, or one that you have kept"))


@whole()
def _fill(node: str) -> None:
    enter(node)
    preset_dialog.ask()


def ask_gather(node: str) -> None:
    """Open the dialog that gathers blocks, at first with `node` alone, with the next drawing of the page."""
    st.session_state[_ASKED] = node
    st.session_state[_CHOSEN] = [node]


def _close() -> None:
    st.session_state.pop(_ASKED, None)


def gather_dialog() -> None:
    """Draw the dialog where it has been asked for."""
    if _ASKED in st.session_state:
        st.dialog(_("Make one block of several"), icon=":material/package_2:", on_dismiss=_close)(_gathering)()


def _gathering() -> None:
    architecture = session.architecture()
    ids = [node.id for node in architecture.nodes]
    st.caption(_("They become a network of their own, which stands here as a single block: to be repeated, shared, "
                 "or opened and changed."))
    wanted = st.multiselect(_("Blocks"), ids, key=_CHOSEN, placeholder=_("Choose blocks"))
    try:
        gathered: Architecture | None = nest.wrap(architecture, wanted)
    except UserError as error:
        gathered = None
        if wanted:
            st.warning(plain(str(error)), icon=":material/info:")
    if gathered is not None:
        costs = [analyse(architecture).nodes[node] for node in wanted]
        total = grouped(sum(report.parameters for report in costs))
        st.caption(_("{count} parameters").format(count=total))
    if st.button(_("Make one block"), type="primary", icon=":material/package_2:", disabled=gathered is None,
                 key="build.gather"):
        _gather(tuple(wanted))
        st.rerun()


@whole()
def _gather(ids: tuple[str, ...]) -> None:
    before = set(session.architecture().by_id)
    named = ", ".join(ids[:_MOST_NAMED]) + (", …" if len(ids) > _MOST_NAMED else "")
    error = session.edit(lambda a: nest.wrap(a, ids), _GATHER, ids=named)
    _close()
    if error:
        session.add_notice(str(error))
    else:
        choose(next(iter(set(session.architecture().by_id) - before), None))
