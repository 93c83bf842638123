"""Networks inside networks: blocks gathered into one, composites taken apart, and the way in and out again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from lib.arch.analyse import analyse
from lib.arch.architecture import ID_PATTERN, Architecture, Node
from lib.arch.block import CompositeBlock, FreeShape, Part, Shape
from lib.arch.blocks.composites.model import Model
from lib.arch.edit import OUTPUT, set_block, unique_id
from lib.errors import UserError
from lib.i18n import N_

_LONGEST_ID: Final = 60
_NO_BLOCK: Final = N_("expected the id of a block with others inside")


def wrap(architecture: Architecture, node_ids: Collection[str]) -> Architecture:
    """Gather nodes into one block `Model`, which stands where the last of them stood and gives what it gave.

    Raises:
        UserError: they do not have one output together, or one of them shares a layer with a node outside.
    """
    group = [node for node in architecture.nodes if node.id in node_ids]
    if not group:
        raise UserError("", N_("expected at least one block to gather"))
    names = {node.id for node in group}
    crossing = sharing_across(architecture, names)
    if crossing is not None:
        what = N_("expected all uses of the layer of {shared} among the blocks to gather")
        raise UserError(crossing.id, what, shared=crossing.shares)
    output = _one_output(architecture, group)
    block, sources = as_block(architecture, group, output)
    new = Node(unique_id(architecture, block), block, sources)
    nodes: list[Node] = []
    for node in architecture.nodes:
        if node.id not in names:
            nodes.append(replace(node, inputs=tuple(new.id if i == output else i for i in node.inputs)))
        elif node.id == output:
            nodes.append(new)
    outputs = {name: new.id if target == output else target for name, target in architecture.outputs.items()}
    return replace(architecture, nodes=tuple(nodes), outputs=outputs)


def as_block(architecture: Architecture, group: Sequence[Node], output: str) -> tuple[Model, tuple[str, ...]]:
    """The nodes of `group` as one block that gives what its node `output` gives, and what that block reads.

    Raises:
        UserError: a node that they read has a mistake.
    """
    inside = {node.id for node in group}
    sources = tuple(dict.fromkeys(source for node in group for source in node.inputs if source not in inside))
    shapes = {source: known_shape(architecture, source) for source in sources}
    return Model(architecture=Architecture(shapes, tuple(group), {OUTPUT: output})), sources


def sharing_across(architecture: Architecture, inside: Collection[str]) -> Node | None:
    """The first node that is `inside` and shares a layer with one that is not, or the other way round."""
    for node in architecture.nodes:
        if node.shares is not None and (node.id in inside) != (node.shares in inside):
            return node
    return None


def _one_output(architecture: Architecture, group: Sequence[Node]) -> str:
    """The one node of `group` that anything outside of it reads."""
    inside = {node.id for node in group}
    read = {source for node in architecture.nodes if node.id not in inside for source in node.inputs}
    given = [node.id for node in group if node.id in read or node.id in architecture.outputs.values()]
    if len(given) > 1:
        raise UserError("", N_("expected one of the blocks to gather to give what is read outside"), ", ".join(given))
    return given[0] if given else group[-1].id


def known_shape(architecture: Architecture, source: str) -> FreeShape:
    """What an input or a node gives.

    Raises:
        UserError: a mistake leaves it unknown.
    """
    if source in architecture.inputs:
        return architecture.inputs[source]
    shape = analyse(architecture).nodes[source].output_shape
    if shape is None:
        raise UserError(source, N_("expected a block without mistakes, since the blocks to gather read it"))
    return shape


def unwrap(architecture: Architecture, node_id: str) -> Architecture:
    """Put the parts of a composite in its place, one level deep; nodes that share it share its parts then.

    Raises:
        UserError: the node is no composite without mistakes.
    """
    node = architecture.by_id.get(node_id)
    if node is None or not isinstance(architecture.block_of(node), CompositeBlock):
        raise UserError("", _NO_BLOCK, node_id)
    owner = node.shares or node.id
    users = [other for other in architecture.nodes if owner in (other.id, other.shares)]
    taken = {*architecture.inputs, *architecture.by_id} - {user.id for user in users}
    opened: dict[str, list[Node]] = {}
    for user in users:
        opened[user.id] = _apart(architecture, user, taken, opened.get(owner, []))
    last = {user: parts[-1].id for user, parts in opened.items()}
    nodes = tuple(
        replace(new, inputs=tuple(last.get(source, source) for source in new.inputs))
        for other in architecture.nodes
        for new in opened.get(other.id, [other])
    )
    outputs = {name: last.get(target, target) for name, target in architecture.outputs.items()}
    return replace(architecture, nodes=nodes, outputs=outputs)


def _apart(architecture: Architecture, node: Node, taken: set[str], owners: Sequence[Node]) -> list[Node]:
    """The parts of a composite node as nodes; with `owners`, the parts of the node whose layers it shares."""
    block = architecture.block_of(node)
    assert isinstance(block, CompositeBlock)
    parts = block.parts(*_concrete(architecture, node))
    trainable = architecture.is_trainable(node)
    names = dict(zip(block.input_names, node.inputs, strict=True))
    result: list[Node] = []
    for number, part in enumerate(parts):
        names[part.id] = _free(node.id, part, taken)
        sources = tuple(names[source] for source in part.inputs)
        # The owner's part may itself share another: then that is the one to share.
        shared = (owners[number].shares or owners[number].id) if owners else part.shares and names[part.shares]
        if shared:
            result.append(Node(names[part.id], None, sources, shared))
        else:
            result.append(Node(names[part.id], part.block, sources, trainable=part.trainable and trainable))
    return result


def _concrete(architecture: Architecture, node: Node) -> tuple[Shape, ...]:
    """The shapes that come into a node; what is free counts as the inside of the node declares it, or as one."""
    report = analyse(architecture).nodes[node.id]
    if report.problem is not None or None in report.inputs:
        raise UserError(node.id, N_("expected a block without mistakes to take apart"))
    return tuple(tuple(size or 1 for size in shape or ()) for shape in report.inputs)


def _free(node_id: str, part: Part, taken: set[str]) -> str:
    """A name for a part as a node: "residual_1_conv1"."""
    stem = f"{node_id}_{part.id}"
    name = stem = stem if ID_PATTERN.fullmatch(stem) else stem[: _LONGEST_ID - 4]
    number = 2
    while name in taken:
        name = f"{stem[: _LONGEST_ID - 4]}_{number}"
        number += 1
    taken.add(name)
    return name


def inside(architecture: Architecture, path: Iterable[str]) -> Architecture:
    """The network inside the `Model` node that `path` leads to, with the shapes that come into it there.

    Raises:
        UserError: `path` names a node that is not there or has no network inside.
    """
    for node_id in path:
        node, block = _model(architecture, node_id)
        given = analyse(architecture).nodes[node.id].inputs
        shapes = dict(block.architecture.inputs)
        if len(given) == len(shapes):
            shapes = {name: shape or known for (name, known), shape in zip(shapes.items(), given, strict=True)}
        architecture = replace(block.architecture, inputs=shapes, name=node.id)
    return architecture


def with_inside(architecture: Architecture, path: Sequence[str], changed: Architecture) -> Architecture:
    """`architecture` with another network inside the `Model` node that `path` leads to.

    Raises:
        UserError: `path` leads nowhere, or `changed` does not fit into a block.
    """
    if not path:
        return changed
    _node, block = _model(architecture, path[0])
    inner = with_inside(block.architecture, path[1:], changed)
    return set_block(architecture, path[0], block.model_copy(update={"architecture": replace(inner, name="")}))


def _model(architecture: Architecture, node_id: str) -> tuple[Node, Model]:
    node = architecture.by_id.get(node_id)
    block = architecture.block_of(node) if node is not None else None
    if node is None or not isinstance(block, Model):
        raise UserError("", _NO_BLOCK, node_id)
    return node, block
