"""A large network by its parts: what stands between two bottlenecks becomes one block, equal ones in a row are one.

Nothing is counted anew: the layers, their weights and their order stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import prod
from typing import Any, Final

from lib.arch.analyse import analyse
from lib.arch.architecture import ID_PATTERN, LARGEST_INPUT, MOST_INPUTS, Architecture, Node
from lib.arch.block import FreeShape
from lib.arch.blocks.composites.model import MOST_REPEATS, Model
from lib.arch.gather_parts import FEWEST, Group, Parts
from lib.arch.nest import as_block, known_shape, sharing_across

LARGE: Final = 100
"""From so many blocks on a network is easier to read by its parts."""

_MANY: Final = 40
"""Above so many parts, those of one size of image become a stage."""

_SHORTEST_NAME: Final = 3
_STAGE: Final = "stage"


def gathered(architecture: Architecture) -> Architecture:
    """The same network by its parts; as it is where it has a mistake or none are found."""
    if not analyse(architecture).complete:
        return architecture
    parts = _repeated(_wrapped(architecture, Parts(architecture).found()))
    return _wrapped(parts, list(_stages(parts)), _STAGE) if len(parts.nodes) > _MANY else parts


def _wrapped(architecture: Architecture, groups: Iterable[Group], stem: str = "") -> Architecture:
    """The nodes of each group as one block `Model`, which stands where the last of them stood."""
    kept = [group for group in groups if _fits(architecture, group)]
    if not kept:
        return architecture
    inside = {name for group in kept for name in group}
    taken = {*architecture.inputs, *(set(architecture.by_id) - inside)}
    group_of = {name: number for number, group in enumerate(kept) for name in group}
    names = {group[-1]: _free(stem or _stem(group), taken) for group in kept}
    nodes: list[Node] = []
    for node in architecture.nodes:
        number = group_of.get(node.id)
        if number is None:
            nodes.append(_renamed(node, names))
        elif kept[number][-1] == node.id:
            nodes.append(_renamed(_part(architecture, kept[number], names[node.id]), names))
    outputs = {name: names.get(target, target) for name, target in architecture.outputs.items()}
    return replace(architecture, nodes=tuple(nodes), outputs=outputs)


def _fits(architecture: Architecture, group: Sequence[str]) -> bool:
    """Whether the group can be a network of its own: it shares no layer, only its last node is an output, and what
    comes into it is not too large."""
    if sharing_across(architecture, set(group)) is not None or set(group[:-1]) & set(architecture.outputs.values()):
        return False
    sources = {source for name in group for source in architecture.by_id[name].inputs} - set(group)
    sizes = [prod(size or 1 for size in known_shape(architecture, source)) for source in sources]
    return len(sizes) <= MOST_INPUTS and max(sizes, default=0) <= LARGEST_INPUT


def _part(architecture: Architecture, group: Sequence[str], name: str) -> Node:
    inside = set(group)
    block, sources = as_block(architecture, [node for node in architecture.nodes if node.id in inside], group[-1])
    return Node(name, block, sources)


def _renamed(node: Node, names: dict[str, str]) -> Node:
    return replace(node, inputs=tuple(names.get(source, source) for source in node.inputs))


def _stem(group: Sequence[str]) -> str:
    """What the names of a group begin with, or that of its output: "conv2_block1"."""
    first, last = min(group), max(group)
    common = first[: next((n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)]
    common = common.rstrip("_") if common.endswith("_") else common.rstrip("_0123456789")
    return common if len(common) >= _SHORTEST_NAME and ID_PATTERN.fullmatch(common) else group[-1]


def _free(stem: str, taken: set[str]) -> str:
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem[:54]}_{number}", number + 1
    taken.add(name)
    return name


def _repeated(architecture: Architecture) -> Architecture:
    """With equal parts in a row as one block that is repeated."""
    kept: list[Node] = []
    names: dict[str, str] = {}
    for node in architecture.nodes:
        here, last = _renamed(node, names), kept[-1] if kept else None
        if last is not None and _follows(architecture, last, here, names):
            assert isinstance(last.block, Model)
            kept[-1] = replace(last, block=last.block.model_copy(update={"repeat": last.block.repeat + 1}))
            names[node.id] = last.id
        else:
            kept.append(here)
    outputs = {name: names.get(target, target) for name, target in architecture.outputs.items()}
    return replace(architecture, nodes=tuple(kept), outputs=outputs)


def _follows(architecture: Architecture, last: Node, node: Node, names: dict[str, str]) -> bool:
    """Whether `node` does once more what `last` does, to what it gives, which nobody else reads."""
    if not isinstance(last.block, Model) or not isinstance(node.block, Model) or node.inputs != (last.id,):
        return False
    if len(last.inputs) != 1 or last.block.repeat >= MOST_REPEATS or last.trainable != node.trainable:
        return False
    if node.block.repeat != 1 or last.block.share_weights or node.block.share_weights:
        return False
    if _kind(last.block.architecture) != _kind(node.block.architecture):
        return False
    same = {last.id, *(old for old, new in names.items() if new == last.id)}
    readers = {other.id for other in architecture.nodes if same & set(other.inputs)} - same
    return readers == {node.id} and not same & set(architecture.outputs.values())


def _kind(network: Architecture) -> tuple[Any, ...]:
    """What a network does, whatever its layers are called and whichever sizes come in."""
    number = {name: place for place, name in enumerate([*network.inputs, *network.by_id])}
    return tuple((node.block, node.trainable, node.shares and number[node.shares], *map(number.get, node.inputs))
                 for node in network.nodes)


def _stages(architecture: Architecture) -> Iterator[Group]:
    """Runs of nodes that each read the one before and give images of one size."""
    reports = analyse(architecture).nodes
    run: Group = []
    for before, node in pairwise((None, *architecture.nodes)):
        assert node is not None
        alone = before is not None and [reader.id for reader in architecture.readers(before.id)] == [node.id]
        ends = before is not None and before.id in architecture.outputs.values()
        same = before is not None and _size(reports[before.id].output_shape) == _size(reports[node.id].output_shape)
        if not (run and before is not None and node.inputs == (before.id,) and alone and same and not ends):
            if len(run) >= FEWEST:
                yield run
            run = []
        run.append(node.id)
    if len(run) >= FEWEST:
        yield run


def _size(shape: FreeShape | None) -> FreeShape:
    return shape[:-1] if shape else ()
