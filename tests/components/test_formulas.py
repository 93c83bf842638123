"""The numbers of a block as sums."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.formulas import mac_formula, parameter_formula
from lib.arch import Architecture, Node, NodeReport, analyse, palette, presets, read_block
from lib.arch.block import Entry, FreeShape

CONV = {"filters": 4, "kernel_size": 3, "padding": "same"}


def report(shape: FreeShape, block: str, config: dict[str, Any]) -> NodeReport:
    node = Node("n", read_block(block, config, ""), ("in",))
    return analyse(Architecture({"in": shape}, (node,), {"out": "n"})).nodes["n"]


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_parameters_and_multiply_adds_of_lenet() -> None:
    nodes = analyse(presets.load("lenet5")).nodes
    assert plain(parameter_formula(nodes["c3"])) == "5 × 5 × 6 × 16 + 16 = 2 416"
    assert plain(mac_formula(nodes["c3"])) == "5 × 5 × 6 × 16 × 10 × 10 = 240 000"
    assert parameter_formula(nodes["flatten"]) == mac_formula(nodes["flatten"]) == ""


@pytest.mark.parametrize(("shape", "block", "config", "text"), [
    ((24, 24, 1), "Conv2D", {"filters": 6, "kernel_size": 5, "padding": "same"}, "5 × 5 × 1 × 6 × 24 × 24 = 86 400"),
    ((8, 8, 4), "SeparableConv2D", {"filters": 2, "kernel_size": 3, "padding": "same"},
     "3 × 3 × 4 × 1 × 8 × 8 + 1 × 1 × 4 × 2 × 8 × 8 = 2 816"),
    ((8, 8, 4), "Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2}, "3 × 3 × 2 × 4 × 8 × 8 = 4 608"),
    ((7, 3), "SimpleRNN", {"units": 2}, "7 × 3 × 2 + 7 × 2 × 2 = 70"),
    ((10,), "Dense", {"units": 10}, "10 × 10 = 100"),
    ((10,), "BatchNormalization", {}, ""),
])  # fmt: skip
def test_multiply_adds_as_products(shape: FreeShape, block: str, config: dict[str, Any], text: str) -> None:
    assert plain(mac_formula(report(shape, block, config))) == text


def test_a_composite_is_the_sum_of_its_layers() -> None:
    found = report((8, 8, 4), "Residual", {"filters": 4, "batch_normalization": False})
    assert plain(parameter_formula(found)) == "2 × 148 = 296"
    assert plain(mac_formula(found)) == "2 × 9 216 = 18 432"
    deep = report((8, 8, 4), "DNNResidual", {"layers": 12, "units": 4})
    assert plain(parameter_formula(deep)) == "12 × 20 = 240"
    long = report((32, 32, 8), "DenseBlock", {"layers": 6, "growth_rate": 4})
    assert plain(parameter_formula(long)).count("+") == 7
    assert " + … + " in parameter_formula(long)


def test_a_composite_with_one_layer_that_counts_shows_the_sum_of_that() -> None:
    inside = Architecture({"in": (8, 8, 4)}, (Node("c", read_block("Conv2D", CONV, ""), ("in",)),
                                             Node("a", read_block("ReLU", {}, ""), ("c",))), {"out": "a"})
    found = report((8, 8, 4), "Model", {"architecture": json.loads(inside.to_json())})
    assert plain(parameter_formula(found)) == "3 × 3 × 4 × 4 + 4 = 148"
    assert plain(mac_formula(found)) == "3 × 3 × 4 × 4 × 8 × 8 = 9 216"


@pytest.mark.parametrize(("shared", "text"), [(False, "3 × 148 = 444"), (True, "3 × 3 × 4 × 4 + 4 = 148")])
def test_weights_that_are_used_again_count_once_and_their_arithmetic_each_time(shared: bool, text: str) -> None:
    inside = Architecture({"in": (8, 8, 4)}, (Node("c", read_block("Conv2D", CONV, ""), ("in",)),), {"out": "c"})
    config = {"architecture": json.loads(inside.to_json()), "repeat": 3, "share_weights": shared}
    found = report((8, 8, 4), "Model", config)
    assert plain(parameter_formula(found)) == text
    assert text.endswith(f" {found.parameters}")
    assert plain(mac_formula(found)) == "3 × 9 216 = 27 648"


def test_a_free_size_leaves_multiply_adds_out() -> None:
    found = report((None, None, 1), "Conv2D", {"filters": 6, "kernel_size": 5})
    assert mac_formula(found) == ""
    assert plain(parameter_formula(found)) == "5 × 5 × 1 × 6 + 6 = 156"


def test_a_shared_layer_shows_what_it_uses() -> None:
    nodes = (Node("one", read_block("Dense", {"units": 4}, ""), ("in",)), Node("two", None, ("one",), "one"))
    found = analyse(Architecture({"in": (4,)}, nodes, {"out": "two"})).nodes["two"]
    assert plain(parameter_formula(found)) == "4 × 4 + 4 = 20"


@pytest.mark.parametrize("entry", [e for family in palette().values() for e in family], ids=lambda e: e.title)
def test_formulas_of_the_palette_come_out_right(entry: Entry) -> None:
    for shape in [(16, 16, 32), (8, 16), (64,)]:
        inputs = {f"in{number}": shape for number in range(entry.block.fewest_inputs)}
        found = analyse(Architecture(inputs, (Node("n", entry.block, tuple(inputs)),), {"out": "n"})).nodes["n"]
        for formula, total in ((parameter_formula(found), found.parameters_used), (mac_formula(found), found.macs)):
            if formula and "…" not in formula:
                sums, result = formula.replace("\u202f", "").split("=")
                assert eval(sums.replace("×", "*")) == int(result) == total
            else:
                assert bool(formula) == bool(total)
