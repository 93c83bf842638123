"""Every edit of an architecture: pure functions that return a new one, rewired so that a chain stays a chain.

An edit of a structurally valid architecture gives a structurally valid one. Whether the shapes still fit is for
`analyse` to say. Raises `UserError` for what a user can get wrong: a name that is taken, a cycle, a node too many.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lib.arch.architecture import Architecture, Node
from lib.arch.block import Block, FreeShape
from lib.errors import UserError
from lib.i18n import N_

OUTPUT: Final = "predictions"
_LONGEST_STEM: Final = 50
_NOWHERE: Final = N_("expected the id of an input or of a node")
_NO_NODE: Final = N_("expected the id of a node")
_CYCLE: Final = N_("expected inputs that do not themselves read {node}")


def blank(shape: FreeShape = (28, 28, 1), name: str = "") -> Architecture:
    """An architecture without nodes, ready for the first one."""
    return Architecture(inputs={"input": shape}, name=name)


def unique_id(architecture: Architecture, like: Block | str) -> str:
    """A free id after a block's name ("conv2d_1") or another id ("f6" gives "f6_1", "conv_2" gives "conv_3")."""
    if isinstance(like, Block):
        stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", like.name).lower()
    else:
        stem = re.sub(r"_\d+$", "", like)
    taken = {*architecture.inputs, *architecture.by_id}
    number = 1
    while f"{stem[:_LONGEST_STEM]}_{number}" in taken:
        number += 1
    return f"{stem[:_LONGEST_STEM]}_{number}"


def insert(
    architecture: Architecture, block: Block, *, after: str | None = None, before: str | None = None
) -> Architecture:
    """Insert `block` after an input or node, before a node, or, where neither is given, at the end.

    After: it reads `after`, and whatever read that reads the new node; an output there moves along. Before: it takes
    the place of the first input of `before`. A block that merges starts with that one input and asks for a second.
    The first node of all becomes the output.
    """
    new = unique_id(architecture, block)
    if before is not None:
        return _before(architecture, Node(new, block), _node(architecture, before))
    if after is None:
        after = architecture.nodes[-1].id if architecture.nodes else next(iter(architecture.inputs))
    return _after(architecture, Node(new, block, (after,)), after)


def _before(architecture: Architecture, new: Node, reader: Node) -> Architecture:
    new = replace(new, inputs=reader.inputs[:1])
    place = architecture.nodes.index(reader)
    rewired = replace(reader, inputs=(new.id, *reader.inputs[1:]))
    return replace(architecture, nodes=(*architecture.nodes[:place], new, rewired, *architecture.nodes[place + 1 :]))


def _after(architecture: Architecture, new: Node, source: str) -> Architecture:
    if source not in architecture.inputs:
        _node(architecture, source)
    place = next((i + 1 for i, node in enumerate(architecture.nodes) if node.id == source), 0)
    nodes = [replace(node, inputs=_swapped(node.inputs, source, new.id)) for node in architecture.nodes]
    nodes.insert(place, new)
    outputs = _pointing(architecture.outputs, source, new.id) if architecture.nodes else {OUTPUT: new.id}
    return replace(architecture, nodes=tuple(nodes), outputs=outputs)


def remove(architecture: Architecture, node_id: str) -> Architecture:
    """Take a node out. Its readers and outputs go to its first input; the first that shared its layer inherits it."""
    gone = _node(architecture, node_id)
    source = gone.inputs[0] if gone.inputs else None
    nodes = [node for node in _disinherited(architecture.nodes, gone) if node.id != node_id]
    if source is None:
        nodes = [replace(node, inputs=tuple(i for i in node.inputs if i != node_id)) for node in nodes]
    else:
        nodes = [replace(node, inputs=_swapped(node.inputs, node_id, source)) for node in nodes]
    outputs = dict(architecture.outputs)
    for name, target in architecture.outputs.items():
        if target == node_id:
            del outputs[name]
            if source is not None and source not in architecture.inputs:
                outputs[name] = source
    return replace(architecture, nodes=tuple(nodes), outputs=outputs)


def _disinherited(nodes: Iterable[Node], gone: Node) -> list[Node]:
    """The nodes without `gone` as the owner of a shared layer: the first that shared it owns it from now on."""
    heir: str | None = None
    result = []
    for node in nodes:
        if node.shares == gone.id:
            inherited = replace(node, block=gone.block, shares=None, trainable=gone.trainable)
            node = replace(node, shares=heir) if heir else inherited
            heir = heir or node.id
        result.append(node)
    return result


