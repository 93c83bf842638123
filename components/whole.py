"""Changes to the session that are made as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.runtime.scriptrunner import get_script_run_ctx


@contextmanager
def whole() -> Iterator[None]:
    """Let nothing cut short what is done within; also a decorator.

    When the browser asks for another run, Streamlit ends the present one, its callbacks too, wherever that next looks
    into the session: a step would be made by half, and an event lost that counts as seen already. It waits until the
    end of this.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return
    state = context.session_state
    # There is no public way to ask for this. What the session calls before each look into it:
    look = state._yield_callback
    object.__setattr__(state, "_yield_callback", _nothing)
    try:
        yield
    finally:
        object.__setattr__(state, "_yield_callback", look)


def _nothing() -> None:
    pass
