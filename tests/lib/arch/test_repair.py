"""A mend that is offered takes the mistake away, and brings no other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.arch import Architecture, Node, analyse, presets, read_block
from lib.arch.repair import missing_output, repairs
from tests.lib.arch.strategies import architectures, candidates


def node(name: str, block: str, config: dict[str, Any], *inputs: str) -> Node:
    return Node(name, read_block(block, config, name), inputs)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_is_offered_mends(data: st.DataObject) -> None:
    whole = data.draw(architectures(most_nodes=5))
    new = data.draw(candidates(whole))
    broken = Architecture(whole.inputs, (*whole.nodes, new), {**whole.outputs, "new": new.id})
    before = analyse(broken)
    for repair in repairs(broken, new.id):
        after = analyse(repair.architecture)
        assert before.nodes[new.id].problem is not None
        assert new.id not in after.nodes or after.nodes[new.id].problem is None
        assert len(after.problems) < len(before.problems)


def labels(architecture: Architecture, name: str) -> list[str]:
    return [str(repair) for repair in repairs(architecture, name)]


def test_a_window_larger_than_its_image() -> None:
    conv = node("conv", "Conv2D", {"filters": 4, "kernel_size": 5}, "in")
    assert labels(Architecture({"in": (3, 4, 1)}, (conv,), {"out": "conv"}), "conv") == [
        "Set padding to same",
        "Make the window 3 × 3",
    ]


def test_a_sum_of_different_images_gets_a_projection() -> None:
    nodes = (
        node("a", "Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}, "in"),
        node("b", "Conv2D", {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}, "in"),
        node("sum", "Add", {}, "a", "b"),
    )
    broken = Architecture({"in": (8, 8, 3)}, nodes, {"out": "sum"})
    (repair,) = repairs(broken, "sum")
    assert str(repair) == "Bring every input to 4 × 4 × 8"
    assert repair.architecture.by_id["conv2d_1"].block == read_block(
        "Conv2D", {"filters": 8, "kernel_size": 1, "strides": [2, 2], "padding": "same"}, ""
    )
    assert analyse(repair.architecture).complete


def test_groups_that_do_not_divide_and_strides_with_dilation() -> None:
    def offered(config: dict[str, Any]) -> list[str]:
        conv = node("conv", "Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", **config}, "in")
        return labels(Architecture({"in": (8, 8, 3)}, (conv,), {"out": "conv"}), "conv")

    assert offered({"groups": 2}) == ["Take one group"]
    assert offered({"strides": 2, "dilation_rate": 2}) == ["Set the dilation rate to 1"]


def test_a_shared_layer_that_does_not_fit_gets_its_own() -> None:
    nodes = (node("a", "Dense", {"units": 3}, "x"), Node("b", None, ("y",), "a"))
    broken = Architecture({"x": (4,), "y": (5,)}, nodes, {"one": "a", "two": "b"})
    assert labels(broken, "b") == ["Give it a layer of its own"]


def test_a_block_that_leads_nowhere() -> None:
    nodes = (node("used", "Dense", {"units": 3}, "in"), node("aside", "Dense", {"units": 3}, "in"))
    assert labels(Architecture({"in": (4,)}, nodes, {"out": "used"}), "aside") == [
        "Make it an output",
        "Delete it",
    ]


def test_a_missing_output() -> None:
    lenet = presets.load("lenet5")
    repair = missing_output(Architecture(lenet.inputs, lenet.nodes))
    assert repair is not None
    assert analyse(repair.architecture).complete
    assert missing_output(lenet) is None
    assert missing_output(Architecture(lenet.inputs)) is None


@pytest.mark.parametrize("name", presets.names())
def test_nothing_is_offered_where_nothing_is_wrong(name: str) -> None:
    architecture = presets.load(name)
    assert all(repairs(architecture, node.id) == () for node in architecture.nodes)
