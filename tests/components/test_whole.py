"""Steps are made to their end, also when the browser asks for another run in the middle of one."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from types import SimpleNamespace
from typing import cast

import pytest
from streamlit.runtime.scriptrunner import ScriptRunContext, add_script_run_ctx

from components.whole import whole
from lib.runs.store import Store
from tests.components_v2 import press, trigger
from tests.pages.test_build import network, opened
from tests.reruns import interrupted


def test_a_step_that_is_interrupted_is_made_kept_and_undone_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(owner="o" * 32)
    asked = interrupted(monkeypatch, "new_draft")
    page.number_input(key="block.c1.filters").set_value(12).run()
    page.number_input(key="block.c1.filters").set_value(20).run()
    assert not page.exception
    (draft,) = Store().drafts("o" * 32, 9)
    assert (draft.id, draft.architecture) == (page.query_params["draft"], page.session_state["draft.architecture"])
    assert len(asked) == 1
    press(page, "undo", "undo")
    assert network(page).block_of(network(page).by_id["c1"]).filters == 6  # type: ignore[attr-defined]
    assert page.button(key="build.undo").disabled


def test_what_tells_the_browser_something_does_not_cut_short_either(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(owner="o" * 32)
    asked = interrupted(monkeypatch, "new_draft")
    # The first step puts the draft into the address.
    trigger(page, "build.cards", "asked", {"client": "one", "events": [
        [1, "remove", "f6", None], [2, "remove", "c5", None]]})
    assert len(asked) == 1
    assert not {"f6", "c5"} & network(page).by_id.keys()


def test_the_next_run_takes_its_turn_after_the_step_that_it_cut_short() -> None:
    """Streamlit begins a run in a thread of its own while that which it replaces is still in a callback."""
    made: list[str] = []
    second_is_in, all_in = Event(), Event()

    def second() -> None:
        with whole():
            second_is_in.set()
            made.append("second")
        all_in.set()

    def first() -> None:
        with whole():
            begin(second, "a")
            made.append("first")
            with whole():
                assert not second_is_in.wait(0.5)
                begin(other, "b").join(60)
            made.append("first, to its end")

    def other() -> None:
        with whole():
            made.append("another session")

    begin(first, "a").join(60)
    assert all_in.wait(60)
    assert made == ["first", "another session", "first, to its end", "second"]


def begin(run: Callable[[], None], session: str) -> Thread:
    """A thread that Streamlit would take for a run of this session."""
    context = SimpleNamespace(session_id=session, script_requests=None)
    thread = Thread(target=run)
    add_script_run_ctx(thread, cast(ScriptRunContext, context))
    thread.start()
    return thread
