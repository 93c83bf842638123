"""Commands about architectures: the presets, their code."""

from __future__ import annotations

from argparse import Namespace

from lib.arch import Architecture, analyse, presets
from lib.arch.code import Style
from lib.arch.code.keras_json import strangers
from lib.arch.export import model_script
from lib.commands import given as read
from lib.commands.output import print_json, print_table, tell, written
from lib.i18n import _
from lib.training.check import check
from lib.training.recipe import Recipe
from lib.training.script import training_script


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
    """The training script, or the model alone, on standard output or in a file."""
    recipe = read.recipe(given)
    code = _code(read.fitted(given.architecture, recipe), recipe, given.style, given.model)
    if given.output is not None:
        written(given.output, code.encode())
        tell(_("Written: {file}").format(file=given.output))
    if given.json:
        print_json({"file": given.output} if given.output is not None else {"script": code})
    elif given.output is None:
        print(code, end="")
    return 0


def _code(architecture: Architecture, recipe: Recipe, style: Style, alone: bool) -> str:
    """What is exported; what should be known of it is told."""
    if style == "keras-json":
        if names := strangers(architecture):
            tell(_("Keras alone cannot load this: {names} compute formulas, whose layers are Blockyard's.").format(
                names=", ".join(names)))
        return model_script(architecture, style)
    problems = () if alone or analyse(architecture).problems else check(architecture, recipe)
    if problems:
        tell(_("The model alone, for the recipe does not fit it. {problem}").format(problem=problems[0]))
    if alone or problems:
        return model_script(architecture, style)
    return training_script(architecture, recipe, style=style)
