"""Repairs: each one offered helps, and nothing is offered where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib.arch import Architecture, Node, analyse, presets, read_block
from lib.arch.edit import set_block
from lib.training.check import check
from lib.training.recipe import Recipe
from lib.training.repair import repairs
from tests.lib.training.attempts import two_outputs

LENET = presets.load("lenet5")
LAST = next(iter(LENET.outputs.values()))


def test_nothing_is_offered_where_nothing_is_wrong() -> None:
    assert repairs(LENET, Recipe(), 4000) == ()


@pytest.mark.parametrize("recipe", [Recipe(data="shapes"), Recipe(batch_size=9000), Recipe(train_images=9000)])
def test_one_repair_is_enough(recipe: Recipe) -> None:
    [repair] = repairs(LENET, recipe, 4000)
    assert check(repair.architecture, repair.recipe, 4000) == ()
    assert "{" not in str(repair)


def test_several_mistakes_are_repaired_one_by_one() -> None:
    block = LENET.by_id[LAST].block
    assert block is not None
    network = set_block(LENET, LAST, block.model_copy(update={"units": 3}))
    network = replace(network, inputs=dict.fromkeys(network.inputs, (10, 10, 1)))
    recipe = Recipe(data="shapes", batch_size=9000)
    for _round in range(6):
        offered = repairs(network, recipe, 6000)
        if not offered:
            break
        network, recipe = offered[0].architecture, offered[0].recipe
    assert check(network, recipe, 6000) == ()


def test_a_mistake_that_no_step_mends_gets_no_offer() -> None:
    assert repairs(replace(LENET, outputs={}), Recipe(), 4000) == ()


def ending(*blocks: tuple[str, dict[str, object]]) -> Architecture:
    """A convolution over digits and these blocks after it, the last of which gives the answer."""
    conv = read_block("Conv2D", {"filters": 4, "kernel_size": 3}, "conv")
    nodes = [Node("conv", conv, ("input",))]
    for number, (block, config) in enumerate(blocks, 1):
        nodes.append(Node(f"end{number}", read_block(block, config, block), (nodes[-1].id,)))
    return Architecture({"input": (28, 28, 1)}, tuple(nodes), {"predictions": nodes[-1].id})


@pytest.mark.parametrize(
    ("network", "first"),
    [
        (ending(("Dense", {"units": 10, "activation": "softmax"})), "Insert Flatten before end1"),
        (ending(("MaxPooling2D", {})), "Add Flatten and a Dense layer of 10 units"),
        (ending(("Reshape", {"target_shape": [26, 104]})), "Add Flatten and a Dense layer of 10 units"),
        (ending(("Flatten", {})), "Add a Dense layer of 10 units"),
        (ending(("Flatten", {}), ("Dense", {"units": 10, "activation": "relu"})), "Give end2 softmax"),
        (ending(("Flatten", {}), ("Dense", {"units": 9, "activation": "softmax"})), "Give end2 10 units"),
    ],
)
def test_an_end_that_cannot_tell_classes_apart(network: Architecture, first: str) -> None:
    offered = repairs(network, Recipe(), 4000)
    assert str(offered[0]) == first
    assert all(check(repair.architecture, repair.recipe, 4000) == () for repair in offered)


def test_an_output_in_the_middle_gets_an_end_beside_what_reads_it() -> None:
    both = two_outputs()
    middle = both.outputs["middle"]
    broken = replace(both, nodes=both.nodes[:-2], outputs={**both.outputs, "middle": "n1"})
    mended = next(repair for repair in repairs(broken, Recipe(), 60_000) if str(repair).startswith("Add Flatten"))
    assert check(mended.architecture, Recipe()) == ()
    assert analyse(mended.architecture).total == analyse(both).total
    assert middle not in broken.by_id
    assert mended.architecture.by_id["n2"].inputs == ("n1",)
