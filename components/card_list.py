"""The list of closed cards: one component for all of them, so that two hundred blocks cost as little as eight.

The server sends a short row for each card and draws nothing; the browser keeps the cards, walks and filters them by
itself, and sends back what was asked for. Events are numbered and sent again until the server says that it has seen
them, so that keys pressed faster than the page is drawn are neither lost nor done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from components import actions
from components.card_rows import Row
from components.navigation import ROOT
from lib.i18n import N_, _

KEY: Final = "build.cards"
MANY: Final = 20
"""From how many cards on they can be searched."""

_SEEN: Final = "build.cards.seen"
_MOST_EVENTS: Final = 64
_LONGEST_CLIENT: Final = 64
_WORDS: Final = {
    "list": N_("Blocks in their order"),
    "actions": N_("Actions for {id}"),
    "drag": N_("Move {id}"),
    "find": N_("Find a block"),
    "found": N_("{count} found"),
    "mistake": N_("First mistake: {id}"),
    "parameters": N_("Parameters"),
    "keys": N_("↑ ↓ walk · Enter open · Alt+↑ ↓ move · N add after · Delete remove · Shift+F10 menu"),
}
_STATIC: Final = ROOT / "components/static"
_SCRIPTS: Final = ("cards", "cards_draw", "cards_find", "cards_keys", "cards_menu", "cards_drag", "cards_scroll")

_LIST: Final = st.components.v2.component(
    "blockyard_cards",
    html='<div class="card-tools"></div>\n',
    js="\n".join((_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
    isolate_styles=False,
)


def card_list(rows: Sequence[Row], inputs: int, open_one: str | None,
              on_event: Callable[[str, str, Any], None]) -> None:
    """Draw the tools of the list, and fill both of its parts with `rows`, of which the first are `inputs`.

    Whatever the browser asks for is given to `on_event` before the page is drawn again: an action, the id of a card,
    and a detail, none of them to be trusted.
    """

    def received() -> None:
        for action, node, detail in _unseen(st.session_state[KEY].get("asked")):
            on_event(action, node, detail)

    menus: dict[tuple[str, ...], int] = {}
    _LIST(
        key=KEY,
        data={
            "cards": [(*row.texts, menus.setdefault(row.menu, len(menus)), row.badges, row.problem, row.mends)
                      for row in rows],
            "inputs": inputs,
            "open": open_one,
            "seen": st.session_state.get(_SEEN),
            "menus": list(menus),
            "actions": actions.menu_labels(),
            "words": {name: _(text) for name, text in _WORDS.items()},
            "many": MANY,
        },
        on_asked_change=received,
    )


def part(name: str) -> None:
    """Draw one of the two places of the cards, for the browser to fill: "before", up to the open one, or "after"."""
    with st.container(key=f"{KEY}.{name}"):
        st.html('<ol class="cards" role="list"></ol>')


def _unseen(value: Any) -> Iterator[tuple[str, str, Any]]:
    """The events in what the browser sent that it has not sent before."""
    if not isinstance(value, Mapping):
        return
    client, events = value.get("client"), value.get("events")
    if not isinstance(client, str) or len(client) > _LONGEST_CLIENT or not isinstance(events, list):
        return
    known, last = st.session_state.get(_SEEN) or (client, 0)
    last = last if known == client else 0
    for event in events[:_MOST_EVENTS]:
        match event:
            case [int(number), str(action), str(node), detail] if number > last:
                last = number
                st.session_state[_SEEN] = (client, last)
                yield action, node, detail
