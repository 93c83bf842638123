"""Another activation for all hidden layers at once, to compare them on one architecture."""

from __future__ import annotations

from dataclasses import replace

from lib.arch.architecture import Architecture, Node
from lib.arch.block import Block
from lib.arch.blocks.activation import ELU, Activation, LeakyReLU, PReLU, ReLU
from lib.arch.blocks.composites.model import Model
from lib.arch.blocks.wrappers import TimeDistributed
from lib.arch.own_activation import OwnActivation


def with_hidden_activation(architecture: Architecture, activation: str | OwnActivation) -> Architecture:
    """`architecture` with `activation` in place of every activation of its hidden layers.

    Left as they are: layers that have none, softmax, recurrent layers, and the layers that give an output.
    """
    return _changed_network(architecture, activation, keep=_answers(architecture))


def _changed_network(architecture: Architecture, activation: str | OwnActivation, keep: set[str]) -> Architecture:
    nodes = tuple(_changed(node, activation, node.id in keep) for node in architecture.nodes)
    return replace(architecture, nodes=nodes)


def _answers(architecture: Architecture) -> set[str]:
    """The nodes that give an output, and those whose layer such a node shares."""
    last = set(architecture.outputs.values())
    return last | {node.shares for node in architecture.nodes if node.id in last and node.shares is not None}


def _changed(node: Node, activation: str | OwnActivation, answers: bool) -> Node:
    block = node.block
    if isinstance(block, Model):
        # Of a network that gives an output, the last layer does.
        keep = _answers(block.architecture) if answers else set()
        inside = _changed_network(block.architecture, activation, keep)
        return replace(node, block=block.model_copy(update={"architecture": inside}))
    if block is None or answers:
        return node
    if isinstance(block, ReLU | LeakyReLU | PReLU | ELU):
        return replace(node, block=Activation.model_validate({"activation": activation}))
    if isinstance(block, TimeDistributed):
        layer = _changed(replace(node, block=block.layer), activation, answers).block
        return replace(node, block=block.model_copy(update={"layer": layer}))
    if not _active(block):
        return node
    config = {**block.model_dump(mode="python"), "activation": activation}
    return replace(node, block=type(block).model_validate(config))


def _active(block: Block) -> bool:
    """Whether it has an activation to exchange; that of a recurrent layer belongs to its memory."""
    return block.family != "sequence" and getattr(block, "activation", None) not in (None, "linear", "softmax")
