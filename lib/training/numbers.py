"""Formulas of single numbers, computed with NumPy: where there is no Keras, and between its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import erf, sqrt
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from lib.formula import Checked, evaluate

_SELU: Final = (1.0507009873554805, 1.6732632423543772)


def computed(checked: Checked, values: Mapping[str, Any]) -> Any:
    """What a formula of `lib.formula.scalars` gives: a number, or an array where `values` has one of several.

    Nothing is raised: what cannot be computed is NaN or infinite, and NaN is greater, less and equal to nothing.
    """
    with np.errstate(all="ignore"):
        return evaluate(checked, {name: _decimal(value) for name, value in values.items()}, _NUMBERS)


def _decimal(value: Any) -> Any:
    numbers = np.asarray(value)
    return numbers if numbers.dtype.kind == "f" else numbers.astype(float)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _elu(x: Any, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _gelu(x: Any, approximate: bool = True) -> Any:
    if approximate:
        return 0.5 * x * (1 + np.tanh(sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + _erf(x / sqrt(2)))


def _divide_no_nan(x1: Any, x2: Any) -> Any:
    return np.where(np.equal(x2, 0), 0.0, np.divide(x1, x2))


def _hard_sigmoid(x: Any) -> Any:
    return np.clip(x / 6 + 0.5, 0, 1)


_erf = np.vectorize(erf, otypes=[float])
_SAME: Final = (
    np.absolute, np.exp, np.expm1, np.log, np.log1p, np.log2, np.negative, np.reciprocal, np.sqrt, np.square, np.sin,
    np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.sign, np.round, np.floor, np.ceil, np.zeros_like,
    np.ones_like, np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.floor_divide, np.equal,
    np.not_equal, np.greater, np.greater_equal, np.less, np.less_equal, np.logical_and, np.logical_or, np.logical_not,
    np.where)
_OTHERS: Final[dict[str, Callable[..., Any]]] = {
    "cast": lambda x, dtype: _decimal(x),
    "stop_gradient": lambda x: x,
    "mod": np.mod,
    "power": lambda x1, x2: np.power(x1, x2),
    "clip": lambda x, x_min, x_max: np.clip(x, x_min, x_max),
    "erf": _erf,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x, negative_slope=0.2: np.where(x > 0, x, negative_slope * x),
    "elu": _elu,
    "selu": lambda x: _SELU[0] * _elu(x, _SELU[1]),
    "gelu": _gelu,
    "silu": lambda x: x * _sigmoid(x),
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "sigmoid": _sigmoid,
    "log_sigmoid": lambda x: -np.logaddexp(-x, 0),
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda x: x * _hard_sigmoid(x),
    "divide_no_nan": _divide_no_nan,
}
_NUMBERS: Final = SimpleNamespace(**{function.__name__: function for function in _SAME} | _OTHERS)
"""Every function of formulas that works number by number, under the name of `keras.ops`."""
