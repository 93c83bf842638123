"""The Build page: every edit, undo and redo, mistakes on their cards, presets, files, and names that mean harm."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import session
from lib.arch import Architecture, edit, palette, presets
from lib.runs.store import Store
from tests.components_v2 import ask_card, card_rows, component_data, press, trigger

PAGE = Path(__file__).resolve().parents[2] / "pages/build.py"
HOSTILE = "![a](http://x/y) $x^2$ :material/home: :red[boo] <script>alert(1)</script> **b** `c`"


def opened(draft: str | None = None, owner: str | None = None) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    if owner:
        page.session_state["house.owner"] = owner
    if draft:
        page.query_params["draft"] = draft
    page.run()
    assert not page.exception
    return page


def network(page: AppTest) -> Architecture:
    return Architecture.from_json(page.session_state["draft.architecture"])


def ids(page: AppTest) -> list[str]:
    return [node.id for node in network(page).nodes]


def parameters(page: AppTest) -> str:
    return page.metric[0].value.replace("\u202f", "")


def html(page: AppTest) -> str:
    """Everything that the page shows as HTML, and the texts of the cards."""
    return "\n".join([*(str(element.value) for element in page.html), json.dumps([*card_rows(page).values()],
                                                                                 ensure_ascii=False)])


def do(page: AppTest, action: str, node: str) -> None:
    assert action in menu(page, node)
    ask_card(page, action, node)
    assert not page.exception


def menu(page: AppTest, node: str) -> list[str]:
    """The actions that the card of `node` offers."""
    actions: list[str] = component_data(page, "build.cards")["menus"][card_rows(page)[node][7]]
    return actions


def insert(page: AppTest, title: str) -> None:
    for family, entries in palette().items():
        for index, entry in enumerate(entries):
            if entry.title == title:
                page.button(key=f"insert.{family}.{index}").click().run()
                assert not page.exception
                return
    raise AssertionError(title)


def open_card(page: AppTest, node: str) -> None:
    ask_card(page, "open", node)
    assert not page.exception


def test_a_newcomer_sees_lenet_with_its_first_block_open() -> None:
    page = opened()
    assert network(page) == presets.load("lenet5")
    assert parameters(page) == "61706"
    assert page.number_input(key="block.c1.filters").value == 6
    assert "c5" in html(page)
    assert not page.button(key="build.train").disabled


def test_a_changed_field_changes_the_bill_and_undo_brings_field_and_bill_back() -> None:
    page = opened()
    page.number_input(key="block.c1.filters").set_value(12).run()
    assert parameters(page) == "64262"
    assert page.metric[0].delta.replace("\u202f", "") == "+2556"
    assert "Undo: change filters of c1" in page.button(key="build.undo").help
    page.button(key="build.undo").click().run()
    assert parameters(page) == "61706"
    assert page.number_input(key="block.c1.filters").value == 6
    page.button(key="build.redo").click().run()
    assert parameters(page) == "64262"
    assert page.number_input(key="block.c1.filters").value == 12


def test_fifty_steps_are_undone_and_done_again() -> None:
    page = opened()
    for filters in range(7, 62):
        page.number_input(key="block.c1.filters").set_value(filters).run()
    for _step in range(55):
        page.button(key="build.undo").click().run()
    assert network(page) == presets.load("lenet5")
    assert page.button(key="build.undo").disabled
    for _step in range(55):
        page.button(key="build.redo").click().run()
    assert page.number_input(key="block.c1.filters").value == 61


def test_a_new_step_after_undo_forgets_what_was_undone() -> None:
    page = opened()
    do(page, "remove", "f6")
    page.button(key="build.undo").click().run()
    do(page, "remove", "c5")
    assert page.button(key="build.redo").disabled


def test_a_block_is_added_at_the_end_and_opened() -> None:
    page = opened()
    page.button(key="build.add").click().run()
    insert(page, "Dense")
    assert ids(page)[-1] == "dense_1"
    assert network(page).outputs == {"predictions": "dense_1"}
    assert page.number_input(key="block.dense_1.units").value
    assert not [button for button in page.button if str(button.key).startswith("insert.")]


@pytest.mark.parametrize(("side", "place"), [("before", 2), ("after", 3)])
def test_a_block_is_inserted_before_or_after_another(side: str, place: int) -> None:
    page = opened()
    do(page, side, "c3")
    insert(page, "Dropout")
    assert ids(page)[place] == "dropout_1"
    assert parameters(page) == "61706"


def test_the_palette_can_be_searched() -> None:
    page = opened()
    page.button(key="build.add").click().run()
    everything = [b for b in page.button if str(b.key).startswith("insert.")]
    assert len(everything) == sum(len(entries) for entries in palette().values())
    page.text_input(key="build.search").set_value("silences random").run()
    assert [b.label for b in page.button if str(b.key).startswith("insert.")] == ["Dropout"]
    page.text_input(key="build.search").set_value("nothing is like this").run()
    assert page.info


@pytest.mark.parametrize("entry", [entry for entries in palette().values() for entry in entries], ids=lambda e: e.title)
def test_every_block_can_be_inserted_and_its_card_opens(entry: Any) -> None:
    page = opened()
    do(page, "after", "c1")
    insert(page, entry.title)
    assert ids(page)[1] == edit.unique_id(presets.load("lenet5"), entry.block)


def test_cards_move_are_duplicated_renamed_and_deleted() -> None:
    page = opened()
    do(page, "up", "f6")
    assert ids(page)[-3:] == ["f6", "c5", "output"]
    do(page, "down", "f6")
    do(page, "duplicate", "f6")
    assert ids(page)[-3:] == ["f6", "f6_1", "output"]
    open_card(page, "f6")
    page.text_input(key="name.f6").set_value("hidden").run()
    assert ids(page)[-3:] == ["hidden", "f6_1", "output"]
    assert page.text_input(key="name.hidden").value == "hidden"
    page.button(key="quick.remove").click().run()
    assert ids(page)[-2:] == ["f6_1", "output"]


@pytest.mark.parametrize("name", ["c1", "no good", "<b>", "", "1x"])
def test_a_bad_name_is_refused_on_the_card(name: str) -> None:
    page = opened()
    open_card(page, "f6")
    page.text_input(key="name.f6").set_value(name).run()
    assert network(page) == presets.load("lenet5")
    assert "expected a name" in page.error[0].value
    assert page.text_input(key="name.f6").value == "f6"


def test_what_a_block_reads_is_chosen() -> None:
    page = opened()
    open_card(page, "f6")
    page.selectbox(key="reads.f6").select("flatten").run()
    assert network(page).by_id["f6"].inputs == ("flatten",)
    assert "output" not in page.selectbox(key="reads.f6").options


def test_a_merge_reads_several() -> None:
    page = opened()
    do(page, "after", "c1")
    insert(page, "Add")
    assert "expected at least 2 inputs" in html(page)
    page.multiselect(key="reads.add_1").set_value(["c1", "input"]).run()
    assert network(page).by_id["add_1"].inputs == ("c1", "input")
    assert "expected at least 2 inputs" not in html(page)


def test_a_block_reads_the_same_several_times() -> None:
    page = opened()
    page.button(key="build.add").click().run()
    insert(page, "Add")
    reads = page.multiselect(key="reads.add_1")
    assert reads.value == ["output"]
    reads.set_value(["output", "output 2", "f6"]).run()
    assert network(page).by_id["add_1"].inputs == ("output", "output", "f6")
    reads = page.multiselect(key="reads.add_1")
    assert reads.value == ["output", "output 2", "f6"]
    assert {"output", "output again (2)", "output again (3)", "f6 again (2)"} <= set(reads.options)
    # The first goes, the second stays.
    reads.set_value(["output 2", "f6"]).run()
    assert network(page).by_id["add_1"].inputs == ("output", "f6")
    assert page.multiselect(key="reads.add_1").value == ["output", "f6"]


def test_a_network_as_a_block_with_one_input_reads_one_thing() -> None:
    page = opened()
    page.button(key="build.add").click().run()
    insert(page, "Network as a block")
    page.selectbox(key="reads.model_1").set_value("f6").run()
    assert network(page).by_id["model_1"].inputs == ("f6",)


def test_a_mistake_stands_on_its_card_and_in_its_row_and_the_rest_stays_usable() -> None:
    page = opened()
    open_card(page, "c3")
    page.text_input(key="block.c3.kernel_size").set_value("20").run()
    assert html(page).count("c3: expected an image of at least 20 × 20") == 2
    assert page.button(key="build.train").disabled
    assert parameters(page).startswith("≥")
    page.number_input(key="block.c3.filters").set_value(8).run()
    page.text_input(key="block.c3.kernel_size").set_value("5").run()
    assert not page.button(key="build.train").disabled


def test_outputs_are_marked_on_the_cards_and_a_missing_one_is_said() -> None:
    page = opened()
    do(page, "no_output", "output")
    assert "expected at least one output" in page.warning[0].value
    assert page.button(key="build.train").disabled
    do(page, "output", "f6")
    assert network(page).outputs == {"predictions": "f6"}
    do(page, "also", "output")
    assert set(network(page).outputs.values()) == {"f6", "output"}


def test_inputs_take_other_shapes_and_company() -> None:
    page = opened()
    open_card(page, "input")
    page.text_input(key="shape.input").set_value("32x32 x 3").run()
    assert network(page).inputs == {"input": (32, 32, 3)}
    page.text_input(key="shape.input").set_value("big").run()
    assert "expected sizes as in" in page.error[0].value
    page.text_input(key="shape.input").set_value("0 x 3").run()
    assert "at least 1" in page.error[0].value
    page.segmented_control(key="shape.input.quick").set_value("MNIST 28×28×1").run()
    assert network(page).inputs == {"input": (28, 28, 1)}
    do(page, "add_input", "input")
    assert list(network(page).inputs) == ["input", "input_1"]
    do(page, "remove", "input_1")
    assert list(network(page).inputs) == ["input"]


@pytest.mark.parametrize("data", ["MNIST", "CIFAR-10"])
@pytest.mark.parametrize("name", presets.names())
def test_every_preset_fits_both_data_sets_and_undo_brings_the_old_network_back(name: str, data: str) -> None:
    page = opened()
    page.button(key="build.presets").click().run()
    page.segmented_control(key="build.presets.shape").set_value(data).run()
    page.button(key=f"preset.{name}").click().run()
    shape = (28, 28, 1) if data == "MNIST" else (32, 32, 3)
    assert network(page) == presets.load(name, shape)
    assert not page.button(key="build.train").disabled
    if network(page) != presets.load("lenet5"):
        page.button(key="build.undo").click().run()
    assert network(page) == presets.load("lenet5")


def test_an_empty_start_says_what_to_do() -> None:
    page = opened()
    page.button(key="build.presets").click().run()
    page.button(key="preset.blank").click().run()
    assert network(page) == edit.blank()
    assert "Add a first block" in page.info[0].value
    page.button(key="build.add").click().run()
    insert(page, "Flatten")
    assert network(page).outputs == {"predictions": "flatten_1"}
    assert not page.info


def upload(page: AppTest, content: bytes) -> None:
    page.file_uploader[0].upload("network.json", content).run()
    assert not page.exception


def test_a_file_is_opened_and_what_was_there_can_be_brought_back() -> None:
    page = opened()
    upload(page, presets.load("mini-resnet").to_json(indent=2).encode())
    assert network(page) == presets.load("mini-resnet")
    assert page.button(key="build.undo").help == "Undo: open a file"
    page.button(key="build.undo").click().run()
    assert network(page) == presets.load("lenet5")


def wrong(**changes: Any) -> bytes:
    return json.dumps({**json.loads(presets.load("lenet5").to_json()), **changes}).encode()


@pytest.mark.parametrize("content", [
    b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b"x" * 1_500_000, wrong(format="other/1"), wrong(extra=1),
    wrong(nodes=[{"id": "a", "block": "Nonsense", "inputs": ["input"]}]),
    wrong(nodes=[{"id": "a", "block": "Dense", "config": {"units": 10**9}, "inputs": ["input"]}]),
    wrong(nodes=[{"id": "a", "block": "Flatten", "inputs": ["b"]}, {"id": "b", "block": "Flatten", "inputs": ["a"]}]),
    wrong(inputs={"input": [float("nan")]}), wrong(name="a\x07b"),
])  # fmt: skip
def test_a_bad_file_is_refused_in_one_sentence_and_nothing_is_lost(content: bytes) -> None:
    page = opened()
    page.number_input(key="block.c1.filters").set_value(12).run()
    upload(page, content)
    assert len(page.warning) == 1
    assert page.warning[0].value.startswith("This file was not opened")
    assert network(page).block_of(network(page).by_id["c1"]).filters == 12  # type: ignore[attr-defined]
    page.run()
    assert not page.warning


def test_a_hostile_name_is_nowhere_read_as_markdown_or_html() -> None:
    page = opened()
    page.text_input(key="build.name").set_value(HOSTILE).run()
    assert network(page).name == HOSTILE
    shown = [*page.markdown, *page.caption, *page.warning, *page.html, *page.button, *page.info]
    texts = [str(getattr(e, "value", "")) + str(getattr(e, "label", "")) + str(getattr(e, "help", "")) for e in shown]
    assert not [text for text in texts if "http://x/y" in text or "alert(1)" in text]
    page.text_input(key="build.name").set_value("bad\x07name").run()
    assert network(page).name == HOSTILE
    assert "control characters" in page.warning[0].value


def test_the_draft_comes_back_in_another_session_of_this_browser_alone() -> None:
    page = opened(owner="o" * 32)
    assert "draft" not in page.query_params
    page.number_input(key="block.c1.filters").set_value(12).run()
    draft = page.query_params["draft"]
    assert network(opened(draft, "o" * 32)) == network(page)
    assert network(opened(None, "o" * 32)) == network(page)
    stranger = opened(draft, "p" * 32)
    assert network(stranger) == presets.load("lenet5")
    assert "names a draft" in stranger.warning[0].value
    assert "draft" not in stranger.query_params


def test_a_tab_that_is_behind_takes_over_the_newest_state_and_can_go_back() -> None:
    first = opened(owner="o" * 32)
    first.number_input(key="block.c1.filters").set_value(12).run()
    second = opened(first.query_params["draft"], "o" * 32)
    second.number_input(key="block.c1.filters").set_value(20).run()
    do(first, "remove", "f6")
    assert first.number_input(key="block.c1.filters").value == 20
    assert "f6" not in ids(first)
    assert "Another tab" in first.warning[0].value
    second.run()
    assert "f6" not in ids(second)
    second.button(key="build.undo").click().run()
    assert "f6" in ids(second)


def test_a_draft_that_cannot_be_read_or_saved_is_said_and_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = Store().new_draft("o" * 32, "{broken")
    page = opened(draft, "o" * 32)
    assert page.warning
    assert network(page) == presets.load("lenet5")

    def full(*_args: object, **_more: object) -> None:
        from lib.errors import UserError
        raise UserError("store", "the disk is full; free some space and try again")

    monkeypatch.setattr(Store, "new_draft", full)
    monkeypatch.setattr(Store, "save_draft", full)
    page.number_input(key="block.c1.filters").set_value(12).run()
    assert "not saved" in page.warning[0].value
    assert parameters(page) == "64262"


def test_forty_blocks_stay_a_page_of_few_widgets() -> None:
    page = opened()
    for _step in range(4):
        for node in ids(page)[:8]:
            do(page, "duplicate", node)
    assert len(ids(page)) == 40
    assert len(page.number_input) + len(page.selectbox) + len(page.text_input) < 20


def test_the_page_in_korean_has_no_exception(korean: None) -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state["house.language"] = "ko"
    page.run()
    assert not page.exception
    labels = [widget.label for widget in (*page.metric, page.button(key="build.undo"), page.button(key="build.train"))]
    assert all(re.search("[가-힣]", label) for label in labels)
    assert re.search("[가-힣]", card_rows(page)["input"][3])


def test_the_history_keeps_at_least_fifty_steps() -> None:
    assert session.MOST_STEPS >= 50


def test_a_layer_can_be_used_again_and_its_parameters_count_once() -> None:
    page = opened()
    do(page, "reuse", "s2")
    assert ids(page)[:3] == ["c1", "s2", "s2_1"]
    assert network(page).by_id["s2_1"].shares == "s2"
    assert "shares s2" in html(page)
    do(page, "unshare", "s2_1")
    assert network(page).by_id["s2_1"].shares is None


def test_the_open_card_shows_the_sum_behind_its_parameters() -> None:
    assert "5\u202f×\u202f5\u202f×\u202f1\u202f×\u202f6 + 6 = 156" in html(opened())


def test_a_mistake_is_mended_with_one_click_and_undone_with_another() -> None:
    page = opened()
    open_card(page, "c3")
    page.text_input(key="block.c3.kernel_size").set_value("20").run()
    broken = network(page)
    mends = card_rows(page)["c3"][10]
    assert mends[0] == "Set padding to same"
    ask_card(page, "mend", "c3", mends[0])
    assert not page.exception
    assert not page.button(key="build.train").disabled
    page.button(key="build.undo").click().run()
    assert network(page) == broken


def test_a_missing_output_is_mended_with_one_click() -> None:
    page = opened()
    do(page, "no_output", "output")
    page.button(key="repair.-outputs.0").click().run()
    assert network(page).outputs == {"predictions": "output"}


@pytest.mark.parametrize("follow", [
    lambda page: ask_card(page, "open", "c3"), lambda page: ask_card(page, "remove", "f6"),
    lambda page: trigger(page, "build.graph", "pick", "c3"),
    lambda page: page.button(key="quick.duplicate").click().run(),
    lambda page: page.button(key="build.presets").click().run(),
], ids=["open", "remove", "pick", "duplicate", "presets"])  # fmt: skip
def test_a_field_that_was_changed_just_before_something_else_is_not_lost(follow: Callable[[AppTest], object]) -> None:
    page = opened()
    # The page has not been drawn with the new value when the next event comes.
    page.number_input(key="block.c1.filters").set_value(12)
    follow(page)
    assert not page.exception
    assert network(page).block_of(network(page).by_id["c1"]).filters == 12  # type: ignore[attr-defined]


def test_a_field_takes_nothing_back_that_another_tab_has_changed_beside_it() -> None:
    first = opened(owner="o" * 32)
    first.number_input(key="block.c1.filters").set_value(12).run()
    second = opened(first.query_params["draft"], "o" * 32)
    second.text_input(key="block.c1.kernel_size").set_value("3").run()
    first.number_input(key="block.c1.filters").set_value(20).run()
    block = network(first).block_of(network(first).by_id["c1"])
    assert (block.filters, block.kernel_size) == (20, 3)  # type: ignore[attr-defined]


def test_keys_that_are_pressed_quickly_are_all_done() -> None:
    page = opened()
    for number in (7, 8, 9):
        page.number_input(key="block.c1.filters").set_value(number).run()
    press(page, "undo", "undo")
    assert page.number_input(key="block.c1.filters").value == 7
    press(page, "redo", "undo", "redo", "redo", "redo")
    assert page.number_input(key="block.c1.filters").value == 9
    press(page, "undo", *["nonsense"] * 70, "undo")
    assert page.number_input(key="block.c1.filters").value == 8
    assert not page.exception


def test_a_field_that_does_not_show_yet_what_was_undone_does_not_bring_it_back() -> None:
    page = opened()
    for number in (7, 8, 9):
        page.number_input(key="block.c1.filters").set_value(number).run()
    drawn = component_data(page, "build.history")["seen"][2]
    press(page, "undo")
    # The browser has not drawn that, and sends with the next keys what the field held before.
    for _time in range(2):
        page.number_input(key="block.c1.filters").set_value(9)
        press(page, "undo", drawn=drawn)
    assert page.number_input(key="block.c1.filters").value == 6
    page.number_input(key="block.c1.filters").set_value(9)
    ask_card(page, "open", "c3", drawn=drawn)
    assert network(page) == presets.load("lenet5")
    press(page, "redo", "redo", "redo")
    ask_card(page, "open", "c1")
    assert page.number_input(key="block.c1.filters").value == 9
    # What is typed by itself counts, even where it was there before.
    press(page, "undo")
    page.number_input(key="block.c1.filters").set_value(9).run()
    assert network(page).block_of(network(page).by_id["c1"]).filters == 9  # type: ignore[attr-defined]
    assert page.button(key="build.redo").disabled
    # And so does what is typed where everything was drawn, and left for another card.
    press(page, "undo")
    page.number_input(key="block.c1.filters").set_value(9)
    ask_card(page, "open", "c3")
    assert network(page).block_of(network(page).by_id["c1"]).filters == 9  # type: ignore[attr-defined]


def test_other_fields_do_not_bring_back_what_was_undone_either() -> None:
    page = opened()
    page.text_input(key="build.name").set_value("A").run()
    open_card(page, "f6")
    page.selectbox(key="reads.f6").select("flatten").run()
    open_card(page, "input")
    page.text_input(key="shape.input").set_value("32 x 32 x 3").run()
    press(page, "undo")
    page.text_input(key="shape.input").set_value("32 × 32 × 3")
    page.segmented_control(key="shape.input.quick").set_value("CIFAR-10 32×32×3")
    press(page, "undo", drawn=0)
    assert network(page).inputs == {"input": (28, 28, 1)}
    press(page, "redo")
    open_card(page, "f6")
    press(page, "undo")
    page.selectbox(key="reads.f6").select("flatten")
    press(page, "undo", drawn=0)
    page.text_input(key="build.name").set_value("A")
    press(page, "undo", drawn=0)
    assert network(page) == presets.load("lenet5")
