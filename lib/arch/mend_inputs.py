"""Mends of what a block reads: blocks put before it, other sources, and changes of the blocks it reads from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import isqrt, prod
from typing import Final, NamedTuple

from pydantic import ValidationError

from lib.arch import edit
from lib.arch.analyse import Analysis
from lib.arch.architecture import Architecture, Node
from lib.arch.block import Block, Shape, shown
from lib.arch.blocks import CATALOGUE
from lib.arch.mend_fields import takes, with_fields
from lib.i18n import N_

_MOST_SOURCES: Final = 12


class Chain(NamedTuple):
    """Blocks to put one after the other before an input of a block, and what is said of them."""

    label: str
    blocks: tuple[Block, ...]
    values: dict[str, object]


Rewired = tuple[str, Architecture, dict[str, object]]


def adapted(architecture: Architecture, node: Node, block: Block, shapes: tuple[Shape, ...]) -> Iterator[Rewired]:
    """With blocks between it and its inputs that change how many axes they have."""
    ranks = {len(shape) for shape in shapes}
    if len(ranks) != 1:
        return
    options = [_layouts(shape) for shape in shapes]
    for chains in zip(*options, strict=True) if len(set(shapes)) == 1 else product(*options):
        after = tuple(_after(chain.blocks, shape) for chain, shape in zip(chains, shapes, strict=True))
        if takes(block, after):
            blocks = [chain.blocks for chain in chains]
            yield chains[0].label, _with_chains(architecture, node, blocks), chains[0].values
    if block.most_inputs == 1 and len(shapes[0]) > 2:
        every = _for_every_step(block)
        if every is not None and takes(every, shapes):
            yield N_("Do it to every step"), edit.set_block(architecture, node.id, every), {}


def _layouts(shape: Shape) -> list[Chain]:
    """The usual ways to lay an example out with more or fewer axes."""
    insert = N_("Insert {block}")
    ways = []
    if len(shape) > 1:
        ways.append(Chain(insert, (CATALOGUE["Flatten"](),), {"block": "Flatten"}))
    for rank, name in ((3, "GlobalAveragePooling2D"), (2, "GlobalAveragePooling1D")):
        if len(shape) == rank:
            ways.append(Chain(insert, (CATALOGUE[name](),), {"block": name}))
    for target in _other_shapes(shape):
        reshape = _one("Reshape", target_shape=target)
        if reshape is not None:
            ways.append(Chain(N_("Lay it out as {shape} first"), reshape, {"shape": shown(target)}))
    return ways


def _other_shapes(shape: Shape) -> list[Shape]:
    """Shapes of as many values with another number of axes."""
    values = prod(shape)
    if len(shape) == 3:
        return [(shape[0] * shape[1], shape[2])]
    if len(shape) == 2:
        return [(*shape, 1)]
    if len(shape) == 1:
        squares = [(isqrt(values // c),) * 2 + (c,) for c in (1, 3) if values % c == 0]
        images = [image for image in squares if prod(image) == values and image[0] > 1]
        return [(values, 1), *images, (1, 1, values)]
    return []


def _for_every_step(block: Block) -> Block | None:
    kind = CATALOGUE["TimeDistributed"]
    try:
        return kind.model_validate({"layer": block})
    except ValueError:
        return None


def brought_together(
    architecture: Architecture, node: Node, block: Block, shapes: tuple[Shape, ...]
) -> Iterator[Rewired]:
    """Every input brought to the shape of one of them: images by resizing or a 1×1 convolution, rows by Dense."""
    seen: set[tuple[tuple[Block, ...], ...]] = set()
    for target in sorted(dict.fromkeys(shapes), key=prod):
        for keep_channels in (True, False):
            chains = tuple(_bridge(shape, target, keep_channels) for shape in shapes)
            if chains in seen or not any(chains):
                continue
            seen.add(chains)
            after = tuple(_after(chain, shape) for chain, shape in zip(chains, shapes, strict=True))
            if takes(block, after):
                said = target if not keep_channels else target[:-1] or target
                yield N_("Bring every input to {shape}"), _with_chains(architecture, node, chains), {
                    "shape": shown(said)
                }


def _bridge(shape: Shape, target: Shape, keep_channels: bool) -> tuple[Block, ...]:
    """Blocks that bring `shape` to `target`, or only the axes before the channels; none where there is no way."""
    strided = _strided(shape, target) if len(shape) == len(target) == 3 and shape != target else None
    if strided is not None and not keep_channels:
        return (strided,)
    first = _positions(shape, target)
    if first is None:
        return ()
    if keep_channels or _after(first, shape)[-1] == target[-1]:
        return first
    if len(target) == 3:
        last = _one("Conv2D", filters=target[-1], kernel_size=1, padding="same")
    else:
        last = _one("Dense", units=target[-1])
    return () if last is None else (*first, *last)


def _positions(shape: Shape, target: Shape) -> tuple[Block, ...] | None:
    """Blocks that bring the axes before the channels to those of `target`; None where there is no way."""
    if len(target) == 1 and len(shape) in (2, 3):
        return _one(f"GlobalAveragePooling{len(shape) - 1}D")
    if len(target) != len(shape) or len(shape) > 3:
        return None
    if shape[:-1] == target[:-1]:
        return ()
    if len(shape) == 3:
        return _one("Resizing", height=target[0], width=target[1])
    return _one("AdaptiveAveragePooling1D", output_size=target[0])


def _strided(shape: Shape, target: Shape) -> Block | None:
    """A 1×1 convolution whose strides do it all."""
    steps = tuple(max(1, -(-have // want)) for have, want in zip(shape[:2], target[:2], strict=True))
    strides = steps[0] if steps[0] == steps[1] else steps
    made = _one("Conv2D", filters=target[2], kernel_size=1, strides=strides, padding="same")
    return made[0] if made is not None and made[0].output_shape(shape) == target else None


def fewer_or_more(architecture: Architecture, node: Node, block: Block, analysis: Analysis) -> Iterator[Rewired]:
    """Another number of inputs: the first ones alone, or an earlier tensor of fitting shape beside them."""
    most = block.most_inputs
    if most is not None and len(node.inputs) > most:
        kept = node.inputs[:most]
        yield N_("Read only {sources}"), _reading(architecture, node, kept), {"sources": ", ".join(kept)}
        return
    if len(node.inputs) >= block.fewest_inputs:
        return
    place = architecture.nodes.index(node)
    before = [other.id for other in reversed(architecture.nodes[:place])]
    for source in [*before, *architecture.inputs][:_MOST_SOURCES]:
        read = (*node.inputs, source)
        shapes = [_shape_of(architecture, analysis, name) for name in read]
        known = tuple(shape for shape in shapes if shape is not None and None not in shape)
        if source not in node.inputs and len(known) == len(read) and takes(block, known):  # type: ignore[arg-type]
            yield N_("Read {source} as well"), _reading(architecture, node, read), {"source": source}
    if len(node.inputs) == 1:
        yield N_("Delete it"), edit.remove(architecture, node.id), {}


def _shape_of(architecture: Architecture, analysis: Analysis, name: str) -> tuple[int | None, ...] | None:
    if name in architecture.inputs:
        return architecture.inputs[name]
    return analysis.nodes[name].output_shape


_KEEPS: Final = {"return_sequences": True, "keepdims": True}
_LABELS: Final = {
    "return_sequences": N_("Let {id} return sequences"),
    "keepdims": N_("Keep the dimensions in {id}"),
}


def sources_changed(architecture: Architecture, node: Node, shapes: tuple[Shape, ...]) -> Iterator[Rewired]:
    """The blocks that it reads from changed: they keep the axes that are missing, move by other strides, or go."""
    for source in dict.fromkeys(node.inputs):
        above = architecture.by_id.get(source)
        if above is None:
            continue
        block = architecture.block_of(above)
        inner = getattr(block, "layer", None)
        for target in (block, inner if isinstance(inner, Block) else None):
            for field, value in _KEEPS.items():
                kept = _kept(block, target, field, value)
                if kept is not None:
                    yield _LABELS[field], edit.set_block(architecture, source, kept), {"id": source}
        if block.name == "Flatten":
            yield N_("Delete {id}"), edit.remove(architecture, source), {"id": source}
    yield from _strides_changed(architecture, node, shapes)


def _kept(block: Block, target: Block | None, field: str, value: bool) -> Block | None:
    """`block` with a field of its own, or of the layer inside it, set."""
    if target is None or getattr(target, field, value) == value:
        return None
    changed = with_fields(target, {field: value})
    return changed if target is block or changed is None else with_fields(block, {"layer": changed})


def _strides_changed(architecture: Architecture, node: Node, shapes: tuple[Shape, ...]) -> Iterator[Rewired]:
    """The strides of a block above as the others need them, or 1 where its image has become too small."""
    label = N_("Set the strides of {id} to {value}")
    for source, shape in zip(node.inputs, shapes, strict=True):
        above = architecture.by_id.get(source)
        block = architecture.block_of(above) if above else None
        now = getattr(block, "strides", None)
        if block is None or not isinstance(now, int) or len(shape) < 2:
            continue
        wanted = {1} if now > 1 else set()
        for other in shapes:
            if len(other) == len(shape) and other[0] != shape[0]:
                larger, smaller = max(shape[0], other[0]), min(shape[0], other[0])
                ratio = round(larger / smaller)
                wanted.add(now * ratio if shape[0] == larger else max(1, now // ratio))
        for value in sorted(wanted - {now}, reverse=True):
            changed = with_fields(block, {"strides": value})
            if changed is not None:
                yield label, edit.set_block(architecture, source, changed), {"id": source, "value": value}


def _one(name: str, **fields: object) -> tuple[Block] | None:
    """A block by itself; None where none may have such fields, since it would be too large."""
    try:
        return (CATALOGUE[name].model_validate(fields),)
    except ValidationError:
        return None


def _after(blocks: Sequence[Block], shape: Shape) -> Shape:
    for block in blocks:
        shape = block.output_shape(shape)
    return shape


def _with_chains(architecture: Architecture, reader: Node, chains: Sequence[Sequence[Block]]) -> Architecture:
    """Each chain of blocks between one input of `reader` and it; equal chains on one source are put once."""
    place = architecture.nodes.index(reader)
    put: dict[tuple[str, tuple[Block, ...]], str] = {}
    sources = []
    for source, chain in zip(reader.inputs, chains, strict=True):
        key = (source, tuple(chain))
        if key not in put:
            for block in chain:
                new = Node(edit.unique_id(architecture, block), block, (source,))
                nodes = architecture.nodes
                architecture = replace(architecture, nodes=(*nodes[:place], new, *nodes[place:]))
                place, source = place + 1, new.id
            put[key] = source
        sources.append(put[key])
    return _reading(architecture, reader, tuple(sources))


def _reading(architecture: Architecture, reader: Node, sources: tuple[str, ...]) -> Architecture:
    """`reader` with other inputs, all of which stand before it."""
    rewired = replace(reader, inputs=sources)
    nodes = tuple(rewired if node.id == reader.id else node for node in architecture.nodes)
    return replace(architecture, nodes=nodes)
