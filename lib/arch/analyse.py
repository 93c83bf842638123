"""The one walk over an architecture: shapes, weights, costs and mistakes, and the plain layers that it comes down to.

The conventions are those of `docs/counting.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import prod
from typing import Final, NamedTuple

from lib.arch.architecture import UNREAD, Architecture, Node
from lib.arch.block import Block, CompositeBlock, FreeShape, Shape, Weight, shown
from lib.arch.own_activation import expect_activations_fit, within_part
from lib.errors import UserError, Words
from lib.i18n import N_

BYTES_PER_VALUE: Final = 4


class Cost(NamedTuple):
    """What layers cost. Parameters are counts of numbers; `macs` are multiply-adds for one example;
    `activations` is the number of values that the layers put out for one example. Those of the two that are named in
    `at_least` are what is known of them: more comes with every free size of an input, and of what nobody can count."""

    trainable: int = 0
    non_trainable: int = 0
    macs: int = 0
    activations: int = 0
    at_least: frozenset[str] = frozenset()

    @property
    def parameters(self) -> int:
        """Trainable and not."""
        return self.trainable + self.non_trainable

    @classmethod
    def total(cls, costs: Iterable[Cost]) -> Cost:
        """The sum of `costs`."""
        trainable = non_trainable = macs = activations = 0
        at_least: frozenset[str] = frozenset()
        for cost in costs:
            trainable += cost.trainable
            non_trainable += cost.non_trainable
            macs += cost.macs
            activations += cost.activations
            at_least |= cost.at_least
        return cls(trainable, non_trainable, macs, activations, at_least)


class Layer(NamedTuple):
    """One plain Keras layer's use: what is left when composites are opened.

    `path` is the node's id and those of the parts down to this layer. `id` joins it with dots; but the last layer of
    a composite goes by the name of the composite, which is what its readers call it.
    """

    id: str
    block: Block
    inputs: tuple[str, ...]
    shares: str | None
    output_shape: FreeShape
    weights: tuple[Weight, ...]
    cost: Cost
    path: tuple[str, ...]
    input_shapes: tuple[FreeShape, ...]
    parameters_used: int
    """The numbers in its weights, whether they are its own or shared."""

    trainable: bool = True


class NodeReport(NamedTuple):
    """What the walk found at one node. Where it is not known, because of a mistake here or before, `output_shape`
    is None and the cost is nothing."""

    id: str
    block: Block
    inputs: tuple[FreeShape | None, ...]
    output_shape: FreeShape | None = None
    cost: Cost = Cost()
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
    outputs: Mapping[str, FreeShape | None]
    total: Cost
    problems: tuple[UserError, ...]
    peak_activations: int | None

    @property
    def complete(self) -> bool:
        """Whether Keras can build it: no mistake, and so no unknown shape."""
        return not self.problems

    def expect_complete(self) -> None:
        """Refuse an architecture with mistakes.

        Raises:
            UserError: the first of them.
        """
        if self.problems:
            raise self.problems[0]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The plain layers in order."""
        return tuple(layer for report in self.nodes.values() for layer in report.layers)


@lru_cache(maxsize=256)
def analyse(architecture: Architecture) -> Analysis:
    """Walk over `architecture` once; the results of the last few hundred are kept.

    A mistake is reported at the node where it is; nodes that read from there are unknown, and the rest is counted.
    """
    free = any(None in shape for shape in architecture.inputs.values())
    reports = _walked_twice(architecture) if free else _walked(architecture)
    _mark_dead_ends(architecture, reports)
    total = Cost.total(report.cost for report in reports.values())
    problems = [report.problem for report in reports.values() if report.problem]
    if not architecture.outputs:
        problems.append(UserError("outputs", N_("expected at least one output: mark the block that gives the answer")))
    outputs = {name: reports[source].output_shape for name, source in architecture.outputs.items()}
    peak = None if problems or free else _peak(architecture, reports)
    return Analysis(reports, outputs, total, tuple(problems), peak)


def clear_caches() -> None:
    """Forget every result, as measurements want it."""
    for cached in (analyse, _opened):
        cached.cache_clear()


