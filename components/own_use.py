"""Where the thing in work can be used at once: buttons that lead on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import streamlit as st
from pydantic import BaseModel

from components import session
from components.navigation import ROOT
from components.selection import choose
from lib.arch import Architecture, Block, edit
from lib.arch.blocks.custom import Lambda
from lib.errors import UserError
from lib.i18n import N_, _
from lib.own.verdict import judged

Shape = tuple[int, ...]


class Use(NamedTuple):
    """One way to use a thing: the words of its button, its icon, what it does, and the page that it leads to."""

    title: str
    icon: str
    do: Callable[[Any], bool]
    page: str


def draw_use(kind: str, thing: BaseModel | UserError, size: Shape) -> None:
    """A button for each way; they wait while it cannot be used."""
    ready = not isinstance(thing, UserError) and judged(kind, thing, size).error is None
    for number, use in enumerate(USES.get(kind, ())):
        if st.button(_(use.title), icon=use.icon, key=f"formulas.use.{number}", width="stretch",
                     disabled=not ready) and use.do(thing):
            st.switch_page(ROOT / "pages" / f"{use.page}.py")


def insert(block: Block) -> bool:
    """Put a block at the end of the network that the Build page shows, and open it; whether it could be done."""
    new: list[str] = []

    def change(architecture: Architecture) -> Architecture:
        new.append(edit.unique_id(architecture, block))
        return edit.insert(architecture, block)

    error = session.edit(change, N_("insert {id}"), id=edit.unique_id(session.architecture(), block))
    if error:
        session.add_notice(str(error))
    else:
        choose(new[-1])
    return error is None


def _lambda(thing: Any) -> bool:
    return insert(Lambda(formula=thing.formula))


USES: Final[Mapping[str, tuple[Use, ...]]] = {
    "lambda": (Use(N_("Insert it into the network"), ":material/add_box:", _lambda, "build"),),
}
