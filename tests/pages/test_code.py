"""The code beside the cards: every style, the lines of the chosen block, what cannot be written so."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import code_view
from lib.arch import presets
from tests.components_v2 import component_data, trigger
from tests.pages.test_build import PAGE

KEY = "build.code"


def opened(preset: str, style: str, **state: Any) -> AppTest:
    """The Build page with the code of a preset in view."""
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.run()
    page.session_state["draft.architecture"] = presets.load(preset).to_json()
    choose(page, style)
    for key, value in state.items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    return page


def choose(page: AppTest, style: str) -> None:
    page.session_state["build.side"] = "code"
    page.session_state["build.code.style"] = style


def lines_of(data: Any, node: str) -> list[str]:
    """The lines that belong to a node."""
    number = data["nodes"].index(node)
    texts = data["text"].split("\n")
    assert len(texts) == len(data["owners"])
    return [text.strip() for text, owners in zip(texts, data["owners"], strict=True) if number in owners]


def test_every_style_shows_the_lines_of_each_block_and_the_file_is_all_of_it() -> None:
    page = opened("lenet5", "functional")
    shown = component_data(page, KEY)
    assert lines_of(shown, "f6") == ['x = layers.Dense(84, activation="tanh", name="f6")(x)  # 84']
    choose(page, "subclass")
    page.run()
    shown = component_data(page, KEY)
    assert lines_of(shown, "f6") == [
        'self.f6 = layers.Dense(84, activation="tanh", name="f6")', "x = self.f6(x)  # 84"]  # fmt: skip
    choose(page, "sequential")
    page.run()
    assert "keras.Sequential([" in component_data(page, KEY)["text"]
    choose(page, "keras-json")
    page.run()
    assert component_data(page, KEY)["kind"] == "json"
    assert not page.exception


def test_a_press_on_a_line_opens_the_card_and_nonsense_does_nothing() -> None:
    page = opened("lenet5", "functional")
    trigger(page, KEY, "pick", "f6")
    assert page.session_state["build.chosen"] == "f6"
    assert component_data(page, KEY)["chosen"] == "f6"
    for nonsense in ("no such", 3, None, ["f6"]):
        trigger(page, KEY, "pick", nonsense)
        assert page.session_state["build.chosen"] == "f6"
    assert not page.exception


def test_what_is_no_chain_says_so_and_formulas_are_named() -> None:
    page = opened("mini-resnet", "sequential")
    assert "expected one input at every layer of a Sequential model" in page.info[0].value
    page = opened("same-or-different", "keras-json")
    assert any("Keras alone cannot load this: difference" in caption.value for caption in page.caption)


def test_the_code_of_a_long_network_is_shown_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_view, "_MOST_LINES", 10)
    page = opened("lenet5", "functional")
    assert len(component_data(page, KEY)["owners"]) == 10
    assert any("lines are shown" in caption.value for caption in page.caption)


def test_below_the_canvas_the_code_can_be_opened() -> None:
    page = opened("lenet5", "functional", **{"build.editor": "canvas", "build.code.below": True})
    assert "keras.Input" in component_data(page, KEY)["text"]
