"""Usual mends for the mistakes of an architecture, each tried before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lib.arch import edit, mend_fields, mend_inputs
from lib.arch.analyse import Analysis, NodeReport, analyse
from lib.arch.architecture import Architecture, Node
from lib.arch.block import Shape
from lib.arch.parts import known_shapes
from lib.i18n import N_, _

_MOST_OFFERED: Final = 3


@dataclass(frozen=True, slots=True)
class Repair:
    """One mend: what it does, as a message id with its values, and the architecture after it."""

    label: str
    architecture: Architecture
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return _(self.label).format(**self.values)


def repairs(architecture: Architecture, node_id: str) -> tuple[Repair, ...]:
    """Mends for the mistake at a node: each takes it away and brings no other, or is not offered. Most usual first."""
    before = analyse(architecture)
    report = before.nodes[node_id]
    if report.problem is None:
        return ()
    found: list[Repair] = []
    for repair in _candidates(architecture, architecture.by_id[node_id], report, before):
        if _mends(repair.architecture, node_id, before) and repair not in found:
            found.append(repair)
        if len(found) == _MOST_OFFERED:
            break
    return tuple(found)


def _mends(architecture: Architecture, node_id: str, before: Analysis) -> bool:
    """Whether the mistake at the node is gone from `architecture`, and no other has come that was not behind it."""
    after = analyse(architecture)
    if node_id in after.nodes and after.nodes[node_id].problem is not None:
        return False
    known = {problem.where for problem in before.problems}
    return all(problem.where in known or _was_hidden(before.nodes, problem.where) for problem in after.problems)


def missing_output(architecture: Architecture) -> Repair | None:
    """The mend where nothing is an output: the last block becomes it."""
    if architecture.outputs or not architecture.nodes:
        return None
    last = architecture.nodes[-1].id
    return Repair(N_("Make {id} the output"), edit.set_output(architecture, last), {"id": last})


def _was_hidden(nodes: Mapping[str, NodeReport], where: str) -> bool:
    """Whether the mistake stood behind the mended one: nothing was known there before."""
    report = nodes.get(where.partition(".")[0])
    return report is not None and report.output_shape is None and report.problem is None


def _candidates(architecture: Architecture, node: Node, report: NodeReport, before: Analysis) -> Iterator[Repair]:
    """What may mend, the most usual first; cheap to make, and only what the block itself can take."""
    if node.shares is not None:
        yield Repair(N_("Give it a layer of its own"), edit.unshare(architecture, node.id))
    if report.output_shape is not None and node.id not in architecture.outputs.values():
        yield Repair(N_("Make it an output"), edit.add_output(architecture, node.id))
        yield Repair(N_("Delete it"), edit.remove(architecture, node.id))
    for label, other, values in mend_inputs.fewer_or_more(architecture, node, report.block, before):
        yield Repair(label, other, values)
    shapes = tuple(shape for shape in report.inputs if shape is not None)
    if len(shapes) == len(node.inputs) > 0:
        yield from _of_shapes(architecture, node, report, known_shapes(shapes))


def _of_shapes(
    architecture: Architecture, node: Node, report: NodeReport, shapes: tuple[Shape, ...]
) -> Iterator[Repair]:
    """Mends of a block that cannot take its inputs."""
    block = report.block
    for change in mend_fields.changes(block, shapes):
        yield Repair(change.label, edit.set_block(architecture, node.id, change.block), change.values)
    for label, other, values in mend_inputs.sources_changed(architecture, node, shapes):
        yield Repair(label, other, values)
    if len(shapes) > 1:
        for label, other, values in mend_inputs.brought_together(architecture, node, block, shapes):
            yield Repair(label, other, values)
    # A mistake of one field is not one of the number of axes.
    if report.problem is not None and report.problem.where == node.id:
        for label, other, values in mend_inputs.adapted(architecture, node, block, shapes):
            yield Repair(label, other, values)
