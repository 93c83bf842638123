"""Changes to the session that are made as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock
from typing import Any, Final
from weakref import WeakValueDictionary

from streamlit.runtime.scriptrunner import get_script_run_ctx

_turns: Final[WeakValueDictionary[str, Any]] = WeakValueDictionary()
"""By session, the lock of whoever changes it."""
_adding: Final = Lock()


@contextmanager
def whole() -> Iterator[None]:
    """Let nothing cut short or get in between what is done within; also a decorator.

    When the browser asks for another run, Streamlit ends the present one, its callbacks too, wherever that next looks
    into the session: a step would be made by half, and an event lost that counts as seen already. It waits until the
    end of this. Streamlit does not wait for that before the next run begins, in a thread of its own: its callbacks
    take their turn after this.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return
    with _turn(context.session_id):
        state = context.session_state
        # There is no public way to ask for this. What the session calls before each look into it:
        look = state._yield_callback
        object.__setattr__(state, "_yield_callback", _nothing)
        try:
            yield
        finally:
            object.__setattr__(state, "_yield_callback", look)


def _turn(session: str) -> Any:
    """The lock of a session, which lives as long as somebody holds it or waits for it."""
    with _adding:
        found = _turns.get(session)
        if found is None:
            found = _turns[session] = RLock()
        return found


def _nothing() -> None:
    pass
