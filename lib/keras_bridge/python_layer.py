"""A layer that is written in Python. Only here is such a text executed, and only in the sandbox."""

from __future__ import annotations

import linecache
from typing import Any, Final

import keras
from keras import layers, ops

from lib.arch.own_python import OwnPython
from lib.errors import UserError, shortened
from lib.i18n import N_
from lib.sandbox import kernel

_FILE: Final = "<layer in Python>"
OUTSIDE: Final = N_("expected a process in the sandbox: Python of a layer runs nowhere else")
BROKEN: Final = N_("expected a class that makes a layer ({problem})")
CHANGED: Final = N_("expected the weights and the shape that were measured; measure it again")


def python_layer(layer: str, code: str, name: str | None = None) -> keras.layers.Layer:
    """The layer that the class `layer` in `code` makes.

    Raises:
        UserError: this process is not in the sandbox, or the code makes no layer.
    """
    if not kernel.inside():
        raise UserError(layer, OUTSIDE)
    # Keras reads the text of functions again, to make graphs of their loops.
    linecache.cache[_FILE] = (len(code), None, code.splitlines(keepends=True), _FILE)
    scope: dict[str, Any] = {"__name__": "own", "keras": keras, "layers": layers, "ops": ops}
    try:
        exec(compile(code, _FILE, "exec"), scope)  # noqa: S102 - what the sandbox is for
        made = scope[layer](name=name) if name else scope[layer]()
    except Exception as error:
        raise UserError(layer, BROKEN, problem=said(error)) from None
    if not isinstance(made, keras.layers.Layer):
        raise UserError(layer, BROKEN, problem=type(made).__name__)
    return made


def expect_as_measured(where: str, made: keras.layers.Layer, own: OwnPython, inputs: tuple[Any, ...],
                       output: Any) -> None:
    """Refuse a layer that is not what was measured of it, for then every count would be wrong.

    Raises:
        UserError: it is not.
    """
    found = own.found(*(tuple(shape) for shape in inputs))
    weights = [(weight.name, tuple(weight.shape), weight.trainable) for weight in made.weights]
    wanted = [(weight.name, weight.shape, weight.trainable) for weight in found.weights]
    if weights != wanted or tuple(output.shape[1:]) != found.output:
        raise UserError(where, CHANGED)


def said(error: Exception) -> str:
    """An error of somebody's code on one line."""
    return shortened(f"{type(error).__name__}: {error}", 300)
