"""Runs of a page that the browser asks for while another one is under way, for Streamlit's AppTest."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from lib.runs.store import Store


def interrupted(monkeypatch: pytest.MonkeyPatch, method: str, states: WidgetStates | None = None) -> list[str]:
    """Let the browser ask for another run while the store does `method` for the first time, with these `states` of its
    widgets; what is answered has as many items as it was asked."""
    original, asked = getattr(Store, method), list[str]()

    def interrupting(store: Store, *arguments: Any, **named: Any) -> Any:
        context = get_script_run_ctx()
        assert context is not None
        assert context.script_requests is not None
        if not asked:
            asked.append(context.page_script_hash)
            assert context.script_requests.request_rerun(RerunData(
                query_string=context.query_string, widget_states=states, page_script_hash=context.page_script_hash))
        return original(store, *arguments, **named)

    monkeypatch.setattr(Store, method, interrupting)
    return asked


def double_click(page: AppTest, key: str, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Click on a button, and once more while the store does `method`, before the browser has drawn anything new."""
    page.button(key=key).click()
    asked = interrupted(monkeypatch, method, page._tree.get_widget_states())
    page.run()
    assert len(asked) == 1
    assert not page.exception
