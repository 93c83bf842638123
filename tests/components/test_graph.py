"""The drawing of a network: what is open shows its layers, what is shared or frozen says so, names do no harm."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given

from components import graph
from components.canvas_data import network_json
from lib.arch import Architecture, Node, analyse, presets, read_block
from lib.arch.blocks.composites.model import Model
from tests.lib.arch.strategies import architectures

SVG = "{http://www.w3.org/2000/svg}"


def node(name: str, block: str, config: dict[str, Any], *inputs: str, trainable: bool = True) -> Node:
    return Node(name, read_block(block, config, name), inputs, trainable=trainable)


def drawn(architecture: Architecture, *unfolded: str) -> ET.Element:
    text = graph.drawing(architecture, frozenset(unfolded), "en")
    return ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def groups(picture: ET.Element, **attributes: str) -> list[ET.Element]:
    wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
    return [g for g in picture.iter(f"{SVG}g") if all(g.get(name) == value for name, value in wanted.items())]


def labels(picture: ET.Element, **attributes: str) -> list[str]:
    return [group.get("aria-label", "") for group in groups(picture, **attributes)]


def one(picture: ET.Element, **attributes: str) -> ET.Element:
    (found,) = groups(picture, **attributes)
    return found


def tower() -> Architecture:
    same = {"filters": 8, "kernel_size": 3, "padding": "same"}
    inner = Architecture(
        {"image": (8, 8, 8)},
        (node("conv", "Conv2D", same, "image"), node("res", "Residual", {"filters": 8}, "conv")),
        {"out": "res"},
    )
    return Architecture(
        {"left": (8, 8, 8), "right": (8, 8, 8)},
        (
            Node("tower", Model(architecture=inner, repeat=2, share_weights=True), ("left",)),
            Node("again", None, ("right",), "tower"),
            node("sum", "Add", {}, "tower", "again"),
            node("flat", "Flatten", {}, "sum"),
            node("head", "Dense", {"units": 3}, "flat", trainable=False),
        ),
        {"classes": "head"},
    )


def test_a_composite_is_closed_at_first_and_shows_its_layers_when_it_is_open() -> None:
    network = presets.load("mini-resnet")
    name = next(node.id for node in network.nodes if node.block and node.block.family == "composite")
    closed, opened = drawn(network), drawn(network, name)
    assert not groups(closed, data_part=name)
    assert one(closed, data_open=name).get("aria-expanded") == "false"
    layers = [layer.path[-1] for layer in analyse(network).nodes[name].layers]
    found = labels(opened, data_part=name)
    assert [label.split(",")[0] for label in found] == layers
    assert any("Conv2D" in label and "×" in label for label in found)
    assert one(opened, data_open=name).get("aria-expanded") == "true"
    assert len(groups(opened, data_node=name)) == 1


def test_what_is_inside_opens_level_by_level() -> None:
    kinds = [label.split(", ")[:2] for label in labels(drawn(tower(), "tower"), data_part="tower")]
    assert kinds == [["1", "Model"], ["2", "Model"]]
    picture = drawn(tower(), "tower", "tower/2", "tower/2/res")
    assert one(picture, data_open="tower/1").get("aria-expanded") == "false"
    names = [label.split(",")[0] for label in labels(picture, data_part="tower")]
    assert names[:4] == ["1", "2", "conv", "res"]
    assert {"add", "act"} < set(names)


def test_what_is_open_below_something_closed_is_not_drawn() -> None:
    assert labels(drawn(tower(), "tower/2", "tower/2/res")) == labels(drawn(tower()))


def test_uses_of_one_layer_carry_the_same_mark_and_say_whose_they_are() -> None:
    picture = drawn(tower())
    assert {g.get("data-node") for g in groups(picture, data_layer="tower")} == {"tower", "again"}
    again = one(picture, data_node="again")
    assert "shared" in again.get("class", "").split()
    assert "shares tower" in again.get("aria-label", "")
    assert one(picture, data_node="head").get("data-layer") is None
    assert [path for path in picture.iter(f"{SVG}path") if path.get("class") == "tie"]


def test_parts_of_a_shared_composite_are_uses_of_the_parts_of_its_owner() -> None:
    picture = drawn(tower(), "tower", "tower/1", "again", "again/2")
    parts = groups(picture, data_layer="tower.1.conv")
    assert {part.get("data-part") for part in parts} == {"tower", "again"}


def test_repetition_is_said_and_shown() -> None:
    box = one(drawn(tower()), data_node="tower")
    assert "2 times with the same weights" in box.get("aria-label", "")
    assert "×2" in "".join(box.itertext())


def test_a_frozen_layer_has_a_sign() -> None:
    box = one(drawn(tower()), data_node="head")
    assert "frozen" in box.get("class", "").split()
    assert "frozen" in box.get("aria-label", "")


def test_every_use_of_a_frozen_layer_has_its_sign() -> None:
    dense = node("one", "Dense", {"units": 3}, "x", trainable=False)
    network = Architecture({"x": (3,)}, (dense, Node("two", None, ("one",), "one")), {"y": "two"})
    assert "frozen" in one(drawn(network), data_node="two").get("class", "").split()
    assert [box.get("frozen") for box in json.loads(network_json(network, "en"))] == [None, True, True]


def test_a_composite_with_a_mistake_cannot_be_opened() -> None:
    network = Architecture({"x": (3,)}, (node("res", "Residual", {"filters": 4}, "x"),), {"y": "res"})
    picture = drawn(network, "res")
    assert "wrong" in one(picture, data_node="res").get("class", "").split()
    assert not groups(picture, data_open="res")
    assert not groups(picture, data_part="res")


def test_free_sizes_are_drawn_as_unknown() -> None:
    network = Architecture({"x": (None, None, 4)}, (node("res", "Residual", {"filters": 4}, "x"),), {"y": "res"})
    picture = drawn(network, "res")
    assert groups(picture, data_part="res")
    assert all("?" in label for label in labels(picture, data_part="res"))


def test_a_block_whose_free_sizes_cannot_be_told_apart_stays_closed() -> None:
    window = {"filters": 4, "kernel_size": 3, "padding": "valid"}
    inner = Architecture(
        {"a": (8, 8, 4), "b": (8, 8, 4)},
        (node("small", "Conv2D", window, "a"), node("sum", "Add", {}, "small", "b")),
        {"out": "sum"},
    )
    network = Architecture(
        {"x": (None, None, 4)},
        (node("before", "Conv2D", window, "x"), Node("model", Model(architecture=inner), ("x", "before"))),
        {"y": "model"},
    )
    assert not analyse(network).problems
    picture = drawn(network, "model")
    assert one(picture, data_open="model").get("aria-expanded") == "false"
    assert not groups(picture, data_part="model")


def test_a_name_that_could_be_markup_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = '"><script>alert(1)</script>&'
    network = tower()
    monkeypatch.setattr("components.graph_drawing._", lambda text: f"{text} {evil}")
    monkeypatch.setattr("components.graph._", lambda text: f"{text} {evil}")
    graph.drawing.cache_clear()
    try:
        text = graph.drawing(network, frozenset({"tower"}), "evil")
    finally:
        graph.drawing.cache_clear()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_long_names_keep_their_beginning_and_their_end() -> None:
    name = "block_" * 9 + "left"
    network = Architecture({"x": (4,)}, (node(name, "Dense", {"units": 2}, "x"),), {"y": name})
    box = one(drawn(network), data_node=name)
    shown = next(text.text or "" for text in box.iter(f"{SVG}text") if text.get("class") == "name")
    assert re.fullmatch(r"block_.*….*left", shown)
    assert len(shown) < 30


@given(architectures())
def test_every_input_node_and_output_of_any_network_is_drawn_once(architecture: Architecture) -> None:
    composites = frozenset(node.id for node in architecture.nodes)
    picture = drawn(architecture, *composites)
    found = [g.get("data-node") for g in picture.iter(f"{SVG}g") if g.get("data-node")]
    assert sorted(map(str, found)) == sorted([*architecture.inputs, *architecture.by_id])
    outputs = [g for g in picture.iter(f"{SVG}g") if g.get("class") == "output"]
    assert len(outputs) == len(architecture.outputs)
    for name, report in analyse(architecture).nodes.items():
        steps = {layer.path[1] for layer in report.layers if len(layer.path) > 1}
        assert len(groups(picture, data_part=name)) == len(steps)


def chain(filters: int) -> Architecture:
    same = {"filters": 8, "kernel_size": 3, "padding": "same"}
    nodes = [node("n0", "Conv2D", {**same, "filters": filters}, "x")]
    nodes += [node(f"n{i}", "Conv2D", same, f"n{i - 1}") for i in range(1, 200)]
    return Architecture({"x": (16, 16, 1)}, tuple(nodes), {"y": "n199"})


def test_a_change_to_one_block_of_two_hundred_costs_little() -> None:
    """Measured with benchmarks/picture.py: 2.5 ms. The bound is for a busy machine."""
    times = []
    for filters in range(8, 14):
        network = chain(filters)
        analyse(network)
        begin = time.process_time()
        graph.drawing(network, frozenset(), "en")
        times.append(time.process_time() - begin)
    assert min(times[1:]) < 0.02
