"""What the program in the browser is given to draw the curves."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.live_chart import MOST_RUNS, base, chart_data
from tests.components_v2 import component_data


def chart(*run_ids: str) -> Any:
    def script(run_ids: tuple[str, ...]) -> None:
        from components.live_chart import live_chart

        live_chart(run_ids, "test", False, ["precision"])

    page = AppTest.from_function(script, args=(run_ids,), default_timeout=30).run()
    assert not page.exception
    return component_data(page, "test")


def test_each_run_has_its_address_as_far_as_they_can_be_told_apart() -> None:
    ids = [f"{number:032x}" for number in range(MOST_RUNS + 2)]
    data = chart(*ids)
    assert data["runs"] == [f"/api/runs/{run_id}/points" for run_id in ids[:MOST_RUNS]]
    assert data["metrics"] == ["precision"]


def test_an_app_in_a_folder_asks_there(monkeypatch: pytest.MonkeyPatch) -> None:
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "/lab/" if name == "server.baseUrlPath" else option(name))
    assert base() == "/lab"


def test_its_words_are_in_the_language_of_the_moment(korean: None) -> None:
    texts = chart_data([])["texts"]
    assert texts["training"] == "학습"
    assert texts["names"]["loss"] == "손실"
