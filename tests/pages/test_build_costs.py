"""The bill of the Build page: the headline, the table with its columns and opened composites, the treemap."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from lib.arch import Architecture, Node, presets, read_block
from lib.training.optimizers import SGD
from lib.training.recipe import Recipe
from tests.pages.test_build import PAGE


def opened(architecture: Architecture | None = None, recipe: Recipe | None = None) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    if architecture:
        page.session_state["draft.architecture"] = architecture.to_json()
    if recipe:
        page.session_state["draft.recipe"] = recipe.to_json()
    page.run()
    assert not page.exception
    return page


def table(page: AppTest) -> str:
    return next(str(element.value) for element in page.html if 'class="costs' in str(element.value))


def row(page: AppTest, name: str) -> list[str]:
    """The texts of the cells of a row."""
    (found,) = [text for text in re.findall(r"<tr.*?</tr>", table(page)) if f"<b>{name}</b>" in text]
    return plain(re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", found))


def total(page: AppTest) -> list[str]:
    return plain(re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", table(page).split("<tfoot>")[1]))


def plain(cells: list[str]) -> list[str]:
    return [re.sub(r"<[^>]*>", "", cell.replace("<br>", " / ")).replace("\u202f", " ").strip() for cell in cells]


def metrics(page: AppTest) -> list[str]:
    return [metric.value.replace("\u202f", " ") for metric in page.metric]


def node(name: str, block: str, config: dict[str, Any], *inputs: str) -> Node:
    return Node(name, read_block(block, config, ""), inputs)


def test_the_usual_columns_say_what_lenet_costs() -> None:
    page = opened()
    assert row(page, "c3") == ["c3 Conv2D", "s2", "10 × 10 × 16", "2 416", "0", "240 000", "1 600", "14 × 14"]
    assert row(page, "f6")[-1] == "all"
    assert total(page) == ["Total", "", "61 706 parameters", "61 706", "0", "416 520", "8 494", "all"]
    assert "Stride 2, offset" not in table(page)
    assert "Stride 2 × 2, offset −2 × −2" in table(page)


def test_columns_are_chosen() -> None:
    page = opened(recipe=Recipe(optimizer=SGD(momentum=0.9)))
    page.pills(key="costs.columns").set_value(["used", "slots", "intensity"]).run()
    assert row(page, "c1") == ["c1 Conv2D", "156", "156", "5.21"]
    assert total(page)[:3] == ["Total", "61 706", "61 706"]
    assert 'class="costs"' in table(page)
    page.pills(key="costs.columns").set_value([]).run()
    assert row(page, "c1") == ["c1 Conv2D"]


def test_a_composite_is_opened_into_its_layers_and_closed() -> None:
    page = opened(presets.load("mini-resnet"))
    assert "<b>conv1</b>" not in table(page)
    page.multiselect(key="costs.opened").set_value(["block1"]).run()
    assert row(page, "conv1")[:4] == ["conv1 Conv2D", "", "28 × 28 × 16", "2 304"]
    assert row(page, "act")[-1] == row(page, "block1")[-1] == "7 × 7"
    page.multiselect(key="costs.opened").set_value([]).run()
    assert "<b>conv1</b>" not in table(page)


def test_a_composite_that_goes_is_no_longer_open() -> None:
    page = opened(presets.load("mini-resnet"))
    page.multiselect(key="costs.opened").set_value(["block1"]).run()
    page.session_state["draft.architecture"] = presets.load("lenet5").to_json()
    page.run()
    assert not page.exception
    assert [box for box in page.multiselect if box.key == "costs.opened"] == []


def test_a_shared_layer_costs_its_parameters_once_and_its_arithmetic_twice() -> None:
    nodes = (node("one", "Dense", {"units": 10}, "in"), Node("two", None, ("one",), "one"))
    page = opened(Architecture({"in": (10,)}, nodes, {"out": "two"}))
    page.pills(key="costs.columns").set_value(["trainable", "used", "slots", "macs"]).run()
    assert row(page, "one")[1:] == ["110", "110", "220", "100"]
    assert row(page, "two")[1:] == ["0", "110", "0", "100"]
    assert total(page)[1:] == ["110", "220", "220", "200"]


def test_a_free_size_leaves_what_depends_on_it_unknown_and_says_why() -> None:
    nodes = (node("conv", "Conv2D", {"filters": 2, "kernel_size": 3}, "in"),)
    page = opened(Architecture({"in": (None, None, 1)}, nodes, {"out": "conv"}))
    page.pills(key="costs.columns").set_value(["trainable", "macs", "activations", "field", "intensity"]).run()
    why = "? (Not known before the free size of an input is)"
    assert row(page, "conv")[1:] == ["20", why, why, "3 × 3", why]
    assert total(page)[1:] == ["20", "≥ 0", "≥ 0", "3 × 3", why]
    assert metrics(page)[0] == "20"
    assert metrics(page)[1].startswith("≥")
    assert metrics(page)[3] == "?"


def test_behind_a_mistake_nothing_is_known_and_totals_are_lower_bounds() -> None:
    lenet = presets.load("lenet5")
    wrong = tuple(n if n.id != "c3" else node("c3", "Conv2D", {"filters": 16, "kernel_size": 20}, "s2")
                  for n in lenet.nodes)  # fmt: skip
    page = opened(replace(lenet, nodes=wrong))
    assert row(page, "f6")[3] == "? (Not known, because of a mistake before it)"
    assert total(page)[3:5] == ["≥ 156", "≥ 0"]
    assert [value[0] for value in metrics(page)] == ["≥", "≥", "≥", "?"]


def test_paths_that_meet_at_different_strides_say_why_their_field_is_not_known() -> None:
    nodes = (
        node("half", "Conv2D", {"filters": 2, "kernel_size": 2, "strides": 2}, "in"),
        node("valid", "Conv2D", {"filters": 2, "kernel_size": 5}, "in"),
        node("both", "Concatenate", {}, "half", "valid"),
    )
    page = opened(Architecture({"in": (8, 8, 1)}, nodes, {"out": "both"}))
    assert row(page, "both")[-1] == "? × ?"
    assert "Not known: its paths move at different strides" in table(page)


def test_inputs_that_are_all_seen_as_a_whole_are_named_once() -> None:
    nodes = (
        node("mean", "GlobalAveragePooling2D", {}, "image"), node("dense", "Dense", {"units": 2}, "more"),
        node("both", "Concatenate", {}, "mean", "dense"),
    )  # fmt: skip
    page = opened(Architecture({"image": (8, 8, 2), "more": (5,)}, nodes, {"out": "both"}))
    assert row(page, "both")[-1] == "all"


def test_two_inputs_that_are_seen_differently_are_told_apart() -> None:
    nodes = (
        node("deep", "Conv2D", {"filters": 2, "kernel_size": 3, "padding": "same"}, "left"),
        node("flat", "Conv2D", {"filters": 2, "kernel_size": 1}, "right"),
        node("both", "Add", {}, "deep", "flat"),
    )
    page = opened(Architecture({"left": (8, 8, 1), "right": (8, 8, 1)}, nodes, {"out": "both"}))
    assert row(page, "both")[-1] == "left 3 × 3 / right 1 × 1"


def test_the_headline_follows_the_recipe() -> None:
    sixty_four = opened(recipe=Recipe(batch_size=64))
    assert metrics(sixty_four)[:2] == ["61 706", "417 k"]
    # Weights, gradients and two slots of Adam, and 64 images with what the layers put out.
    assert metrics(sixty_four)[2] == f"{4 * (4 * 61_706 + 64 * (784 + 8_494)) / 1e6:.3g} MB"
    assert "Adam" in sixty_four.metric[2].help
    one = opened(recipe=Recipe(batch_size=1, optimizer=SGD()))
    assert metrics(one)[2] == f"{4 * (2 * 61_706 + 784 + 8_494) / 1e3:.3g} kB"
    assert metrics(one)[3] == metrics(sixty_four)[3]


def test_the_treemap_is_drawn_when_it_is_opened() -> None:
    page = opened()
    assert not [choice for choice in page.segmented_control if choice.key == "costs.quantity"]
    page.session_state["costs.map"] = True
    page.run()
    assert not page.exception
    assert page.segmented_control(key="costs.quantity").value == "macs"
    assert drawn_total(page) == "416\u202f520"
    page.segmented_control(key="costs.quantity").set_value("parameters").run()
    assert not page.exception
    assert drawn_total(page) == "61\u202f706"


def drawn_total(page: AppTest) -> str:
    """What the treemap says of the whole network."""
    (chart,) = page.get("plotly_chart")
    return str(json.loads(chart.proto.spec)["data"][0]["text"][0])


def test_a_card_shows_its_parameters_and_its_multiply_adds_as_products() -> None:
    page = opened()
    texts = " ".join(str(element.value) for element in page.html).replace("\u202f", " ")
    assert "Parameters: 5 × 5 × 1 × 6 + 6 = 156" in texts
    assert "MACs: 5 × 5 × 1 × 6 × 28 × 28 = 117 600" in texts
