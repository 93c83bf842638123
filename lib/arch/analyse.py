"""The one walk over an architecture: shapes, weights, costs and mistakes, and the plain layers that it comes down to.

The conventions are those of `docs/counting.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import prod
from typing import Final

from lib.arch.architecture import Architecture, Node
from lib.arch.block import Block, CompositeBlock, Part, Shape, Weight
from lib.errors import UserError
from lib.i18n import N_

BYTES_PER_VALUE: Final = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What layers cost. Parameters are counts of numbers; `macs` are multiply-adds for one example;
    `activations` is the number of values that the layers put out for one example."""

    trainable: int = 0
    non_trainable: int = 0
    macs: int = 0
    activations: int = 0

    @property
    def parameters(self) -> int:
        """Trainable and not."""
        return self.trainable + self.non_trainable

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.trainable + other.trainable,
            self.non_trainable + other.non_trainable,
            self.macs + other.macs,
            self.activations + other.activations,
        )


@dataclass(frozen=True, slots=True)
class Layer:
    """One plain Keras layer's use: what is left when composites are opened. Ids inside them have a dot."""

    id: str
    block: Block
    inputs: tuple[str, ...]
    shares: str | None
    output_shape: Shape
    weights: tuple[Weight, ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What the walk found at one node. Where it is not known, because of a mistake here or before, `output_shape`
    is None and the cost is nothing."""

    id: str
    block: Block
    inputs: tuple[Shape | None, ...]
    output_shape: Shape | None = None
    cost: Cost = field(default_factory=Cost)
    parameters_used: int = 0
    layers: tuple[Layer, ...] = ()
    problem: UserError | None = None

    @property
    def parameters(self) -> int:
        """Parameters of its own: none where it shares those of another node."""
        return self.cost.parameters

    @property
    def trainable(self) -> int:
        """Its own parameters that training changes."""
        return self.cost.trainable

    @property
    def non_trainable(self) -> int:
        """Its own parameters that training does not change by gradients."""
        return self.cost.non_trainable

    @property
    def macs(self) -> int:
        """Multiply-adds for one example."""
        return self.cost.macs

    @property
    def activations(self) -> int:
        """Values put out for one example, by all of its layers."""
        return self.cost.activations


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that the walk found. `complete` tells whether every node's shape is known and nothing is wrong."""

    nodes: Mapping[str, NodeReport]
    outputs: Mapping[str, Shape | None]
    total: Cost
    problems: tuple[UserError, ...]
    peak_activations: int | None

    @property
    def complete(self) -> bool:
        """Whether Keras can build it: no mistake, and so no unknown shape."""
        return not self.problems

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The plain layers in order."""
        return tuple(layer for report in self.nodes.values() for layer in report.layers)


@lru_cache(maxsize=256)
def analyse(architecture: Architecture) -> Analysis:
    """Walk over `architecture` once; the results of the last few hundred are kept.

    A mistake is reported at the node where it is; nodes that read from there are unknown, and the rest is counted.
    """
    shapes: dict[str, Shape | None] = dict(architecture.inputs)
    reports: dict[str, NodeReport] = {}
    for node in architecture.nodes:
        report = _visit(architecture, node, tuple(shapes[source] for source in node.inputs), reports)
        reports[node.id] = report
        shapes[node.id] = report.output_shape
    _mark_dead_ends(architecture, reports)
    total = sum((report.cost for report in reports.values()), Cost())
    problems = [report.problem for report in reports.values() if report.problem]
    if not architecture.outputs:
        problems.append(UserError("outputs", N_("expected at least one output: mark the block that gives the answer")))
    outputs = {name: shapes[source] for name, source in architecture.outputs.items()}
    peak = None if problems else _peak(architecture, reports)
    return Analysis(reports, outputs, total, tuple(problems), peak)


def clear_caches() -> None:
    """Forget every result, as measurements want it."""
    for cached in (analyse, _measured, _opened):
        cached.cache_clear()


def _visit(
    architecture: Architecture, node: Node, inputs: tuple[Shape | None, ...], reports: Mapping[str, NodeReport]
) -> NodeReport:
    block = architecture.block_of(node)
    try:
        _check_arity(block, len(inputs))
        known = tuple(shape for shape in inputs if shape is not None)
        if len(known) < len(inputs):
            return NodeReport(node.id, block, inputs)
        layers = _layers(node, block, known)
        if node.shares is not None:
            _check_shared(node.shares, block, known, layers, reports[node.shares])
    except UserError as error:
        where = ".".join(part for part in (node.id, error.where) if part)
        return NodeReport(
            node.id, block, inputs, problem=UserError(where, error.expected, error.received, **error.values)
        )
    cost = sum((layer.cost for layer in layers), Cost())
    used = sum(weight.size for layer in layers for weight in layer.weights)
    return NodeReport(node.id, block, inputs, layers[-1].output_shape, cost, used, layers)


def _mark_dead_ends(architecture: Architecture, reports: dict[str, NodeReport]) -> None:
    """Keras leaves out of a model what leads to none of its outputs, so such a node is a mistake and costs nothing."""
    wanted = set(architecture.outputs.values())
    for node in reversed(architecture.nodes):
        if node.id in wanted:
            wanted.update(node.inputs)
        elif wanted and reports[node.id].problem is None:
            error = UserError(node.id, N_("expected a block that reads it, or to be an output"))
            reports[node.id] = replace(reports[node.id], cost=Cost(), layers=(), problem=error)


def _check_arity(block: Block, given: int) -> None:
    most = block.most_inputs
    if given < block.fewest_inputs:
        raise UserError("", N_("expected at least {fewest} inputs"), str(given), fewest=block.fewest_inputs)
    if most is not None and given > most:
        raise UserError("", N_("expected at most {most} inputs"), str(given), most=most)


def _check_shared(
    shared: str, block: Block, inputs: tuple[Shape, ...], layers: tuple[Layer, ...], owner: NodeReport
) -> None:
    """A shared layer has the weights that it got at its first use, so every other input must fit those."""
    if not owner.layers:
        raise UserError("", N_("expected the shared block {shared} to be without mistakes"), shared=shared)
    if [layer.weights for layer in layers] != [layer.weights for layer in owner.layers]:
        raise UserError("", N_("expected an input that fits the weights of {shared}, which it shares"), shared=shared)
    if block.fixes_rank and {len(shape) for shape in inputs} != {len(shape or ()) for shape in owner.inputs}:
        raise UserError("", N_("expected inputs with as many axes as {shared} has, which it shares"), shared=shared)


def _layers(node: Node, block: Block, inputs: tuple[Shape, ...]) -> tuple[Layer, ...]:
    """The plain layers of a node; those of a composite read each other under dotted ids."""
    shared = node.shares is not None
    if not isinstance(block, CompositeBlock):
        shape, weights, cost = _measured(block, inputs)
        return (Layer(node.id, block, node.inputs, node.shares, shape, weights, _used(cost) if shared else cost),)
    parts, measures = _opened(block, inputs[0])
    last = len(parts) - 1
    names = {"input": node.inputs[0]}
    layers = []
    for index, (part, (shape, weights, cost)) in enumerate(zip(parts, measures, strict=True)):
        # The last part carries the node's own id, so that readers of the node find it.
        name = node.id if index == last else f"{node.id}.{part.id}"
        owner = None if not shared else (node.shares if index == last else f"{node.shares}.{part.id}")
        names[part.id] = name
        layers.append(
            Layer(
                name,
                part.block,
                tuple(names[source] for source in part.inputs),
                owner,
                shape,
                weights,
                _used(cost) if shared else cost,
            )
        )
    return tuple(layers)


_Measure = tuple[Shape, tuple[Weight, ...], Cost]


@lru_cache(maxsize=8192)
def _measured(block: Block, inputs: tuple[Shape, ...]) -> _Measure:
    """Output shape, weights and cost of one plain block."""
    shape = block.output_shape(*inputs)
    weights = block.weights(*inputs)
    trainable = sum(weight.size for weight in weights if weight.trainable)
    non_trainable = sum(weight.size for weight in weights if not weight.trainable)
    return shape, weights, Cost(trainable, non_trainable, block.macs(inputs, shape, weights), prod(shape))


@lru_cache(maxsize=2048)
def _opened(block: CompositeBlock, shape: Shape) -> tuple[tuple[Part, ...], tuple[_Measure, ...]]:
    """The parts of a composite and what each measures."""
    parts = block.expand(shape)
    shapes = {"input": shape}
    measures = []
    for part in parts:
        measure = _measured(part.block, tuple(shapes[source] for source in part.inputs))
        shapes[part.id] = measure[0]
        measures.append(measure)
    return parts, tuple(measures)


def _used(cost: Cost) -> Cost:
    """The cost of using a shared layer again: its arithmetic, not its parameters."""
    return Cost(macs=cost.macs, activations=cost.activations)


def _peak(architecture: Architecture, reports: Mapping[str, NodeReport]) -> int:
    """The most values alive at once for one example when layers run in order and free what nobody reads any more."""
    layers = [layer for report in reports.values() for layer in report.layers]
    last_read = {source: index for index, layer in enumerate(layers) for source in layer.inputs}
    last_read.update(dict.fromkeys(architecture.outputs.values(), len(layers)))
    sizes = {name: prod(shape) for name, shape in architecture.inputs.items()}
    alive = sum(sizes.values())
    peak = alive
    for index, layer in enumerate(layers):
        sizes[layer.id] = prod(layer.output_shape)
        alive += sizes[layer.id]
        peak = max(peak, alive)
        for name in {*layer.inputs, layer.id}:
            if last_read.get(name, index) == index:
                alive -= sizes[name]
    return peak