def move(architecture: Architecture, node_id: str, steps: int) -> Architecture:
    """Move a node up (negative) or down the order; at the end of the order it stays where it is.

    Two neighbours of a chain change places in the chain; others only change their order.
    """
    for _step in range(abs(steps)):
        place = architecture.nodes.index(_node(architecture, node_id))
        upper = place - 1 if steps < 0 else place
        if not 0 <= upper < len(architecture.nodes) - 1:
            break
        architecture = _exchanged(architecture, upper)
    return architecture


def _exchanged(architecture: Architecture, place: int) -> Architecture:
    """The nodes at `place` and after it in the other order."""
    first, second = architecture.nodes[place : place + 2]
    rest = list(architecture.nodes)
    outputs = architecture.outputs
    if first.id in second.inputs:
        outputs = _pointing(outputs, second.id, first.id)
        rest = [replace(node, inputs=_swapped(node.inputs, second.id, first.id)) for node in rest]
        before = first.inputs[:1]
        inputs = tuple(i for source in second.inputs for i in (before if source == first.id else (source,)))
        second = replace(second, inputs=inputs)
        first = replace(first, inputs=(second.id, *first.inputs[1:]))
    if second.shares == first.id:
        rest = [replace(node, shares=second.id) if node.shares == first.id else node for node in rest]
        owner = replace(second, block=first.block, shares=None, trainable=first.trainable)
        first, second = replace(first, block=None, shares=second.id, trainable=True), owner
    rest[place : place + 2] = [second, first]
    return replace(architecture, nodes=tuple(rest), outputs=outputs)


def duplicate(architecture: Architecture, node_id: str) -> Architecture:
    """Insert a copy of a node, with weights of its own, right after it."""
    node = _node(architecture, node_id)
    owner = architecture.owner_of(node)
    inputs = (node_id, *node.inputs[1:])
    copy = Node(unique_id(architecture, node_id), owner.block, inputs, trainable=owner.trainable)
    return _after(architecture, copy, node_id)


def rename(architecture: Architecture, old: str, new: str) -> Architecture:
    """Give an input or a node another id, wherever it is named."""
    if old == new:
        return architecture
    if old not in architecture.inputs:
        _node(architecture, old)
    if new in architecture.inputs:
        raise UserError(old, N_("expected a name that nothing else has"), new)
    try:
        return _renamed(architecture, old, new)
    except UserError as error:
        raise UserError(old, error.expected, error.received, **error.values) from None


def _renamed(architecture: Architecture, old: str, new: str) -> Architecture:
    return replace(
        architecture,
        inputs={new if name == old else name: shape for name, shape in architecture.inputs.items()},
        nodes=tuple(
            replace(
                node,
                id=new if node.id == old else node.id,
                inputs=_swapped(node.inputs, old, new),
                shares=new if node.shares == old else node.shares,
            )
            for node in architecture.nodes
        ),
        outputs=_pointing(architecture.outputs, old, new),
    )


def set_block(architecture: Architecture, node_id: str, block: Block) -> Architecture:
    """Give a node another block; for one that shares a layer, the layer's owner gets it."""
    owner = architecture.owner_of(_node(architecture, node_id))
    return _with(architecture, replace(owner, block=block))


def reuse(architecture: Architecture, node_id: str) -> Architecture:
    """Call the layer of a node again, right after it, with the same weights; the call can then read something else."""
    node = _node(architecture, node_id)
    again = Node(unique_id(architecture, node_id), None, (node_id, *node.inputs[1:]), node.shares or node.id)
    return _after(architecture, again, node_id)


def freeze(architecture: Architecture, node_id: str, *, frozen: bool = True) -> Architecture:
    """Let training leave the weights of a node's layer as they are, or change them again."""
    owner = architecture.owner_of(_node(architecture, node_id))
    return _with(architecture, replace(owner, trainable=not frozen))


def unshare(architecture: Architecture, node_id: str) -> Architecture:
    """Give a node that shares a layer one of its own, with the same fields."""
    node = _node(architecture, node_id)
    owner = architecture.owner_of(node)
    return _with(architecture, replace(node, block=owner.block, shares=None, trainable=owner.trainable))


