"""The list of closed cards: one component for all of them, so that two hundred blocks cost as little as eight.

The server sends a short row for each card and draws nothing; the browser keeps the cards, walks and filters them by
itself, and sends back what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import streamlit as st

from components import actions, inbox
from components.assets import joined
from components.card_rows import Row
from components.whole import whole
from lib.i18n import N_, _

_MANY: Final = 20
"""From how many cards on they can be searched."""

_SEEN: Final = "build.cards.seen"
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
_SCRIPTS: Final = (
    "outbox", "elements", "letter",
    "cards", "cards_draw", "cards_find", "cards_keys", "cards_menu", "cards_drag", "cards_scroll",
)  # fmt: skip

_LIST: Final = st.components.v2.component(
    "blockyard_cards",
    html='<div class="card-tools"></div>\n',
    js=joined(*(f"{name}.js" for name in _SCRIPTS)),
    isolate_styles=False,
)


def card_list(rows: Sequence[Row], inputs: int, open_one: str | None,
              on_event: Callable[[str, str, Any], None]) -> None:
    """Draw the tools of the list, and fill both of its parts with `rows`, of which the first are `inputs`.

    Whatever the browser asks for is given to `on_event` before the page is drawn again: an action, the id of a card,
    and a detail, none of them to be trusted.
    """

    @whole()
    def received() -> None:
        for event in inbox.unseen_in(_SEEN, inbox.sent(inbox.CARDS)):
            match event:
                case [str(action), str(node), detail]:
                    on_event(action, node, detail)

    menus: dict[tuple[str, ...], int] = {}
    _LIST(
        key=inbox.CARDS,
        data={
            "cards": [(*row.texts, menus.setdefault(row.menu, len(menus)), row.badges, row.problem, row.mends)
                      for row in rows],
            "inputs": inputs,
            "open": open_one,
            "seen": inbox.seen(_SEEN),
            "menus": list(menus),
            "actions": actions.menu_labels(),
            "words": {name: _(text) for name, text in _WORDS.items()},
            "many": _MANY,
        },
        on_asked_change=received,
    )


def part(name: str) -> None:
    """Draw one of the two places of the cards, for the browser to fill: "before", up to the open one, or "after"."""
    with st.container(key=f"{inbox.CARDS}.{name}"):
        st.html('<ol class="cards" role="list"></ol>')