def _walked(architecture: Architecture) -> dict[str, NodeReport]:
    """A report for each node, where every size is known."""
    shapes: dict[str, Shape | None] = dict(architecture.inputs)  # type: ignore[arg-type]
    reports: dict[str, NodeReport] = {}
    for node in architecture.nodes:
        report = _visit(architecture, node, tuple([shapes[source] for source in node.inputs]), reports)
        reports[node.id] = report
        shapes[node.id] = report.output_shape  # type: ignore[assignment]
    return reports


class _Free(int):
    """A number that stands for a free size while we compute; people see "?"."""

    def __repr__(self) -> str:
        return "?"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "?"


_PROBES: Final = (4_099, 8_209)
"""What free sizes are taken for: large primes, so that a stride or a window hardly makes two of them equal."""


def _walked_twice(architecture: Architecture) -> dict[str, NodeReport]:
    """A report for each node, where sizes of the inputs are free: what differs between two walks depends on them."""
    walks: list[dict[str, NodeReport]] = [{}, {}]
    shapes: list[dict[str, Shape | None]] = [
        {name: tuple(_Free(probe) if n is None else n for n in shape) for name, shape in architecture.inputs.items()}
        for probe in _PROBES
    ]
    reports: dict[str, NodeReport] = {}
    for node in architecture.nodes:
        pair = [
            _visit(architecture, node, tuple(known[source] for source in node.inputs), walk)
            for known, walk in zip(shapes, walks, strict=True)
        ]
        merged = reports[node.id] = _merged(*pair)
        for known, walk, report in zip(shapes, walks, pair, strict=True):
            # Both walks stop where the merged one found a mistake.
            walk[node.id] = report if merged.problem is None else merged
            known[node.id] = _probed(report.output_shape, merged.output_shape)
    return reports


def _probed(shape: FreeShape | None, merged: FreeShape | None) -> Shape | None:
    """The shape in one of the walks, its free sizes marked as such."""
    if shape is None or merged is None:
        return None
    return tuple(_Free(n or 0) if free is None else free for n, free in zip(shape, merged, strict=True))


def _merged(one: NodeReport, two: NodeReport) -> NodeReport:
    """What both reports of a node say, the sizes that differ as free."""
    inputs = tuple(None if a is None or b is None else _both(a, b) for a, b in zip(one.inputs, two.inputs, strict=True))
    if one.problem or two.problem:
        return NodeReport(one.id, one.block, inputs, problem=_common(one, two, inputs))
    if one.output_shape is None:
        return NodeReport(one.id, one.block, inputs)
    if [layer.weights for layer in one.layers] != [layer.weights for layer in two.layers]:
        what = N_("expected an input of known size, since the weights depend on it")
        return NodeReport(one.id, one.block, inputs, problem=UserError(one.id, what, _shown(inputs)))
    layers = tuple(
        a._replace(
            output_shape=_both(a.output_shape, b.output_shape),
            input_shapes=tuple(_both(x, y) for x, y in zip(a.input_shapes, b.input_shapes, strict=True)),
            cost=_known(a.cost, b.cost),
        )
        for a, b in zip(one.layers, two.layers, strict=True)
    )
    cost = Cost.total(layer.cost for layer in layers)
    return NodeReport(one.id, one.block, inputs, layers[-1].output_shape, cost, one.parameters_used, layers)


def _common(one: NodeReport, two: NodeReport, inputs: tuple[FreeShape | None, ...]) -> UserError:
    """The mistake of both walks; where it is not the same, it comes of the numbers that stand for free sizes."""
    if one.problem and two.problem and one.problem.to_json() == two.problem.to_json():
        return one.problem
    what = N_("expected an input that fits, whatever its free sizes turn out to be")
    return UserError(one.id, what, _shown(inputs))


def _shown(inputs: tuple[FreeShape | None, ...]) -> str:
    return ", ".join(shown(shape) for shape in inputs)


def _both(one: FreeShape, two: FreeShape) -> FreeShape:
    return tuple(a if a == b else None for a, b in zip(one, two, strict=True))


