"""A network as the tree of what is used in it: nodes, the parts of composites, their parts, down to plain layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lib.arch.analyse import Layer, analyse
from lib.arch.architecture import Architecture
from lib.arch.block import Block, CompositeBlock, FreeShape
from lib.arch.parts import known_shapes


@dataclass(frozen=True, eq=False)
class Use:
    """One use of a layer or of a composite.

    Attributes:
        name: what its scope calls it: the id of a node or of a part.
        path: the names down to it, joined with dots.
        node: the node to which it belongs.
        reads: what it reads, as its scope calls that.
        shares: the use in its scope whose layers it calls again.
        output: the id of the layer that gives its output.
        layer: the plain layer that it is, if it is one.
        inputs: what its parts call what comes into it.
        parts: the uses that it is made of.
        layers: every plain layer in it.
    """

    name: str
    path: str
    node: str
    block: Block
    reads: tuple[str, ...]
    shares: str | None
    layers: tuple[Layer, ...]
    layer: Layer | None = None
    inputs: tuple[str, ...] = ()
    parts: tuple[Use, ...] = ()

    @property
    def output(self) -> str:
        """The id of the layer that gives its output."""
        return self.layers[-1].id

    @property
    def called(self) -> str:
        """What the network calls it: the layer, or the composite as a whole."""
        return self.output if self.layer is not None else self.path

    @property
    def shape(self) -> FreeShape:
        """The shape of its output."""
        return self.layers[-1].output_shape

    @property
    def height(self) -> int:
        """How many composites stand inside each other in it."""
        return 1 + max((part.height for part in self.parts), default=-1)

    @property
    def frozen(self) -> bool:
        """Whether it has weights of which training changes none."""
        own = [layer for layer in self.layers if layer.weights]
        return bool(own) and not any(layer.trainable for layer in own)


def tree(architecture: Architecture, *, closed: bool = False) -> tuple[Use, ...]:
    """The uses of an architecture without mistakes, a node each.

    Args:
        closed: whether a composite whose only part is another composite counts as that one.
    """
    analysis = analyse(architecture)
    shapes: dict[str, FreeShape] = dict(architecture.inputs)
    found = []
    for node in architecture.nodes:
        report = analysis.nodes[node.id]
        shapes |= {layer.id: layer.output_shape for layer in report.layers}
        walk = _Walk(iter(report.layers), node.id, shapes, closed)
        found.append(walk.use(report.block, node.id, node.id, node.inputs, node.inputs, node.shares))
    return tuple(found)


class _Walk:
    """Goes through the parts of one node beside its plain layers, which come in the same order."""

    def __init__(self, layers: Iterator[Layer], node: str, shapes: Mapping[str, FreeShape], closed: bool) -> None:
        self.layers = layers
        self.node = node
        self.shapes = shapes
        self.closed = closed

    def use(
        self, block: Block, name: str, path: str, reads: tuple[str, ...], tensors: tuple[str, ...], shares: str | None
    ) -> Use:
        """The use of `block`; `tensors` are the ids of what it reads."""
        if not isinstance(block, CompositeBlock):
            layer = next(self.layers)
            return Use(name, path, self.node, block, reads, shares, (layer,), layer)
        known = dict(zip(block.input_names, tensors, strict=True))
        parts: list[Use] = []
        for part in block.parts(*known_shapes(self.shapes[tensor] for tensor in tensors)):
            sources = tuple(known[source] for source in part.inputs)
            parts.append(self.use(part.block, part.id, f"{path}.{part.id}", part.inputs, sources, part.shares))
            known[part.id] = parts[-1].output
        layers = tuple(layer for part in parts for layer in part.layers)
        if len(layers) == 1 and parts[0].layer and parts[0].reads == block.input_names:
            # A composite of one layer is that layer.
            return Use(name, path, self.node, parts[0].block, reads, shares, layers, layers[0])
        if self.closed and len(parts) == 1 and parts[0].reads == block.input_names:
            return replace(parts[0], name=name, path=path, reads=reads, shares=shares)
        return Use(name, path, self.node, block, reads, shares, layers, None, block.input_names, tuple(parts))
