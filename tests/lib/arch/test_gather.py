"""Large networks by their parts: fewer blocks, and the same network."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lib.arch import Architecture, CompositeBlock, Cost, Node, analyse, gallery, nest
from lib.arch.blocks.activation import Activation
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


@settings(max_examples=30, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(architectures())
def test_any_network_stays_what_it_is(network: Architecture) -> None:
    parts = gathered(network)
    assert cost(parts) == cost(network)
    assert list(analyse(parts).outputs.values()) == list(analyse(network).outputs.values())
    assert analyse(parts).complete == analyse(network).complete
    assert len(parts.nodes) <= len(network.nodes)
