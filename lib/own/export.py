"""What was made as a file of plain Keras Python, which runs without Blockyard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel

from lib.arch.own_formula import input_names, reads
from lib.formula import to_python
from lib.own.check import checked

Shape = tuple[int, ...]

_HEAD: Final = "import keras\nfrom keras import ops\n\n\n"
_ACTIVATION: Final = '''\
@keras.saving.register_keras_serializable(package="formulas")
def {name}(x):
{body}'''
_FUNCTION: Final = '''\
from keras import ops


def {name}({arguments}):
{first}{body}'''


def exported(kind: str, thing: BaseModel, shape: Shape) -> str:
    """The source of `thing`, which can be used for inputs (or predictions) of this shape.

    Raises:
        UserError: it cannot be used.
    """
    return WRITERS[kind](thing, shape)


def _lambda(thing: Any, shape: Shape) -> str:
    found = checked(thing.formula, shape, kind="lambda")
    names = input_names(max(1, len(found.names) - 1)) if "x1" in found.names else ("x",)
    # The first of several inputs goes by a second name.
    first = "    x = x1\n" if len(names) > 1 and "x" in reads(found) else ""
    return _FUNCTION.format(name=thing.name, arguments=", ".join(names), first=first, body=to_python(found, "    "))


def _activation(thing: Any, shape: Shape) -> str:
    body = to_python(checked(thing.formula, shape, kind="activation"), "    ")
    return _HEAD + _ACTIVATION.format(name=thing.name, body=body)


WRITERS: Final[dict[str, Callable[[Any, Shape], str]]] = {
    "lambda": _lambda,
    "activation": _activation,
}
