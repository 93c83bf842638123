"""What stands in the rows of the cost table: the numbers of every input, block and layer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from lib.arch import Analysis, Architecture, Block, Cost, Layer, Node, NodeReport, analyse
from lib.arch.block import FreeShape
from lib.arch.footprint import Work, work
from lib.arch.receptive_field import Field, receptive_fields
from lib.colours import INPUT
from lib.i18n import _
from lib.training.memory import slots
from lib.training.optimizer import Optimizer

SeenInputs = tuple[tuple[str, tuple[Field, ...]], ...]
"""The receptive fields by input, as something that can be a key."""


class Figures(NamedTuple):
    """The costs of one block, one layer or the whole; None where a free size leaves it unknown."""

    trainable: int
    non_trainable: int
    used: int
    slots: int
    macs: int | None
    activations: int | None
    work: Work | None


class Row(NamedTuple):
    """One row. `depth` is 0 for inputs and blocks, 1 for the layers of an opened block."""

    name: str
    kind: str
    family: str
    depth: int = 0
    reads: str = ""
    shape: FreeShape | None = None
    figures: Figures | None = None
    seen: SeenInputs = ()
    problem: str = ""


class Totals(NamedTuple):
    """The last row. Where a mistake hides a block's cost, all are lower bounds; where a size is free, those of
    `at_least`."""

    figures: Figures
    at_least: frozenset[str]
    whole: bool


def rows(architecture: Architecture, optimizer: Optimizer, opened: Collection[str]) -> Iterator[Row]:
    """The rows of inputs and blocks in order; those in `opened` are followed by their layers."""
    analysis = analyse(architecture)
    fields = receptive_fields(architecture)
    for name, shape in architecture.inputs.items():
        yield Row(name, _("Input"), INPUT, shape=shape)
    for node in architecture.nodes:
        report = analysis.nodes[node.id]
        yield _node_row(node, report, optimizer, tuple(fields.get(node.id, {}).items()))
        if node.id in opened and composite(report):
            for layer in report.layers:
                yield _layer_row(layer, optimizer, tuple(fields[layer.id].items()))


def composite(report: NodeReport) -> bool:
    """Whether a block can be opened into layers."""
    return len(report.layers) > 1


@lru_cache(maxsize=256)
def totals(architecture: Architecture, optimizer: Optimizer) -> Totals:
    """The sums over all blocks, as far as they are known."""
    analysis = analyse(architecture)
    total = analysis.total
    figures = Figures(
        total.trainable, total.non_trainable, sum(report.parameters_used for report in analysis.nodes.values()),
        slots(analysis.layers, optimizer), total.macs, total.activations, work(analysis.layers),
    )  # fmt: skip
    return Totals(figures, total.at_least, known(analysis))


def known(analysis: Analysis) -> bool:
    """Whether the cost of every block is known: a missing output alone changes no count."""
    return all(report.output_shape is not None for report in analysis.nodes.values())


def _node_row(node: Node, report: NodeReport, optimizer: Optimizer, seen: SeenInputs) -> Row:
    problem = str(report.problem) if report.problem else ""
    hidden = problem or report.output_shape is None
    figures = None if hidden else _figures(report.cost, report.parameters_used, report.layers, optimizer)
    kind, reads = _kind(report.block, node.shares), ", ".join(node.inputs)
    return Row(node.id, kind, report.block.family, 0, reads, report.output_shape, figures, seen, problem)


def _layer_row(layer: Layer, optimizer: Optimizer, seen: SeenInputs) -> Row:
    figures = _figures(layer.cost, layer.parameters_used, (layer,), optimizer)
    name, kind = " › ".join(layer.path[1:]), _kind(layer.block, layer.shares)
    return Row(name, kind, layer.block.family, 1, "", layer.output_shape, figures, seen)


def _kind(block: Block, owner: str | None) -> str:
    return _("{block}, shares {owner}").format(block=block.name, owner=owner) if owner else block.name


def _figures(cost: Cost, used: int, layers: Sequence[Layer], optimizer: Optimizer) -> Figures:
    return Figures(
        cost.trainable, cost.non_trainable, used, slots(layers, optimizer),
        None if "macs" in cost.at_least else cost.macs, None if "activations" in cost.at_least else cost.activations,
        work(layers),
    )  # fmt: skip
