"""The bill of an architecture: what every block costs, and the whole with an optimizer and a batch size."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from lib.arch import Analysis, Architecture, NodeReport, analyse
from lib.arch.block import shown
from lib.arch.blocks.opaque import Opaque
from lib.arch.footprint import prediction_memory, work
from lib.arch.receptive_field import Field, receptive_fields
from lib.commands import given as read
from lib.commands.arguments import shape as shape_of
from lib.commands.output import print_json, print_table, tell
from lib.errors import UserError
from lib.i18n import N_, _
from lib.summary_table import summary_table
from lib.training.memory import slots, training_memory
from lib.training.optimizer import Optimizer
from lib.training.optimizers import OPTIMIZERS
from lib.training.recipe import Recipe

_UNKNOWN: Final = "?"
_COUNTED: Final = frozenset({"parameters", "macs", "activations"})
"""What is not known of a layer that came with a file and has no block, and of those behind it."""


def count(given: Namespace) -> int:
    """Print the bill: one row a node, and the sums."""
    architecture = read.architecture(given.architecture)
    if given.input_shape is not None:
        shape = shape_of(given.input_shape)
        architecture = replace(architecture, inputs=dict.fromkeys(architecture.inputs, shape))
    analysis = analyse(architecture)
    unknown = [id(report.problem) for report in analysis.nodes.values() if isinstance(report.block, Opaque)]
    for mistake in analysis.problems:
        if id(mistake) not in unknown:
            raise mistake
    recipe = Recipe()
    optimizer = OPTIMIZERS[given.optimizer]() if given.optimizer else recipe.optimizer
    batch = recipe.batch_size if given.batch_size is None else given.batch_size
    if batch < 1:
        raise UserError("--batch-size", N_("expected at least 1"), str(batch))
    if given.form is not None:
        if given.json:
            raise UserError("--as", N_("expected either this or --json"), given.form)
        print(summary_table(architecture, given.form), end="")
        return 0
    bill = _bill(architecture, analysis, optimizer, batch)
    if given.json:
        print_json(bill)
    else:
        _print(architecture, bill)
    return 0


def _bill(architecture: Architecture, analysis: Analysis, optimizer: Optimizer, batch: int) -> dict[str, Any]:
    """Everything that is counted. Memory is in bytes; null is not known, because of a free size."""
    total = analysis.total
    whole = work(analysis.layers)
    fields = receptive_fields(architecture)
    return {
        "name": architecture.name,
        "parameters": {"total": total.parameters, "trainable": total.trainable, "non_trainable": total.non_trainable},
        "macs": total.macs,
        "activations": total.activations,
        "at_least": sorted(_COUNTED if analysis.problems else total.at_least),
        "problems": [str(problem) for problem in analysis.problems],
        "macs_per_byte": whole.intensity if whole and not analysis.problems else None,
        "optimizer": {"name": type(optimizer).__name__, "slots": slots(analysis.layers, optimizer)},
        "memory": {
            "batch_size": batch,
            "training": training_memory(architecture, analysis, optimizer, batch),
            "prediction": prediction_memory(analysis, batch),
        },
        "layers": [_node(report, optimizer, fields.get(report.id, {})) for report in analysis.nodes.values()],
    }


def _node(report: NodeReport, optimizer: Optimizer, fields: Any) -> dict[str, Any]:
    moved = work(report.layers)
    unknown = _COUNTED if report.output_shape is None else report.cost.at_least
    return {
        "id": report.id,
        "block": report.block.name,
        "output_shape": report.output_shape,
        "parameters": None if "parameters" in unknown else report.parameters,
        "trainable": None if "parameters" in unknown else report.trainable,
        "non_trainable": None if "parameters" in unknown else report.non_trainable,
        "parameters_used": None if "parameters" in unknown else report.parameters_used,
        "slots": None if "parameters" in unknown else slots(report.layers, optimizer),
        "macs": None if "macs" in unknown else report.macs,
        "activations": None if "activations" in unknown else report.activations,
        "macs_per_byte": moved.intensity if moved else None,
        "receptive_field": {name: [_field(field) for field in axes] for name, axes in fields.items()},
    }


def _field(field: Field) -> dict[str, Any]:
    """One axis of an input: "all", or numbers, or why they are not known."""
    if field.everything:
        return {"size": "all"}
    if field.reason:
        return {"size": None, "reason": _(field.reason)}
    stride = None if field.stride is None else float(field.stride)
    return {"size": field.size, "stride": stride, "offset": field.offset}


def _print(architecture: Architecture, bill: dict[str, Any]) -> None:
    head = (_("layer"), _("block"), _("output shape"), _("parameters"), _("slots"), _("MACs"), _("activations"),
            _("receptive field"))  # fmt: skip
    numbers = ("parameters", "slots", "macs", "activations")
    rows = [
        (node["id"], node["block"], shown(node["output_shape"]), *(_number(node[name]) for name in numbers),
         _seen(node["receptive_field"]))
        for node in bill["layers"]
    ]  # fmt: skip
    least = {name: "≥ " if name in bill["at_least"] else "" for name in _COUNTED}
    parameters, optimizer, memory = bill["parameters"], bill["optimizer"], bill["memory"]
    rows.append((_("total"), "", "", least["parameters"] + _number(parameters["total"]),
                 least["parameters"] + _number(optimizer["slots"]), least["macs"] + _number(bill["macs"]),
                 least["activations"] + _number(bill["activations"]), ""))
    for problem in bill["problems"]:
        tell(problem)
    print(architecture.name)
    print_table(head, rows, frozenset({3, 4, 5, 6}))
    print(_("{trainable} trainable, {fixed} not trainable").format(
        trainable=least["parameters"] + _number(parameters["trainable"]), fixed=_number(parameters["non_trainable"])))
    memories = _("Memory with {optimizer} and batches of {batch}: {training} bytes to train, {prediction} to predict")
    print(memories.format(
        optimizer=optimizer["name"], batch=_number(memory["batch_size"]),
        training=("≥ " if bill["at_least"] else "") + _number(memory["training"]),
        prediction=_number(memory["prediction"])))
    intensity = bill["macs_per_byte"]
    print(_("MACs for each byte that is moved: {intensity}").format(
        intensity=_UNKNOWN if intensity is None else f"{intensity:.3g}"))


def _number(number: int | None) -> str:
    return _UNKNOWN if number is None else f"{number:,}"


def _seen(by_input: dict[str, Sequence[dict[str, Any]]]) -> str:
    """A field for each input that differs: "14 × 14"."""
    texts = {name: _extent(axes) for name, axes in by_input.items()}
    if len(set(texts.values())) <= 1:
        return next(iter(texts.values()), "")
    return ", ".join(f"{name} {text}" for name, text in texts.items())


def _extent(axes: Sequence[dict[str, Any]]) -> str:
    sizes = [_size(axis) for axis in axes]
    return _("all") if {axis["size"] for axis in axes} == {"all"} else " × ".join(sizes)


def _size(axis: dict[str, Any]) -> str:
    size = axis["size"]
    return _("all") if size == "all" else _number(size)
