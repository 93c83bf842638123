"""The cards of the Build page: what they show, and what happens to whatever a browser may send for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib.arch import Architecture, edit, presets
from tests.components_v2 import ask_card, card_rows, component_data, trigger
from tests.pages.test_build import ids, network, opened

LENET = presets.load("lenet5")


def shown(page: AppTest, architecture: Architecture) -> None:
    """Show `architecture` as if it had been built."""
    page.session_state["draft.architecture"] = architecture.to_json()
    page.run()
    assert not page.exception


def test_a_row_says_what_a_block_is_and_costs() -> None:
    row = card_rows(opened())["c3"]
    assert row[1:7] == ["conv", "grid_on", "Conv2D", "16 filters, 5×5, tanh", "10\u202f×\u202f10\u202f×\u202f16",
                        "2\u202f416"]


def test_marks_say_what_is_shared_frozen_and_given_out() -> None:
    page = opened()
    shown(page, edit.freeze(edit.reuse(LENET, "s2"), "c3"))
    rows = card_rows(page)
    assert rows["s2_1"][8][0][0] == "shares s2"
    assert rows["c3"][8][0][0] == "frozen"
    assert rows["output"][8] == [["output", "predictions"]]


def test_a_frozen_layer_is_said_and_trained_again_at_every_use() -> None:
    page = opened()
    shown(page, edit.freeze(edit.set_inputs(edit.reuse(LENET, "c1"), "c1_1", ("input",)), "c1"))
    assert [mark for mark, _why in card_rows(page)["c1_1"][8]] == ["shares c1", "frozen"]
    ask_card(page, "unfreeze", "c1_1")
    assert network(page).by_id["c1"].trainable
    assert "frozen" not in [mark for mark, _why in card_rows(page)["c1_1"][8]]


def test_a_card_goes_to_the_place_where_it_is_put_and_no_further() -> None:
    page = opened()
    ask_card(page, "move", "f6", 0)
    assert ids(page)[:2] == ["f6", "c1"]
    assert "move f6 up" in page.button(key="build.undo").help
    ask_card(page, "move", "f6", 10**12)
    assert ids(page)[-1] == "f6"
    ask_card(page, "move", "f6", -5)
    assert ids(page)[0] == "f6"


def test_many_events_at_once_are_done_in_their_order_and_each_only_once() -> None:
    page = opened()
    events: list[list[Any]] = [[1, "remove", "f6", None], [2, "move", "c5", 0], [3, "duplicate", "c5", None]]
    trigger(page, "build.cards", "asked", {"client": "one", "events": events})
    assert ids(page)[:2] == ["c5", "c5_1"]
    assert component_data(page, "build.cards")["seen"][:2] == ["one", 3]
    trigger(page, "build.cards", "asked", {"client": "one", "events": [*events, [4, "remove", "c5_1", None]]})
    assert ids(page)[:2] == ["c5", "c1"]
    trigger(page, "build.cards", "asked", {"client": "another", "events": [[1, "remove", "s2", None]]})
    assert "s2" not in ids(page)


@pytest.mark.parametrize("value", [
    None, 1, "x", [], {}, {"client": 1, "events": []}, {"client": "a" * 1000, "events": [[1, "remove", "c1", None]]},
    {"client": "a", "events": "remove"}, {"client": "a", "events": [["1", "remove", "c1", None]]},
    {"client": "a", "events": [[1, "remove"], [2], 3, None, {}, [4, ["remove"], "c1", None]]},
    {"client": "a", "events": [[0, "remove", "c1", None], [-1, "remove", "c1", None]]},
])  # fmt: skip
def test_events_that_are_none_are_left_alone(value: Any) -> None:
    page = opened()
    trigger(page, "build.cards", "asked", value)
    assert not page.exception
    assert network(page) == LENET


@pytest.mark.parametrize(("action", "node", "detail"), [
    ("remove", "nobody", None), ("remove", "", None), ("remove", "input", None), ("__class__", "c1", None),
    ("remove_input", "input", None), ("unshare", "c1", None), ("no_output", "c1", None), ("add_input", "c1", None),
    ("move", "c1", "2"), ("move", "c1", 1.5), ("move", "c1", None), ("move", "input", 3), ("mend", "c1", "Delete it"),
    ("mend", "input", "Delete it"), ("mend", "c1", {"a": 1}), ("output", "input", None), ("close", "c3", None),
    ("", "c1", None), ("<script>", "<script>", "<script>"),
])  # fmt: skip
def test_what_is_not_on_offer_at_a_card_is_not_done(action: str, node: str, detail: Any) -> None:
    page = opened()
    ask_card(page, action, node, detail)
    assert not page.exception
    assert network(page) == LENET
    assert component_data(page, "build.cards")["open"] == "c1"


def test_a_card_closes_and_another_opens() -> None:
    page = opened()
    ask_card(page, "close", "c1")
    assert component_data(page, "build.cards")["open"] is None
    assert not page.number_input
    ask_card(page, "open", "input")
    assert page.text_input(key="shape.input")


def test_what_cannot_be_done_at_a_closed_card_is_said_above_them(monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()
    monkeypatch.setattr("lib.arch.architecture.MOST_NODES", 8)
    ask_card(page, "duplicate", "c3")
    assert network(page) == LENET
    assert "at most 8 nodes" in page.warning[0].value


def test_every_mistake_is_on_its_card_and_the_first_ones_have_their_mends() -> None:
    page = opened()
    broken = json.loads(LENET.to_json())
    broken["nodes"][2]["config"]["kernel_size"] = 20
    shown(page, Architecture.from_json(json.dumps(broken)))
    row = card_rows(page)["c3"]
    assert row[9].startswith("c3: expected an image of at least 20 × 20")
    assert row[10][0] == "Set padding to same"
    assert [other[9] for other in card_rows(page).values() if other[0] != "c3"] == [""] * 8


def test_a_size_that_is_free_is_written_as_a_question_mark() -> None:
    page = opened()
    ask_card(page, "open", "input")
    page.text_input(key="shape.input").set_value("? x ? x 3").run()
    assert network(page).inputs == {"input": (None, None, 3)}
    assert card_rows(page)["input"][5] == "?\u202f×\u202f?\u202f×\u202f3"