def set_inputs(architecture: Architecture, node_id: str, inputs: Sequence[str]) -> Architecture:
    """Let a node read `inputs`; it moves behind those that stand after it.

    Raises:
        UserError: one of them is nowhere, or reads the node itself.
    """
    node = _node(architecture, node_id)
    for source in inputs:
        if source not in architecture.inputs:
            _node(architecture, source)
    changed = [replace(node, inputs=tuple(inputs)) if other.id == node_id else other for other in architecture.nodes]
    placed: dict[str, Node] = {}
    waiting = changed
    while waiting:
        ready = next((n for n in waiting if all(i in placed or i in architecture.inputs for i in n.inputs)), None)
        if ready is None:
            raise UserError(node_id, _CYCLE, ", ".join(inputs), node=node_id)
        placed[ready.id] = ready
        waiting = [n for n in waiting if n is not ready]
    return replace(architecture, nodes=_owners_first(placed.values()))


def _owners_first(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes with each shared layer owned by the first that uses it."""
    ordered = list(nodes)
    layers = {node.id: node for node in ordered}
    owners: dict[str, str] = {}
    result = []
    for node in ordered:
        layer = node.shares or node.id
        owner = owners.setdefault(layer, node.id)
        if owner == node.id:
            node = replace(node, block=layers[layer].block, shares=None, trainable=layers[layer].trainable)
        else:
            node = replace(node, block=None, shares=owner, trainable=True)
        result.append(node)
    return tuple(result)


def add_output(architecture: Architecture, node_id: str) -> Architecture:
    """Make a node one more output, under its own id or, as the only one, under "predictions"."""
    _node(architecture, node_id)
    name = node_id if architecture.outputs else OUTPUT
    while name in architecture.outputs:
        name = f"{name[:_LONGEST_STEM]}_out"
    return replace(architecture, outputs={**architecture.outputs, name: node_id})


def set_output(architecture: Architecture, node_id: str) -> Architecture:
    """Make a node the only output; the first output keeps its name."""
    _node(architecture, node_id)
    return replace(architecture, outputs={next(iter(architecture.outputs), OUTPUT): node_id})


def remove_output(architecture: Architecture, node_id: str) -> Architecture:
    """Let a node be no output any more."""
    _node(architecture, node_id)
    kept = {name: target for name, target in architecture.outputs.items() if target != node_id}
    return replace(architecture, outputs=kept)


def set_input_shape(architecture: Architecture, name: str, shape: FreeShape) -> Architecture:
    """Give an input another shape (without batch)."""
    _input(architecture, name)
    return replace(architecture, inputs={**architecture.inputs, name: shape})


def add_input(architecture: Architecture) -> Architecture:
    """One more input, of the shape of the last one."""
    shape = list(architecture.inputs.values())[-1]
    return replace(architecture, inputs={**architecture.inputs, unique_id(architecture, "input"): shape})


def remove_input(architecture: Architecture, name: str) -> Architecture:
    """Take an input away, and out of the inputs of every node.

    Raises:
        UserError: it is the only one.
    """
    _input(architecture, name)
    return replace(
        architecture,
        inputs={other: shape for other, shape in architecture.inputs.items() if other != name},
        nodes=tuple(replace(n, inputs=tuple(i for i in n.inputs if i != name)) for n in architecture.nodes),
    )


def rename_architecture(architecture: Architecture, name: str) -> Architecture:
    """Give the architecture another name: any text, on one line."""
    return replace(architecture, name=" ".join(name.split()))


def _node(architecture: Architecture, node_id: str) -> Node:
    if node_id not in architecture.by_id:
        raise UserError("", _NO_NODE if node_id in architecture.inputs else _NOWHERE, node_id)
    return architecture.by_id[node_id]


def _input(architecture: Architecture, name: str) -> None:
    if name not in architecture.inputs:
        raise UserError("inputs", N_("expected the name of an input"), name)


def _with(architecture: Architecture, node: Node) -> Architecture:
    nodes = tuple(node if other.id == node.id else other for other in architecture.nodes)
    return replace(architecture, nodes=nodes)


def _swapped(inputs: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if source == old else source for source in inputs)


def _pointing(outputs: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    return {name: new if target == old else target for name, target in outputs.items()}
