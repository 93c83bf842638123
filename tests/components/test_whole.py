"""Steps are made to their end, also when the browser asks for another run in the middle of one."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

from lib.runs.store import Store
from tests.components_v2 import press
from tests.pages.test_build import network, opened


def test_a_step_that_is_interrupted_is_made_kept_and_undone_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(owner="o" * 32)
    asked: list[str] = []

    def interrupted(store: Store, *arguments: Any) -> str:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        assert context.script_requests.request_rerun(RerunData(page_script_hash=context.page_script_hash))
        asked.append(context.page_script_hash)
        return new_draft(store, *arguments)

    new_draft = Store.new_draft
    monkeypatch.setattr(Store, "new_draft", interrupted)
    page.number_input(key="block.c1.filters").set_value(12).run()
    page.number_input(key="block.c1.filters").set_value(20).run()
    assert not page.exception
    (draft,) = Store().drafts("o" * 32, 9)
    assert (draft.id, draft.architecture) == (page.query_params["draft"], page.session_state["draft.architecture"])
    assert len(asked) == 1
    press(page, "undo", "undo")
    assert network(page).block_of(network(page).by_id["c1"]).filters == 6  # type: ignore[attr-defined]
    assert page.button(key="build.undo").disabled
