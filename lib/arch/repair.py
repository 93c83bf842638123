"""Usual mends for the mistakes of an architecture, each tried before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lib.arch import edit
from lib.arch.analyse import NodeReport, analyse
from lib.arch.architecture import Architecture, Node, read_block
from lib.arch.block import Block, Shape, shown
from lib.arch.blocks import CATALOGUE
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
    for repair in _candidates(architecture, architecture.by_id[node_id], report):
        after = analyse(repair.architecture)
        mended = node_id not in after.nodes or after.nodes[node_id].problem is None
        known = {problem.where for problem in before.problems}
        if mended and all(problem.where in known or _was_hidden(before.nodes, problem.where)
                          for problem in after.problems):
            found.append(repair)
    return tuple(found[:_MOST_OFFERED])


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


def _candidates(architecture: Architecture, node: Node, report: NodeReport) -> Iterator[Repair]:
    if node.shares is not None:
        yield Repair(N_("Give it a layer of its own"), edit.unshare(architecture, node.id))
    yield from _changed_fields(architecture, node, report)
    shapes = [shape for shape in report.inputs if shape is not None]
    if len(shapes) == len(report.inputs) > 1:
        yield from _fitted_inputs(architecture, node, shapes)
    if report.output_shape is not None and node.id not in architecture.outputs.values():
        yield Repair(N_("Make it an output"), edit.add_output(architecture, node.id))
        yield Repair(N_("Delete it"), edit.remove(architecture, node.id))


def _changed_fields(architecture: Architecture, node: Node, report: NodeReport) -> Iterator[Repair]:
    """The same block with one field as it fits."""
    shape = next((shape for shape in report.inputs if shape is not None), ())
    smallest = min(shape[:2], default=1)
    changes: list[tuple[str, dict[str, Any]]] = [
        (N_("Set padding to same"), {"padding": "same"}),
        (N_("Make the window {size} × {size}"), {"kernel_size": smallest}),
        (N_("Make the window {size} × {size}"), {"pool_size": smallest}),
        (N_("Take one group"), {"groups": 1}),
        (N_("Set the dilation rate to 1"), {"dilation_rate": 1}),
        (N_("Join along the last axis"), {"axis": -1}),
    ]
    for label, change in changes:
        if change.keys() <= type(report.block).model_fields.keys():
            changed = _with_fields(report.block, change)
            if changed is not None and changed != report.block:
                yield Repair(label, edit.set_block(architecture, node.id, changed), {"size": smallest})


def _with_fields(block: Block, change: Mapping[str, Any]) -> Block | None:
    try:
        return read_block(block.name, {**block.config(), **change}, "")
    except ValueError:
        return None


def _fitted_inputs(architecture: Architecture, node: Node, shapes: list[Shape]) -> Iterator[Repair]:
    """Every other input brought to the shape of one of them: images by a 1×1 convolution, rows by a Dense layer."""
    for target in dict.fromkeys(shapes):
        fitted = architecture
        for source, shape in zip(node.inputs, shapes, strict=True):
            block = _projection(shape, target) if shape != target else None
            if block is not None:
                fitted = _inserted(fitted, node.id, source, block)
        if fitted is not architecture:
            yield Repair(N_("Bring every input to {shape}"), fitted, {"shape": shown(target)})


def _projection(shape: Shape, target: Shape) -> Block | None:
    if len(shape) == len(target) == 1:
        return CATALOGUE["Dense"].model_validate({"units": target[0]})
    if len(shape) == len(target) == 3:
        strides = [max(1, -(-have // want)) for have, want in zip(shape[:2], target[:2], strict=True)]
        config = {"filters": target[2], "kernel_size": 1, "strides": strides, "padding": "same"}
        return CATALOGUE["Conv2D"].model_validate(config)
    return None


def _inserted(architecture: Architecture, reader_id: str, source: str, block: Block) -> Architecture:
    """`block` between `source` and this one reader of it."""
    new = edit.unique_id(architecture, block)
    nodes: list[Node] = []
    for node in architecture.nodes:
        if node.id == reader_id:
            nodes.append(Node(new, block, (source,)))
            read = tuple(new if name == source else name for name in node.inputs)
            node = replace(node, inputs=read)
        nodes.append(node)
    return replace(architecture, nodes=tuple(nodes))
