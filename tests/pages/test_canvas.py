"""The canvas on the Build page: what the browser sends changes the network, and what no canvas would send does not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.canvas_data import blocks_json, network_json, texts_json
from lib.arch import Architecture, edit, edit_edges, palette, presets, read_block
from lib.runs.store import Store
from tests.components_v2 import component_data, trigger
from tests.pages.test_build import PAGE, network, parameters

CANVAS = "blockyard_canvas"


def opened(architecture: Architecture | None = None, **state: Any) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state["build.editor"] = "canvas"
    for key, value in state.items():
        page.session_state[key.replace("__", ".")] = value
    page.run()
    if architecture is not None:
        page.session_state["draft.architecture"] = architecture.to_json()
        page.run()
    assert not page.exception
    return page


def data(page: AppTest) -> dict[str, Any]:
    """What the browser is given."""
    given: dict[str, Any] = component_data(page, "build.canvas")
    return given


def boxes(page: AppTest) -> dict[str, dict[str, Any]]:
    return {box["id"]: box for box in json.loads(data(page)["network"])}


def send(page: AppTest, value: Any) -> None:
    """Give the page what a browser sends."""
    trigger(page, "build.canvas", "act", value)
    assert not page.exception


class Browser:
    """A canvas: numbers its actions as the script in the browser does."""

    def __init__(self, page: AppTest, who: str = "browser") -> None:
        self.page, self.who, self.number = page, who, 0

    def act(self, do: str, **what: Any) -> str:
        """One action; returns what the canvas says to it."""
        self.number += 1
        send(self.page, {"who": self.who, "actions": [{"n": self.number, "do": do, **what}]})
        return self.said()

    def said(self) -> str:
        return str((data(self.page)["answer"]["said"] or {"text": ""})["text"])

    def add(self, title: str, **what: Any) -> str:
        """Add an entry of the palette; returns the new id."""
        family, index = next((family, index) for family, entries in palette().items()
                             for index, entry in enumerate(entries) if entry.title == title)
        self.act("between" if "target" in what else "add", family=family, entry=index, **what)
        return str(data(self.page)["answer"]["made"][str(self.number)])


def test_two_inputs_a_shared_tower_and_two_outputs_are_assembled_and_counted() -> None:
    page = opened(edit.blank())
    browser = Browser(page)
    assert browser.act("add_input") == "The input input_1 added."
    tower = browser.add("Conv2D")
    assert browser.act("use", id=tower) == "conv2d_2 uses the layer of conv2d_1; it reads nothing yet."
    both, pool = browser.add("Concatenate"), browser.add("GlobalAveragePooling2D")
    for source, target in [("input", tower), ("input_1", "conv2d_2"), (tower, both), ("conv2d_2", both), (both, pool)]:
        assert browser.act("connect", source=source, target=target) == f"{target} reads {source}."
    for _head in range(2):
        head = browser.add("Dense", source=pool)
        assert browser.act("output", id=head) == f"{head} is an output."
    assert parameters(page) == str(320 + 2 * (64 * 64 + 64))
    assert network(page).outputs == {"predictions": "dense_1", "dense_2": "dense_2"}
    assert boxes(page)["conv2d_2"]["shares"] == "conv2d_1"
    assert boxes(page)[both]["reads"] == [tower, "conv2d_2"]
    assert not page.button(key="build.train").disabled
    for _step in range(14):
        page.button(key="build.undo").click().run()
    assert network(page) == edit.blank()


def test_every_action_is_one_step_with_its_own_name() -> None:
    page = opened()
    browser = Browser(page)
    for action, label in [
        ({"do": "connect", "source": "input", "target": "s2"}, "connect input to s2"),
        ({"do": "disconnect", "source": "c5", "target": "f6", "place": 0}, "take the edge from c5 to f6 away"),
        ({"do": "use", "id": "c3"}, "use the layer of c3 again"),
        ({"do": "copy", "id": "c3"}, "copy c3"),
        ({"do": "output", "id": "f6"}, "make f6 an output"),
        ({"do": "no_output", "id": "f6"}, "make f6 no output"),
        ({"do": "unshare", "id": "c3_1"}, "give c3_1 a layer of its own"),
        ({"do": "freeze", "id": "c1"}, "freeze c1"),
        ({"do": "thaw", "id": "c1"}, "train c1 again"),
        ({"do": "add_input"}, "add an input"),
        ({"do": "remove", "id": "input_1"}, "delete input_1"),
        ({"do": "remove", "id": "c5"}, "delete c5"),
        ({"do": "between", "source": "f6", "target": "output", "family": "dense", "entry": 0}, "insert dense_1"),
        ({"do": "add", "family": "dense", "entry": 0}, "insert dense_2"),
    ]:
        before = network(page)
        browser.act(**action)
        assert network(page) != before
        assert page.button(key="build.undo").help == f"Undo: {label.replace('_', chr(92) + '_')}"
        page.button(key="build.undo").click().run()
        assert network(page) == before
        page.button(key="build.redo").click().run()


def test_a_block_goes_into_an_edge() -> None:
    page = opened()
    new = Browser(page).add("Dropout", source="c5", target="f6", place=0)
    assert network(page).by_id["f6"].inputs == (new,)
    assert network(page).by_id[new].inputs == ("c5",)
    assert data(page)["chosen"] == new


def test_a_cycle_is_refused_with_one_sentence_that_is_shown() -> None:
    page = opened()
    said = Browser(page).act("connect", source="f6", target="c1")
    assert said == "c1: expected inputs that do not themselves read c1. Received: f6."
    assert data(page)["answer"]["said"]["wrong"]
    assert network(page) == presets.load("lenet5")


def test_both_editors_edit_one_network_and_the_chosen_block_shows_its_fields() -> None:
    page = opened()
    browser = Browser(page)
    browser.act("pick", id="c3")
    page.number_input(key="block.c3.filters").set_value(8).run()
    assert boxes(page)["c3"]["shape"].endswith("8")
    browser.act("pick", id="input")
    page.text_input(key="shape.input").set_value("32 x 32 x 3").run()
    assert boxes(page)["input"]["shape"].startswith("32")
    browser.act("pick")
    assert data(page)["chosen"] is None
    page.segmented_control(key="build.mode").set_value("cards").run()
    assert not page.exception
    assert not [e for e in page.get("bidi_component") if e.proto.component_name == CANVAS]
    assert network(page).inputs == {"input": (32, 32, 3)}


def test_what_is_sent_twice_is_done_once_and_what_came_together_in_order() -> None:
    page = opened()
    twice = {"who": "w", "actions": [{"n": 1, "do": "copy", "id": "c1"}]}
    send(page, twice)
    send(page, twice)
    assert len(network(page).nodes) == 9
    send(page, {"who": "w", "actions": [*twice["actions"], {"n": 2, "do": "copy", "id": "c1"},
                                        {"n": 3, "do": "connect", "source": "c1_1", "target": "c1_2"}]})
    assert network(page).by_id["c1_2"].inputs == ("c1_1",)
    assert data(page)["answer"]["made"] == {"2": "c1_2"}
    send(page, {"who": "after a reload", "actions": [{"n": 1, "do": "copy", "id": "c1"}]})
    assert "c1_3" in network(page).by_id


FORGED: list[Any] = [
    None, 7, "act", [], {}, {"who": "w"}, {"who": 3, "actions": []}, {"who": "w" * 10_000, "actions": []},
    {"who": "w", "actions": "x"}, {"who": "w", "actions": [[1, 2]]}, {"who": "w", "actions": [{"n": 1}] * 2},
    *({"who": "w", "actions": [{"n": 1, **action}]} for action in (
        {"do": "drop tables"}, {"do": "__class__"}, {"do": ["add"]}, {"do": "remove", "id": 5}, {"do": "remove"},
        {"do": "remove", "id": "nowhere"}, {"do": "remove", "id": "x" * 61}, {"do": "remove", "id": "input"},
        {"do": "remove", "id": "<script>alert(1)</script>"}, {"do": "pick", "id": "__proto__"},
        {"do": "add"}, {"do": "add", "family": "dense", "entry": 10**9}, {"do": "add", "family": "dense", "entry": -1},
        {"do": "add", "family": "dense", "entry": 1e300}, {"do": "add", "family": "nothing", "entry": 0},
        {"do": "add", "family": "dense", "entry": 0, "source": "nowhere"},
        {"do": "between", "family": "dense", "entry": 0, "source": "c1", "target": "output", "place": 2**31 - 1},
        {"do": "between", "family": "dense", "entry": 0}, {"do": "connect", "source": "c1"},
        {"do": "connect", "source": {"a": 1}, "target": "s2"}, {"do": "connect", "source": "nowhere", "target": "s2"},
        {"do": "connect", "source": "c1", "target": "input"},
        {"do": "disconnect", "source": "c1", "target": "s2", "place": 10**30},
        {"do": "disconnect", "source": "c1", "target": "s2", "place": 1}, {"do": "copy", "id": "input"},
        {"do": "use", "id": "input"}, {"do": "use", "id": ""}, {"do": "output", "id": "input"},
        {"do": "no_output", "id": "nowhere"}, {"do": "unshare", "id": "nowhere"}, {"do": "freeze", "id": "input"},
        {"do": "freeze", "id": "nowhere"}, {"do": "thaw", "id": "nowhere"}, {"do": "open", "id": "nowhere"},
        {"do": "open", "id": "c1"}, {"do": "add_input", "extra": 1}, {"n": 0, "do": "add_input"},
        {"n": -1, "do": "add_input"}, {"n": 10**300, "do": "add_input"}, {"n": True, "do": "add_input"},
        {"n": "1", "do": "add_input"}, {"n": 1.5, "do": "add_input"},
    )),
    {"who": "w", "actions": [{"n": n, "do": "add_input"} for n in range(1, 500)]},
]  # fmt: skip


@pytest.mark.parametrize("value", FORGED, ids=lambda value: json.dumps(value)[:60])
def test_what_no_canvas_would_send_changes_nothing_and_is_answered_with_a_sentence_at_most(value: Any) -> None:
    page = opened()
    send(page, value)
    assert network(page) == presets.load("lenet5")
    said = data(page)["answer"]["said"]
    assert said is None or (said["wrong"] and "\n" not in said["text"])
    Browser(page, "another").act("output", id="f6")
    assert "f6" in network(page).outputs.values()


def test_the_editor_is_remembered_in_this_browser() -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state["house.owner"] = "o" * 32
    page.run()
    assert page.session_state["build.editor"] == "cards"
    page.segmented_control(key="build.mode").set_value("canvas").run()
    assert data(page)["chosen"] == "c1"
    assert Store().preference("o" * 32, "build.editor") == "canvas"
    again = AppTest.from_file(str(PAGE), default_timeout=30)
    again.session_state["house.owner"] = "o" * 32
    again.run()
    assert data(again)["chosen"] == "c1"


def test_a_preference_that_is_none_shows_the_cards() -> None:
    Store().set_preference("o" * 32, "build.editor", "<nonsense>")
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state["house.owner"] = "o" * 32
    page.run()
    assert page.session_state["build.editor"] == "cards"


def test_a_mistake_is_marked_on_its_box_and_mended_below_the_canvas() -> None:
    page = opened()
    browser = Browser(page)
    browser.act("pick", id="c3")
    page.text_input(key="block.c3.kernel_size").set_value("20").run()
    assert "expected an image of at least 20" in boxes(page)["c3"]["wrong"]
    page.button(key="repair.c3.0").click().run()
    assert "wrong" not in boxes(page)["c3"]
    browser.act("no_output", id="output")
    page.button(key="repair.-outputs.0").click().run()
    assert boxes(page)["output"]["outputs"] == ["predictions"]


def test_the_inside_of_a_block_is_shown_in_place_of_the_whole() -> None:
    page = opened()
    browser = Browser(page)
    inside = next(entry.title for entry in palette()["composite"] if entry.block.name == "Model")
    new = browser.add(inside)
    assert boxes(page)[new]["inside"]
    browser.act("open", id=new)
    assert new not in boxes(page)
    assert data(page)["draft"].endswith(f"/{new}")


def test_frozen_shared_and_output_blocks_carry_their_badges() -> None:
    page = opened()
    browser = Browser(page)
    browser.act("freeze", id="c1")
    browser.act("use", id="c1")
    found = boxes(page)
    assert found["c1"]["frozen"]
    assert found["c1_1"]["shares"] == "c1"
    assert found["output"]["outputs"] == ["predictions"]


def test_the_canvas_speaks_korean(korean: None) -> None:
    page = opened(house__language="ko")
    assert not page.exception
    assert set(json.loads(texts_json("ko"))) == set(json.loads(texts_json("en")))
    assert re.search("[가-힣]", data(page)["texts"])
    assert re.search("[가-힣]", data(page)["blocks"])
    assert boxes(page)["input"]["kind"] == "입력"
    assert re.search("[가-힣]", Browser(page).act("freeze", id="c1"))


def test_places_and_bends_are_those_of_the_layout() -> None:
    skipping = edit_edges.connect(presets.load("lenet5"), "input", "s4")
    merged = edit_edges.add(skipping, read_block("Concatenate", {}, ""), "c1")
    for source in ("s2", "flatten"):
        merged = edit_edges.connect(merged, source, "concatenate_1")
    drawn = {box["id"]: box for box in json.loads(network_json(merged, "en"))}
    for box in drawn.values():
        assert all(drawn[source]["at"][1] < box["at"][1] for source in box["reads"])
    assert len(drawn["concatenate_1"]["bends"]["c1"]) == 1
    assert not [box for box in drawn.values() if box["id"] != "concatenate_1" and "bends" in box]


def test_the_palette_names_every_entry_by_its_place() -> None:
    shown = {(group["family"], index): entry["name"] for group in json.loads(blocks_json("en"))
             for index, entry in enumerate(group["entries"])}
    assert shown == {(family, index): entry.block.name for family, entries in palette().items()
                     for index, entry in enumerate(entries)}
