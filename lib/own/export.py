"""What was made as a file of plain Keras Python, which runs without Blockyard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel

from lib.arch import Architecture, presets
from lib.arch.export_layer import layer_class
from lib.arch.own_formula import input_names, reads
from lib.arch.python_code import TAKEN, free_name
from lib.formula import to_python
from lib.own.check import checked, input_count
from lib.training.recipe import Recipe
from lib.training.rules import Rule
from lib.training.script_own import loss_code, metric_code
from lib.training.script_rules import rule_code
from lib.training.script_schedule import schedule_code

Shape = tuple[int, ...]

_IMPORTS: Final = {"keras": "import keras", "np": "import numpy as np", "ops": "from keras import ops",
                    "layers": "from keras import layers"}
_ACTIVATION: Final = '''\
@keras.saving.register_keras_serializable(package="formulas")
def {name}(x):
{body}'''
_FUNCTION: Final = '''\
def {name}({arguments}):
{first}{body}'''


def exported(kind: str, thing: BaseModel, shape: Shape, network: Architecture | None = None) -> str:
    """The source of `thing`, which `lib.own.verdict.judged` accepts with this shape and network.

    Raises:
        UserError: it cannot be used.
    """
    code = _rule(thing, network) if isinstance(thing, Rule) else WRITERS[kind](thing, shape)
    needed = [line for name, line in _IMPORTS.items() if re.search(rf"\b{name}\.", code)]
    return "\n".join([*needed, "", "", code])


def _free(thing: Any) -> str:
    """Its name, or one close to it where Python or Keras mean something else by it."""
    return free_name(thing.name, set(TAKEN))


def _lambda(thing: Any, shape: Shape) -> str:
    found = checked(thing.formula, shape, kind="lambda")
    names = input_names(input_count(thing.formula))
    # The first of several inputs goes by a second name.
    first = "    x = x1\n" if len(names) > 1 and "x" in reads(found) else ""
    return _FUNCTION.format(name=_free(thing), arguments=", ".join(names), first=first, body=to_python(found, "    "))


def _activation(thing: Any, shape: Shape) -> str:
    body = to_python(checked(thing.formula, shape, kind="activation"), "    ")
    return _ACTIVATION.format(name=_free(thing), body=body)


def _layer(thing: Any, shape: Shape) -> str:
    return layer_class(_free(thing), thing, (shape,) * input_count(thing.call))


def _python(thing: Any, _shape: Shape) -> str:
    return str(thing.code).strip("\n") + "\n"


def _loss(thing: Any, shape: Shape) -> str:
    return loss_code(thing, shape[-1], set(TAKEN)).code


def _metric(thing: Any, shape: Shape) -> str:
    return metric_code(thing, shape[-1], set(TAKEN)).code


def _rule(rule: Rule, network: Architecture | None) -> str:
    return rule_code(network or presets.load(presets.DEFAULT), Recipe(rules=(rule,)), str, set(TAKEN)).code


def _schedule(thing: Any, _shape: Shape) -> str:
    return schedule_code(Recipe(schedule=thing), 1, set(TAKEN)).code


WRITERS: Final[dict[str, Callable[[Any, Shape], str]]] = {
    "lambda": _lambda,
    "activation": _activation,
    "layer": _layer,
    "python": _python,
    "loss": _loss,
    "metric": _metric,
    "rule": lambda rule, _shape: _rule(rule, None),
    "schedule": _schedule,
}
