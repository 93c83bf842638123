"""Changes to the session that are made as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock
from typing import Any, Final
from weakref import WeakValueDictionary

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

_turns: Final[WeakValueDictionary[str, Any]] = WeakValueDictionary()
"""By session, the lock of whoever changes it."""
_adding: Final = Lock()
_LOOK: Final = "on_scriptrunner_yield"
"""What a run calls on its requests wherever it may be ended."""


@contextmanager
def whole() -> Iterator[None]:
    """Let nothing cut short or get in between what is done within; also a decorator.

    When the browser asks for another run, Streamlit ends the present one, its callbacks too, wherever that next looks
    into the session or tells the browser something: a step would be made by half, and an event lost that counts as
    seen already. It waits until the end of this. Streamlit does not wait for that before the next run begins, in a
    thread of its own: its callbacks take their turn after this.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return
    with _turn(context.session_id), _uncut(context.script_requests):
        yield


@contextmanager
def _uncut(requests: ScriptRequests | None) -> Iterator[None]:
    """Keep a run from looking whether it shall end."""
    held = {} if requests is None else vars(requests)
    if _LOOK in held:
        yield
        return
    # There is no public way to ask for this.
    held[_LOOK] = _nothing
    try:
        yield
    finally:
        del held[_LOOK]


def _turn(session: str) -> Any:
    """The lock of a session, which lives as long as somebody holds it or waits for it."""
    with _adding:
        found = _turns.get(session)
        if found is None:
            found = _turns[session] = RLock()
        return found


def _nothing() -> None:
    pass
