"""Whether what somebody wrote or brings can be used: a formula, or a file, is accepted or refused as on its page.

Imports little, for an answer without delay.
"""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from lib.commands.arguments import content, shape
from lib.commands.check_files import CHECKS, check_file
from lib.commands.output import Commands, add, print_json, print_table
from lib.errors import UserError
from lib.formula import Checked, Tensor, to_python, weight
from lib.formula.language import MOST_CHARACTERS
from lib.i18n import N_, _
from lib.own.check import KINDS, checked

EXPRESSION: Final = "expression"
DEFAULT_SHAPE: Final = "8"
MOST_FREE_WEIGHTS: Final = 4
_WEIGHT: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(?:=\s*([0-9]{1,7}(?:x[0-9]{1,7})*)\s*)?")


def add_to(commands: Commands) -> None:
    """Make the command known."""
    checking = add(commands, "check", check, _("Whether a formula or a file can be used, and what is in it"))
    checking.add_argument("kind", choices=(EXPRESSION, *CHECKS), metavar="KIND", help=_(
        "what the file holds: expression (a formula), arch_json (a network), recipe, npz or zip (a data set), weights "
        "or h5 (weights for a network), keras (a model of Keras)"))
    checking.add_argument("file", metavar="FILE", help=_("the file"))
    checking.add_argument("--input-shape", metavar="28,28,1", default=DEFAULT_SHAPE,
                          help=_("the shape of every input, of y_true and of y_pred, without the batch"))
    checking.add_argument("--as", dest="kind_of_use", choices=tuple(KINDS),
                          help=_("what it is to be used as; without it, whatever a formula can be"))
    checking.add_argument("--weights", metavar="w=8x4,b", default="",
                          help=_("the weights with their shapes; one without a shape takes whichever fits"))


def check(given: Namespace) -> int:
    """Say whether the file can be used as what it is said to hold."""
    return check_expression(given) if given.kind == EXPRESSION else check_file(given)


def check_expression(given: Namespace) -> int:
    """Say what comes out of the formula in the file. A formula that reads y_true or y_pred is a loss or a metric."""
    text = content(Path(given.file), MOST_CHARACTERS).decode("utf-8", errors="replace")
    found = checked(text, _sizes(given.input_shape), _weights(given.weights), given.kind_of_use)
    if given.json:
        print_json(_found(found))
    else:
        _print(found)
    return 0


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(size for size in shape(text) if size is not None and size >= 1)
    if len(sizes) < len(text.split(",")):
        raise UserError("--input-shape", N_("expected sizes of at least 1"), text)
    return sizes


def _weights(text: str) -> dict[str, Tensor | None]:
    """The weights in "w=8x4,b"; one without a shape is None."""
    found: dict[str, Tensor | None] = {}
    for entry in text.split(",") if text.strip() else []:
        match = _WEIGHT.fullmatch(entry)
        sizes = tuple(map(int, match[2].split("x"))) if match and match[2] else None
        if match is None or match[1] in found or (sizes and min(sizes) < 1):
            raise UserError("--weights", N_("expected names with or without a shape, as in w=8x4,b"), entry)
        found[match[1]] = None if sizes is None else weight(sizes)
    if list(found.values()).count(None) > MOST_FREE_WEIGHTS:
        raise UserError("--weights", N_("expected at most {most} weights without a shape"), text,
                        most=MOST_FREE_WEIGHTS)  # fmt: skip
    return found


def _found(checked: Checked) -> dict[str, Any]:
    return {
        "shape": [size if isinstance(size, int) else str(size) for size in checked.result.shape],
        "dtype": checked.result.dtype,
        "reads": {name: str(tensor) for name, tensor in checked.names.items()},
        "functions": sorted(checked.functions),
        "differentiable": sorted(checked.differentiable),
        "not_differentiable": {name: str(reason) for name, reason in checked.why_not.items()},
        "python": to_python(checked),
    }


def _print(checked: Checked) -> None:
    rows = [(_("result"), f"{checked.result} ({checked.result.dtype})")]
    for name, tensor in checked.names.items():
        flows = _("a gradient reaches it") if name in checked.differentiable else str(checked.why_not.get(name, ""))
        rows.append((name, f"{tensor}: {flows}".rstrip(": ")))
    rows.append((_("functions"), ", ".join(sorted(checked.functions)) or "-"))
    print_table((_("what"), _("found")), rows)