def _known(one: Cost, two: Cost) -> Cost:
    """Of the cost of a layer what does not depend on a free size."""
    unknown = frozenset(name for name in ("macs", "activations") if getattr(one, name) != getattr(two, name))
    return one._replace(**dict.fromkeys(unknown, 0), at_least=one.at_least | unknown) if unknown else one


def _visit(
    architecture: Architecture, node: Node, inputs: tuple[Shape | None, ...], reports: Mapping[str, NodeReport]
) -> NodeReport:
    block = architecture.block_of(node)
    try:
        _check_arity(block, len(inputs))
        if None in inputs:
            return NodeReport(node.id, block, inputs)
        found = _opened(block, inputs)
        if node.shares is not None:
            owner = reports[node.shares].layers
            if not owner:
                raise UserError("", N_("expected the shared block {shared} to be without mistakes"), shared=node.shares)
            _check_shared(node.shares, found, owner)
    except UserError as error:
        return NodeReport(node.id, block, inputs, problem=error.within(node.id))
    layers = tuple(_placed(found, node.id, node.id, node.inputs, node.shares, architecture.is_trainable(node)))
    last = layers[-1]
    if len(layers) == 1:
        return NodeReport(node.id, block, inputs, last.output_shape, last.cost, last.parameters_used, layers)
    cost = Cost.total([layer.cost for layer in layers])
    used = sum([layer.parameters_used for layer in layers])
    return NodeReport(node.id, block, inputs, last.output_shape, cost, used, layers)


def _mark_dead_ends(architecture: Architecture, reports: dict[str, NodeReport]) -> None:
    """Keras leaves out of a model what leads to none of its outputs, so such a node is a mistake and costs nothing."""
    for name, report in reports.items():
        if architecture.outputs and name not in architecture.leading and report.problem is None:
            reports[name] = report._replace(cost=Cost(), layers=(), problem=UserError(name, UNREAD))


def _check_arity(block: Block, given: int) -> None:
    most = block.most_inputs
    if not given:
        raise UserError("", N_("expected something that it reads"), Words(N_("nothing")))
    if given < block.fewest_inputs:
        raise UserError("", N_("expected at least {fewest} inputs"), str(given), fewest=block.fewest_inputs)
    if most is not None and given > most:
        raise UserError("", N_("expected at most {most} inputs"), str(given), most=most)


def _check_shared(shared: str, layers: Sequence[Layer], owner: Sequence[Layer]) -> None:
    """A shared layer has the weights that it got at its first use, so every other input must fit those."""
    if len(layers) != len(owner) or any(one.block != two.block for one, two in zip(layers, owner, strict=True)):
        raise UserError("", N_("expected an input that fits the layers of {shared}, which it shares"), shared=shared)
    for one, two in zip(layers, owner, strict=True):
        if [weight[:2] for weight in one.weights] != [weight[:2] for weight in two.weights]:
            what = N_("expected an input that fits the weights of {shared}, which it shares")
            raise UserError("", what, shared=shared)
        if one.block.tied(*one.input_shapes) != two.block.tied(*two.input_shapes):
            what = N_("expected inputs with as many axes and channels as {shared} has, which it shares")
            raise UserError("", what, shared=shared)


def _placed(
    layers: Sequence[Layer], name: str, step: str, sources: Sequence[str], owner: str | None, trainable: bool
) -> list[Layer]:
    """The layers of a block where it stands: the last under its `name`, those before it under `step` and a dot,
    reading `sources`, sharing those of `owner`."""
    if len(layers) == 1 and owner is None and trainable:
        # The usual case, a plain layer, in the quickest way.
        only = layers[0]
        if not only.path:
            return [Layer(name, only.block, tuple(sources), None, only.output_shape, only.weights, only.cost, (step,),
                          only.input_shapes, only.parameters_used, only.trainable)]
    return [
        Layer(
            _named(layer.id, name, step),
            layer.block,
            tuple([sources[int(i[1:])] if i[0] == _OUTSIDE else _named(i, name, step) for i in layer.inputs]),
            _owner(layer, name, step, owner),
            layer.output_shape,
            layer.weights if trainable else tuple(weight._replace(trainable=False) for weight in layer.weights),
            _charged(layer.cost, owner is not None, trainable),
            (step, *layer.path),
            layer.input_shapes,
            layer.parameters_used,
            layer.trainable and trainable,
        )
        for layer in layers
    ]


