"""What our own components ask for: every event has a number, and is done once however often it is sent.

Streamlit tells of the last one alone when two events come faster than a page is drawn. So the browser sends those that
have no answer yet again with the next one (static/outbox.js), until it is told that they have been seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

import streamlit as st

from components import session
from components.draft import ARCHITECTURE

Event = TypeVar("Event")

CARDS: Final = "build.cards"
CANVAS: Final = "build.canvas"
HISTORY: Final = "build.history"
_EVENTS: Final = {CARDS: "asked", CANVAS: "act", HISTORY: "asked"}
"""The components that send events, and the name by which each does."""

_STATE: Final = "inbox.state"
_LONGEST_CLIENT: Final = 64
_MOST_EVENTS: Final = 64


def sent(component: str) -> Any:
    """What a component has sent with this run of the page, which is not to be trusted; None where it has not."""
    return st.session_state.get(component, {}).get(_EVENTS[component])


def state() -> int:
    """The number of the state in which the network is. It goes to the browser with what is drawn of it, and comes back
    with whatever is asked there."""
    number, known = st.session_state.get(_STATE, (0, None))
    present = (st.session_state.get(ARCHITECTURE), session.path())
    if known != present:
        number += 1
        st.session_state[_STATE] = (number, present)
    return int(number)


def drawn() -> int | None:
    """The state that the browser showed when it sent its mail; None where none has come with this run of the page."""
    mail = [found for component in _EVENTS if (found := sent(component)) is not None]
    if not mail:
        return None
    states = [found.get("drawn") for found in mail if isinstance(found, dict)]
    return max((number for number in states if isinstance(number, int)), default=0)


def told(key: str) -> tuple[str, int, int]:
    """What the browser is told of the inbox `key`: who sent last, what was taken last, and the state that is drawn.

    To be told at the end of the page: what comes after it may not be drawn yet when it is.
    """
    return (*seen(key), state())


def seen(key: str) -> tuple[str, int]:
    """Who sent last to the inbox `key`, and the number of the last event that was taken from it."""
    found: tuple[str, int] = st.session_state.get(key, ("", 0))
    return found


def unseen(key: str, client: str, numbered: Iterable[tuple[int, Event]]) -> Iterator[Event]:
    """The events that `client` had not sent before, in their order.

    Each counts as seen from when it is taken: one that fails is not tried again with every later one.
    """
    known, last = seen(key)
    last = last if known == client else 0
    for number, event in numbered:
        if number > last:
            last = number
            st.session_state[key] = (client, last)
            yield event


def unseen_in(key: str, sent: Any) -> Iterator[list[Any]]:
    """The new events in what an outbox of the browser sent, each a list, of which nothing is to be trusted."""
    match sent:
        case {"client": str(client), "events": list(events)} if len(client) <= _LONGEST_CLIENT:
            numbered = [(event[0], event[1:]) for event in events[:_MOST_EVENTS]
                        if isinstance(event, list) and event and isinstance(event[0], int)]
            yield from unseen(key, client, numbered)
