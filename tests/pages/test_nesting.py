"""Networks as blocks on the Build page: gathered, entered, left, filled, kept, frozen and taken apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lib.arch import Architecture, analyse, edit, nest, presets
from lib.runs.store import Store
from tests.components_v2 import ask_card, card_rows
from tests.pages.test_build import do, ids, menu, network, open_card, opened, parameters

OWNER = "owner-of-the-test"


def gathered(*nodes: str, owner: str | None = None) -> AppTest:
    """The page with LeNet-5, of which `nodes` are one block."""
    page = opened(owner=owner)
    do(page, "gather", nodes[0])
    page.multiselect(key="build.gather.chosen").set_value(list(nodes)).run()
    page.button(key="build.gather").click().run()
    assert not page.exception
    return page


def nested(network: Architecture) -> Architecture:
    """As deep as a network can be."""
    for _level in range(5):
        network = nest.wrap(network, [node.id for node in network.nodes])
    return network


def shown(page: AppTest) -> list[str]:
    return list(card_rows(page))


def test_blocks_are_gathered_into_one_and_undo_brings_them_back() -> None:
    page = gathered("c3", "s4")
    assert ids(page) == ["c1", "s2", "model_1", "flatten", "c5", "f6", "output"]
    assert parameters(page) == "61706"
    page.button(key="build.undo").click().run()
    assert network(page) == presets.load("lenet5")


def test_what_cannot_be_gathered_says_why() -> None:
    page = opened()
    do(page, "gather", "c1")
    page.multiselect(key="build.gather.chosen").set_value(["c1", "c3"]).run()
    assert "expected one of the blocks" in page.warning[0].value
    assert page.button(key="build.gather").disabled


def test_the_inside_is_changed_like_any_network() -> None:
    page = gathered("c3", "s4")
    page.button(key="inside.enter").click().run()
    assert shown(page) == ["s2", "c3", "s4"]
    do(page, "duplicate", "c3")
    assert shown(page) == ["s2", "c3", "c3_1", "s4"]
    inside = nest.inside(network(page), ("model_1",))
    assert [node.id for node in inside.nodes] == ["c3", "c3_1", "s4"]
    page.button(key="way.0").click().run()
    assert "model_1" in shown(page)
    page.button(key="build.undo").click().run()
    assert [node.id for node in nest.inside(network(page), ("model_1",)).nodes] == ["c3", "s4"]


def test_undo_past_the_block_that_was_entered_leaves_it() -> None:
    page = gathered("c3", "s4")
    page.button(key="inside.enter").click().run()
    page.button(key="build.undo").click().run()
    assert not page.exception
    assert shown(page)[1:] == [node.id for node in presets.load("lenet5").nodes]


def test_repeated_and_shared_weights_count_once() -> None:
    page = opened()
    do(page, "duplicate", "f6")
    do(page, "remove", "f6")
    do(page, "gather", ids(page)[-2])
    page.button(key="build.gather").click().run()
    open_card(page, "model_1")
    page.number_input(key="block.model_1.repeat").set_value(3).run()
    assert "weights" not in " ".join(str(problem) for problem in analyse(network(page)).problems)
    own = analyse(network(page)).total.parameters
    assert own == 61706 - (120 * 84 + 84) + 120 * 84 + 84 + 2 * (84 * 84 + 84)
    page.toggle(key="block.model_1.share_weights").set_value(True).run()
    assert "which it shares" in str(analyse(network(page)).problems[0])
    assert not page.exception


def test_a_frozen_block_is_not_trained() -> None:
    page = opened()
    do(page, "freeze", "c3")
    assert "unfreeze" in menu(page, "c3")
    assert "freeze" not in menu(page, "s4")
    assert analyse(network(page)).total.non_trainable == 2_416
    do(page, "unfreeze", "c3")
    assert network(page) == presets.load("lenet5")


def test_a_composite_is_taken_apart() -> None:
    page = gathered("c3", "s4")
    do(page, "unwrap", "model_1")
    assert ids(page) == ["c1", "s2", "model_1_c3", "model_1_s4", "flatten", "c5", "f6", "output"]
    assert parameters(page) == "61706"


def test_a_kept_network_can_stand_inside_a_block() -> None:
    kept = edit.rename_architecture(presets.load("mlp"), "my own")
    Store().new_draft(OWNER, kept.to_json())
    page = gathered("c3", "s4", owner=OWNER)
    page.button(key="inside.fill").click().run()
    (found,) = [button for button in page.button if button.label.startswith("my own")]
    found.click().run()
    assert not page.exception
    inside = nest.inside(network(page), ("model_1",))
    assert inside.nodes == kept.nodes
    assert inside.inputs == {"input": (14, 14, 6)}


def test_a_copy_is_kept_and_thrown_away() -> None:
    page = opened(owner=OWNER)
    page.button(key="build.keep").click().run()
    assert [Architecture.from_json(draft.architecture).name for draft in Store().drafts(OWNER, 9)] == ["LeNet-5"]
    do(page, "remove", "c1")
    page.button(key="build.presets").click().run()
    (gone,) = [button for button in page.button if button.label.startswith("Throw")]
    gone.click().run()
    assert not page.exception
    assert [len(Architecture.from_json(d.architecture).nodes) for d in Store().drafts(OWNER, 9)] == [7]


def test_what_does_not_fit_inside_is_said() -> None:
    page = gathered("c3", "s4")
    deep = nested(network(page))
    page.button(key="inside.enter").click().run()
    page.file_uploader[0].upload("deep.json", deep.to_json().encode(), "application/json").run()
    assert not page.exception
    assert "inside each other" in page.warning[0].value


@pytest.mark.parametrize("action", ["enter", "unwrap", "freeze"])
def test_forged_actions_are_left_alone(action: str) -> None:
    page = opened()
    ask_card(page, action, "s2")
    assert not page.exception
    assert network(page) == presets.load("lenet5")


def test_the_whole_network_is_trained_while_an_inside_is_shown() -> None:
    page = gathered("c3", "s4")
    page.button(key="inside.enter").click().run()
    assert not page.button(key="build.train").disabled
    do(page, "no_output", "s4")
    assert page.button(key="build.train").disabled
    assert replace(network(page), name="").outputs == {"predictions": "output"}


def test_the_dialog_inside_fills_the_block_and_says_so() -> None:
    page = gathered("c3", "s4")
    page.button(key="inside.fill").click().run()
    assert any("inside model_1, for the 14\u202f×\u202f14\u202f×\u202f6" in caption.value for caption in page.caption)
    assert not any(group.label == "Images of" for group in page.segmented_control)
    page.button(key="preset.mini-resnet").click().run()
    assert not page.exception
    inside = nest.inside(network(page), ("model_1",))
    assert inside.nodes == presets.load("mini-resnet").nodes
    assert inside.inputs == {"input": (14, 14, 6)}
    assert ids(page)[:3] == ["c1", "s2", "model_1"]


def test_an_empty_network_inside_a_block_is_a_start_too() -> None:
    page = gathered("c3", "s4")
    page.button(key="inside.fill").click().run()
    page.button(key="preset.blank").click().run()
    assert not page.exception
    assert shown(page) == ["input"]
    page.button(key="build.undo").click().run()
    assert shown(page) == ["s2", "c3", "s4"]


def test_what_does_not_fit_inside_leaves_the_open_card_open() -> None:
    page = gathered("c3", "s4", owner=OWNER)
    deep = nested(network(page))
    page.button(key="inside.enter").click().run()
    Store().new_draft(OWNER, edit.rename_architecture(deep, "too deep").to_json())
    page.button(key="build.presets").click().run()
    (found,) = [button for button in page.button if button.label.startswith("too deep")]
    found.click().run()
    assert not page.exception
    assert shown(page) == ["s2", "c3", "s4"]
    assert page.number_input(key="block.c3.filters")