_OUTSIDE: Final = ":"
"""Starts the names of what comes into a block, ":0" and so on: no part can be called so."""


@cache
def _arriving(count: int) -> tuple[str, ...]:
    return tuple(f"{_OUTSIDE}{number}" for number in range(count))


def _named(inner: str, name: str, step: str) -> str:
    return f"{step}.{inner}" if inner else name


def _owner(layer: Layer, name: str, step: str, owner: str | None) -> str | None:
    if owner is not None:
        return _named(layer.id if layer.shares is None else layer.shares, owner, owner)
    return None if layer.shares is None else _named(layer.shares, name, step)


def _charged(cost: Cost, shared: bool, trainable: bool) -> Cost:
    """A shared layer costs its arithmetic again, not its parameters; those of a frozen one are not trained."""
    if shared:
        return Cost(0, 0, cost.macs, cost.activations)
    return cost if trainable else Cost(0, cost.parameters, cost.macs, cost.activations)


def _measured(block: Block, inputs: tuple[Shape, ...]) -> Layer:
    """A plain block as a layer that has no name yet."""
    shape = block.output_shape(*inputs)
    expect_activations_fit(block, shape)
    weights = block.weights(*inputs)
    trainable = non_trainable = 0
    for weight in weights:
        if weight.trainable:
            trainable += weight.size
        else:
            non_trainable += weight.size
    cost = Cost(trainable, non_trainable, block.macs(inputs, shape, weights), prod(shape), block.uncounted)
    return Layer("", block, _arriving(len(inputs)), None, shape, weights, cost, (), inputs, trainable + non_trainable)


@lru_cache(maxsize=4096)
def _opened(block: Block, inputs: tuple[Shape, ...]) -> tuple[Layer, ...]:
    """The plain layers of a block, composites in composites opened too; the last one has no name yet."""
    if not isinstance(block, CompositeBlock):
        return (_measured(block, inputs),)
    parts = block.parts(*inputs)
    shapes = dict(zip(block.input_names, inputs, strict=True))
    names = {name: f"{_OUTSIDE}{number}" for number, name in enumerate(block.input_names)}
    insides: dict[str, tuple[Layer, ...]] = {}
    result: list[Layer] = []
    for part in parts:
        try:
            inside = insides[part.id] = _opened(part.block, tuple([shapes[source] for source in part.inputs]))
            if part.shares is not None:
                _check_shared(part.shares, inside, insides[part.shares])
        except UserError as error:
            raise within_part(error, block, part.id) from None
        names[part.id] = "" if part is parts[-1] else part.id
        sources = [names[source] for source in part.inputs]
        result += _placed(inside, names[part.id], part.id, sources, part.shares, part.trainable)
        shapes[part.id] = inside[-1].output_shape  # type: ignore[assignment]
    return tuple(result)


def _peak(architecture: Architecture, reports: Mapping[str, NodeReport]) -> int:
    """The most values alive at once for one example when layers run in order and free what nobody reads any more."""
    layers = [layer for report in reports.values() for layer in report.layers]
    last_read = {source: index for index, layer in enumerate(layers) for source in layer.inputs}
    last_read.update(dict.fromkeys(architecture.outputs.values(), len(layers)))
    sizes: dict[str, int] = {name: prod(shape) for name, shape in architecture.inputs.items()}  # type: ignore[arg-type]
    alive = sum(sizes.values())
    peak = alive
    for index, layer in enumerate(layers):
        size = sizes[layer.id] = layer.cost.activations
        alive += size
        if alive > peak:
            peak = alive
        if layer.id not in last_read:
            alive -= size
        for name in layer.inputs:
            if last_read[name] == index:
                # One that is read twice at once is freed once.
                alive -= sizes.pop(name, 0)
    return peak
