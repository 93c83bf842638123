"""A mend that is offered takes the mistake away, and brings no other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lib.arch import Architecture, Node, analyse, presets, read_block
from lib.arch.repair import missing_output, repairs
from tests.lib.arch.strategies import architectures, candidates


def node(name: str, block: str, config: dict[str, Any], *inputs: str) -> Node:
    return Node(name, read_block(block, config, name), inputs)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
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


def test_an_image_that_has_become_too_small_keeps_its_size_above() -> None:
    nodes = (
        node("halved", "Conv2D", {"filters": 4, "kernel_size": 3, "strides": 4, "padding": "same"}, "in"),
        node("conv", "Conv2D", {"filters": 4, "kernel_size": 5}, "halved"),
    )
    broken = Architecture({"in": (8, 8, 1)}, nodes, {"out": "conv"})
    assert "Set the strides of halved to 1" in labels(broken, "conv")


def test_a_sum_of_different_images_gets_a_projection() -> None:
    nodes = (
        node("a", "Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}, "in"),
        node("b", "Conv2D", {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}, "in"),
        node("sum", "Add", {}, "a", "b"),
    )
    broken = Architecture({"in": (8, 8, 3)}, nodes, {"out": "sum"})
    offered = {str(repair): repair.architecture for repair in repairs(broken, "sum")}
    projected = offered["Bring every input to 4 × 4 × 8"]
    assert projected.by_id["conv2d_1"].block == read_block(
        "Conv2D", {"filters": 8, "kernel_size": 1, "strides": 2, "padding": "same"}, ""
    )
    assert analyse(projected).complete


def test_a_stride_that_fits() -> None:
    conv = {"filters": 8, "kernel_size": 3, "padding": "same"}
    nodes = (
        node("a", "Conv2D", conv, "in"),
        node("b", "Conv2D", {**conv, "strides": 2}, "in"),
        node("sum", "Add", {}, "a", "b"),
    )
    broken = Architecture({"in": (8, 8, 3)}, nodes, {"out": "sum"})
    assert labels(broken, "sum")[:2] == ["Set the strides of a to 2", "Set the strides of b to 1"]


def test_branches_of_other_sizes_side_by_side() -> None:
    nodes = (node("small", "MaxPooling2D", {}, "in"), node("both", "Concatenate", {}, "in", "small"))
    broken = Architecture({"in": (8, 8, 3)}, nodes, {"out": "both"})
    mends = repairs(broken, "both")
    assert "Bring every input to 4 × 4" in [str(mend) for mend in mends]
    assert all(analyse(mend.architecture).complete for mend in mends)


def test_an_image_and_a_row_are_added_as_rows() -> None:
    nodes = (node("row", "GlobalAveragePooling2D", {}, "in"), node("sum", "Add", {}, "in", "row", "in"))
    wrong = Architecture({"in": (8, 8, 3)}, nodes, {"out": "sum"})
    # Broadcast: a row fits an image of as many channels.
    assert labels(wrong, "sum") == []
    nodes = (node("row", "Dense", {"units": 5}, "other"), node("sum", "Add", {}, "in", "row"))
    broken = Architecture({"in": (8, 8, 3), "other": (4,)}, nodes, {"out": "sum"})
    assert "Bring every input to 5" in labels(broken, "sum")


def test_groups_that_do_not_divide_and_strides_with_dilation() -> None:
    def offered(config: dict[str, Any]) -> list[str]:
        conv = node("conv", "Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", **config}, "in")
        return labels(Architecture({"in": (8, 8, 3)}, (conv,), {"out": "conv"}), "conv")

    assert offered({"groups": 2}) == ["Take one group"]
    assert offered({"strides": 2, "dilation_rate": 2}) == ["Set the dilation rate to 1", "Set the strides to 1"]


def test_groups_that_divide_are_the_nearest() -> None:
    norm = node("norm", "GroupNormalization", {"groups": 32}, "in")
    assert labels(Architecture({"in": (8, 8, 48)}, (norm,), {"out": "norm"}), "norm") == ["Take 24 groups"]


@pytest.mark.parametrize(
    ("block", "config", "shape", "first"),
    [
        ("RepeatVector", {"n": 3}, (4, 4, 2), ["Insert Flatten", "Insert GlobalAveragePooling2D"]),
        ("RepeatVector", {"n": 3}, (4, 2), ["Insert Flatten", "Insert GlobalAveragePooling1D"]),
        ("LSTM", {"units": 3}, (28, 28, 1), ["Lay it out as 784 × 1 first", "Do it to every step"]),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "same"}, (784,), ["Lay it out as 28 × 28 × 1 first"]),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "same"}, (3_072,), ["Lay it out as 32 × 32 × 3 first"]),
        ("Conv2D", {"filters": 3, "kernel_size": 3}, (20, 8), ["Use Conv1D instead"]),
        ("MaxPooling1D", {}, (8, 8, 3), ["Use MaxPooling2D instead"]),
        ("Conv2D", {"filters": 3, "kernel_size": 3}, (5, 8, 8, 3), ["Do it to every step"]),
        ("Permute", {"dims": [2, 1]}, (4, 5, 6), ["Set dims to 2, 1, 3"]),
        ("Concatenate", {}, (4, 5), ["Read other as well"]),
        ("Reshape", {"target_shape": [7, 7, 1]}, (4, 7, 7), ["Let one size follow: -1 × 7 × 1"]),
        ("Cropping2D", {"cropping": 4}, (8, 8, 3), ["Set cropping to 3"]),
        ("Bidirectional", {"layer": {"block": "LSTM", "config": {"units": 2, "go_backwards": True}}}, (4, 2),
         ["Let it read forwards"]),
    ],
)  # fmt: skip
def test_the_usual_mend_of_a_usual_mistake(
    block: str, config: dict[str, Any], shape: tuple[int, ...], first: list[str]
) -> None:
    broken = Architecture({"in": shape, "other": shape}, (node("it", block, config, "in"),), {"out": "it"})
    assert labels(broken, "it")[: len(first)] == first


def test_the_block_before_is_asked_first() -> None:
    def offered(before: tuple[str, dict[str, Any]], shape: tuple[int, ...], after: str) -> list[str]:
        config = {"units": 2} if after == "LSTM" else {"filters": 2, "kernel_size": 3, "padding": "same"}
        nodes = (node("a", *before, "in"), node("b", after, config, "a"))
        return labels(Architecture({"in": shape}, nodes, {"out": "b"}), "b")

    assert offered(("LSTM", {"units": 3}), (5, 2), "LSTM")[0] == "Let a return sequences"
    wrapped = {"layer": {"block": "LSTM", "config": {"units": 3}}}
    assert offered(("Bidirectional", wrapped), (5, 2), "LSTM")[0] == "Let a return sequences"
    assert offered(("GlobalAveragePooling2D", {}), (8, 8, 3), "Conv2D")[0] == "Keep the dimensions in a"
    assert offered(("Flatten", {}), (8, 8, 3), "Conv2D")[0] == "Delete a"


def test_too_many_inputs() -> None:
    nodes = (node("a", "Flatten", {}, "in"), node("difference", "Subtract", {}, "in", "in", "a"))
    broken = Architecture({"in": (4,)}, nodes, {"out": "difference", "also": "a"})
    assert labels(broken, "difference") == ["Read only in, in"]


@pytest.mark.parametrize(("one", "other", "mend"), [
    ((2000, 2000, 1), (32, 32, 1), "Bring every input to 32 × 32"),
    ((None, None, 3), (32, 32, 3), "Bring every input to 32 × 32"),
    ((4_000_000,), (5,), "Bring every input to 5"), ((2000, 2), (8, 9), "Bring every input to 8 × 9"),
])  # fmt: skip
def test_no_mend_needs_a_block_that_is_too_large(
    one: tuple[int | None, ...], other: tuple[int, ...], mend: str
) -> None:
    nodes = (node("sum", "Add", {}, "a", "b"),)
    network = Architecture({"a": one, "b": other}, nodes, {"out": "sum"})
    assert labels(network, "sum")[0] == mend


def test_an_image_of_any_size_before_a_layer_for_sequences() -> None:
    network = Architecture({"a": (None, None, 3)}, (node("rows", "LSTM", {"units": 2}, "a"),), {"out": "rows"})
    assert all("Lay it out" not in label for label in labels(network, "rows"))


def test_most_random_mistakes_have_a_mend() -> None:
    mistakes, mended = 0, 0

    @settings(max_examples=300, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(data=st.data())
    def count(data: st.DataObject) -> None:
        nonlocal mistakes, mended
        whole = data.draw(architectures(most_nodes=4))
        new = data.draw(candidates(whole))
        broken = Architecture(whole.inputs, (*whole.nodes, new), {**whole.outputs, "new": new.id})
        if analyse(broken).nodes[new.id].problem is not None:
            mistakes += 1
            mended += bool(repairs(broken, new.id))

    count()
    assert mistakes > 30
    # Hypothesis draws by what modules are loaded, so the share is not the same in every order of the tests.
    assert mended / mistakes > 0.6


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
