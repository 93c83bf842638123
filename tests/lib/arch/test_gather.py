"""Large networks by their parts: fewer blocks, and the same network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lib.arch import Architecture, CompositeBlock, Cost, Node, analyse, gallery, nest
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.composites.model import Model
from lib.arch.blocks.dense import Dense
from lib.arch.blocks.merge import Add, Concatenate
from lib.arch.gather import gathered
from tests.lib.arch.strategies import architectures


def flat(network: Architecture) -> Architecture:
    """All layers of a network side by side."""
    while composites := [node.id for node in network.nodes if isinstance(network.block_of(node), CompositeBlock)]:
        network = nest.unwrap(network, composites[0])
    return network


def cost(network: Architecture) -> Cost:
    return analyse(network).total


@pytest.mark.parametrize(
    ("name", "most"), [("resnet50", 12), ("densenet121", 10), ("inception-v3", 12), ("efficientnet-b1", 30)]
)
def test_a_published_network_is_read_by_its_blocks(name: str, most: int) -> None:
    layers = flat(gallery.get(name).for_images((64, 64, 3), 10) or gallery.get(name).architecture)
    parts = gathered(layers)
    assert len(layers.nodes) > 100
    assert len(parts.nodes) <= most
    assert not analyse(parts).problems
    assert cost(parts) == cost(layers)
    assert analyse(parts).outputs == analyse(layers).outputs
    assert [layer.block for layer in analyse(parts).layers] == [layer.block for layer in analyse(layers).layers]


def cells(count: int) -> Architecture:
    """Cells of a searched network: each reads the two before it, and ends in a Concatenate of sums."""
    nodes = [Node("stem", Dense(units=8), ("input",))]
    before, last = "input", "stem"
    for number in range(count):
        sums = []
        for branch in range(4):
            name = f"c{number}_{branch}"
            nodes += [
                Node(f"{name}_left", Dense(units=4), (last,)), Node(f"{name}_right", Dense(units=4), (before,)),
                Node(f"{name}_act", Activation(activation="relu"), (f"{name}_right",)),
                Node(f"{name}_sum", Add(), (f"{name}_left", f"{name}_act")),
            ]  # fmt: skip
            sums.append(f"{name}_sum")
        nodes.append(Node(f"cell{number}", Concatenate(), tuple(sums)))
        before, last = last, f"cell{number}"
    return Architecture({"input": (8,)}, tuple(nodes), {"out": last})


def test_cells_that_skip_each_other_become_blocks() -> None:
    network = cells(20)
    parts = gathered(network)
    assert len(network.nodes) == 341
    assert len(parts.nodes) <= 24
    assert cost(parts) == cost(network)
    readers = {node.id: node.inputs for node in parts.nodes}
    assert readers["cell7"] == ("cell6", "cell5")


def test_several_outputs_stay_apart() -> None:
    chain = [Node(f"c{n}", Dense(units=3), (f"c{n - 1}" if n else "in",)) for n in range(9)]
    sides = [Node(name, Dense(units=3), ("in",)) for name in "xyz"]
    network = Architecture({"in": (4,)}, (*chain, *sides), {name: name for name in ("c8", "x", "y", "z")})
    parts = gathered(network)
    assert list(parts.outputs) == list(network.outputs)
    assert cost(parts) == cost(network)


@pytest.mark.parametrize("one", [{"share_weights": True}, {"repeat": 3}, {"repeat": 3, "share_weights": True}])
@pytest.mark.parametrize("trainable", [True, False])
def test_blocks_in_a_row_repeat_as_often_as_they_did(one: dict[str, Any], trainable: bool) -> None:
    inside = Architecture({"x": (4,)}, (Node("d", Dense(units=4), ("x",)),), {"y": "d"})
    first = Node("a", Model(architecture=inside), ("in",))
    for block in (Model(architecture=inside, **one), Model(architecture=inside)):
        nodes = (first, Node("b", block, ("a",), trainable=trainable))
        for network in (nodes, (replace(nodes[0], block=block), replace(nodes[1], block=first.block))):
            architecture = Architecture({"in": (4,)}, network, {"out": "b"})
            assert cost(gathered(architecture)) == cost(architecture)


@settings(max_examples=30, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(architectures())
def test_any_network_stays_what_it_is(network: Architecture) -> None:
    parts = gathered(network)
    assert cost(parts) == cost(network)
    assert list(analyse(parts).outputs.values()) == list(analyse(network).outputs.values())
    assert analyse(parts).complete == analyse(network).complete
    assert len(parts.nodes) <= len(network.nodes)
