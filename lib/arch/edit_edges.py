"""Edits of single edges and of blocks that stand alone, as a drawing of a graph wants them.

Like those of `lib.arch.edit` they are pure functions, and an architecture that is structurally valid stays so: a block
without inputs may stand in it, and `analyse` says what it misses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lib.arch.architecture import Architecture, Node
from lib.arch.block import Block, CompositeBlock
from lib.arch.edit import set_inputs, unique_id
from lib.errors import UserError
from lib.i18n import N_

_NO_NODE: Final = N_("expected the id of a node")
_NO_EDGE: Final = N_("expected an edge that is there")
_FULL: Final = N_("expected at most {most} inputs: take one away first")


def add(architecture: Architecture, block: Block, source: str | None = None) -> Architecture:
    """Add `block` at the end; it reads `source`, or nothing, nothing reads it, and it is no output.

    Raises:
        UserError: the source is nowhere.
    """
    new = Node(unique_id(architecture, block), block)
    grown = replace(architecture, nodes=(*architecture.nodes, new))
    return grown if source is None else set_inputs(grown, new.id, (source,))


def copy(architecture: Architecture, node_id: str) -> Architecture:
    """Add a copy of a node's block, with weights of its own; it reads nothing and nothing reads it."""
    node = _node(architecture, node_id)
    new = Node(unique_id(architecture, node_id), architecture.block_of(node))
    return replace(architecture, nodes=(*architecture.nodes, new))


def add_use(architecture: Architecture, node_id: str) -> Architecture:
    """Add one more use of the layer of a node, with the same weights, that reads nothing yet."""
    node = _node(architecture, node_id)
    again = Node(unique_id(architecture, node_id), None, (), node.shares or node.id)
    return replace(architecture, nodes=(*architecture.nodes, again))


def most_inputs(block: Block) -> int | None:
    """How many inputs a block takes at most; None where there is no limit."""
    return len(block.input_names) if isinstance(block, CompositeBlock) else block.most_inputs


def connect(architecture: Architecture, source: str, target: str) -> Architecture:
    """Let `target` read `source`: as one more input, or in place of its only one where it takes just one.

    Raises:
        UserError: one of them is nowhere, the target has all the inputs that it takes, or the source reads the target.
    """
    node = _node(architecture, target)
    most = most_inputs(architecture.block_of(node))
    if most == 1:
        return set_inputs(architecture, target, (source,))
    if most is not None and len(node.inputs) >= most:
        raise UserError(target, _FULL, str(len(node.inputs) + 1), most=most)
    return set_inputs(architecture, target, (*node.inputs, source))


def disconnect(architecture: Architecture, source: str, target: str, place: int) -> Architecture:
    """Let `target` no longer read `source` as its input number `place`, counted from 0.

    Raises:
        UserError: there is no such edge.
    """
    node = _reader(architecture, source, target, place)
    return set_inputs(architecture, target, (*node.inputs[:place], *node.inputs[place + 1 :]))


def insert_between(architecture: Architecture, source: str, target: str, place: int, block: Block) -> Architecture:
    """Put `block` into the edge from `source` to the input number `place` of `target`; other edges stay.

    Raises:
        UserError: there is no such edge.
    """
    reader = _reader(architecture, source, target, place)
    new = Node(unique_id(architecture, block), block, (source,))
    rewired = replace(reader, inputs=(*reader.inputs[:place], new.id, *reader.inputs[place + 1 :]))
    index = architecture.nodes.index(reader)
    return replace(architecture, nodes=(*architecture.nodes[:index], new, rewired, *architecture.nodes[index + 1 :]))


def _node(architecture: Architecture, node_id: str) -> Node:
    node = architecture.by_id.get(node_id)
    if node is None:
        raise UserError("", _NO_NODE, node_id)
    return node


def _reader(architecture: Architecture, source: str, target: str, place: int) -> Node:
    node = _node(architecture, target)
    if not 0 <= place < len(node.inputs) or node.inputs[place] != source:
        raise UserError(target, _NO_EDGE, source)
    return node
