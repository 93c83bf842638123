"""Commands about architectures: their bill, the presets, their code."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from lib.arch import Analysis, Architecture, analyse, presets
from lib.arch.block import shown
from lib.arch.export import model_script
from lib.commands import given as read
from lib.commands.output import print_json, print_table, tell
from lib.errors import UserError
from lib.i18n import N_, _
from lib.training.check import check
from lib.training.script import training_script


def count(given: Namespace) -> int:
    """The bill of an architecture: one row a node."""
    architecture = read.architecture(given.architecture)
    if given.input_shape is not None:
        shape = read.shape(given.input_shape)
        architecture = replace(architecture, inputs=dict.fromkeys(architecture.inputs, shape))
    analysis = analyse(architecture)
    if analysis.problems:
        raise analysis.problems[0]
    if given.json:
        print_json(_bill(architecture, analysis))
    else:
        _print_bill(architecture, analysis)
    return 0


def list_presets(given: Namespace) -> int:
    """The presets with what they cost."""
    found = [presets.get(name) for name in presets.names()]
    totals = [analyse(preset.architecture).total for preset in found]
    if given.json:
        print_json([{"name": preset.name, "title": preset.title, "parameters": total.parameters, "macs": total.macs,
                     "published": preset.published, "source": preset.source}
                    for preset, total in zip(found, totals, strict=True)])
        return 0
    rows = [(preset.name, preset.title, f"{total.parameters:,}", f"{total.macs:,}", preset.source)
            for preset, total in zip(found, totals, strict=True)]
    print_table((_("name"), _("title"), _("parameters"), _("MACs"), _("source")), rows, frozenset({2, 3}))
    return 0


def export(given: Namespace) -> int:
    """The training script, on standard output or in a file."""
    recipe = read.recipe(given)
    architecture = read.fitted(given.architecture, recipe)
    problems = () if analyse(architecture).problems else check(architecture, recipe)
    if problems:
        tell(_("The model alone, for the recipe does not fit it. {problem}").format(problem=problems[0]))
        script = model_script(architecture)
    else:
        script = training_script(architecture, recipe)
    if given.output is not None:
        try:
            Path(given.output).write_text(script, encoding="utf-8")
        except OSError as error:
            raise UserError(given.output or "--output", N_("expected a file that can be written ({problem})"),
                            problem=error.strerror or str(error)) from None
        tell(_("Written: {file}").format(file=given.output))
    if given.json:
        print_json({"file": given.output} if given.output is not None else {"script": script})
    elif given.output is None:
        print(script, end="")
    return 0


def _bill(architecture: Architecture, analysis: Analysis) -> dict[str, object]:
    total = analysis.total
    return {
        "name": architecture.name,
        "parameters": {"total": total.parameters, "trainable": total.trainable, "non_trainable": total.non_trainable},
        "macs": total.macs,
        "layers": [{"id": report.id, "block": report.block.name, "output_shape": report.output_shape,
                    "parameters": report.parameters, "macs": report.macs} for report in analysis.nodes.values()],
    }


def _print_bill(architecture: Architecture, analysis: Analysis) -> None:
    rows = [(report.id, report.block.name, shown(report.output_shape), f"{report.parameters:,}", f"{report.macs:,}")
            for report in analysis.nodes.values()]
    total = analysis.total
    rows.append((_("total"), "", "", f"{total.parameters:,}", f"{total.macs:,}"))
    print(architecture.name)
    print_table((_("layer"), _("block"), _("output shape"), _("parameters"), _("MACs")), rows, frozenset({3, 4}))
    print(_("{trainable} trainable, {fixed} not trainable").format(
        trainable=f"{total.trainable:,}", fixed=f"{total.non_trainable:,}"))
