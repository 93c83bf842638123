"""What the outputs of a network give, by the activation that they come from; plain arithmetic without Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from lib.arch import Architecture, Block, analyse
from lib.arch.analyse import Layer
from lib.arch.block import FreeShape, Shape
from lib.arch.own_activation import ACTIVATIONS, OwnActivation
from lib.arch.own_formula import outermost
from lib.training.goals import Goal
from lib.training.losses import Takes

LOGITS: Final = (None, "linear", "log_softmax")
"""Activations of the last layer after which its numbers are unnormalised log-probabilities."""
_TOLD_APART: Final = ("softmax", "log_softmax")
SHARES: Final = ("softmax", "sigmoid", "hard_sigmoid", "sparse_sigmoid")
"""Activations whose numbers are from 0 to 1."""
_BLOCK_ACTIVATIONS: Final = {"ReLU": "relu", "LeakyReLU": "leaky_relu"}


def last_layers(architecture: Architecture) -> tuple[str, ...]:
    """The names of the Keras layers from which the outputs of a mistake-free `architecture` come."""
    found = analyse(architecture).nodes
    lasts = [found[node].layers[-1] for node in architecture.outputs.values() if node in found]
    return tuple(dict.fromkeys(layer.shares or layer.id for layer in lasts))


def output_kinds(architecture: Architecture) -> list[Literal["probabilities", "logits"]]:
    """What each output of a mistake-free `architecture` gives, as its loss has to know."""
    last = [last_activation(architecture, node) for node in architecture.outputs.values()]
    return ["logits" if activation in LOGITS else "probabilities" for activation in last]


def logits_of(architecture: Architecture, goals: Sequence[Goal]) -> dict[str, bool]:
    """For each goal by name, whether its output gives logits of what is to be told; numbers are never logits, and
    images only where their loss takes those."""
    takes = [goal.target.kind in ("classes", "binary") or goal.loss == "BinaryCrossentropy" for goal in goals]
    return {goal.name: wanted and last_activation(architecture, goal.node) in LOGITS
            for goal, wanted in zip(goals, takes, strict=True)}


def fits(shape: FreeShape, images: Shape) -> bool:
    """Whether an input of `shape` takes images of a known shape: a free size takes any."""
    return len(shape) == len(images) and all(size in (None, given) for size, given in zip(shape, images, strict=True))


def gives(architecture: Architecture, node: str, takes: Takes) -> bool:
    """Whether the output that comes from `node` is what a loss or a metric takes."""
    activation = last_activation(architecture, node)
    match takes:
        case "classes":
            return activation == "softmax" or activation in LOGITS
        case "each":
            return activation in SHARES or activation in (None, "linear")
        case "shares":
            return activation in SHARES
    return True


def last_activation(architecture: Architecture, node: str) -> str | OwnActivation | None:
    """The activation that an output comes from; blocks that only reshape or pool are looked through."""
    analysis = analyse(architecture)
    layers = {layer.id: layer for layer in analysis.layers}
    layer = layers.get(node) or analysis.nodes[node].layers[-1]
    while _passes_on(layer.block) and layer.inputs[0] in layers:
        layer = layers[layer.inputs[0]]
    return _activation(layer)


def _passes_on(block: Block) -> bool:
    return block.family in ("pool", "shape") or block.name == "Dropout"


def _activation(layer: Layer) -> str | OwnActivation | None:
    block = layer.block
    activation = getattr(block, "activation", _BLOCK_ACTIVATIONS.get(block.name))
    if isinstance(activation, OwnActivation):
        last = outermost(activation.checked(block.activated(layer.output_shape)))
        return last if last in _TOLD_APART else activation
    last = block.last_function(*layer.input_shapes)
    return last if last in ACTIVATIONS else activation
