"""Every function of formulas in NumPy, under its name in `keras.ops`, with exact slopes; for pictures.

`NUMPY` is a namespace for `lib.formula.evaluate`. Where numbers are not finite it says so as Keras does, with inf and
NaN. Everything is computed in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from math import erf, pi, sqrt
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from lib.formula.functions import EPSILON
from lib.own import axes
from lib.own.dual import Array, Dual, dual, each, flat, pair

_ERF: Final = np.vectorize(erf, otypes=[np.float64])
_SELU_SCALE: Final = 1.0507009873554804934193349852946
_SELU_ALPHA: Final = 1.6732632423543772848170429916717
_GELU: Final = sqrt(2 / pi)


def _sigmoid(x: Array) -> Array:
    return np.asarray(np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x)))))


def _softplus(x: Array) -> Array:
    return np.asarray(np.logaddexp(x, 0.0))


def _hard_sigmoid(x: Array) -> Array:
    return np.asarray(np.clip(x + 3, 0, 6) / 6)


def _elu(x: Array, alpha: float = 1.0) -> Array:
    return np.asarray(np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))))


def _selu(x: Array) -> Array:
    return _SELU_SCALE * _elu(x, _SELU_ALPHA)


def _gelu(x: Array, approximate: bool = True) -> Array:
    bent = np.tanh(_GELU * (x + 0.044715 * x**3)) if approximate else _ERF(x / sqrt(2))
    return np.asarray(0.5 * x * (1 + bent))


def _gelu_slope(x: Array, _y: Array, approximate: bool = True) -> Array:
    if approximate:
        bent = np.tanh(_GELU * (x + 0.044715 * x**3))
        return np.asarray(0.5 * (1 + bent) + 0.5 * x * (1 - bent**2) * _GELU * (1 + 3 * 0.044715 * x**2))
    return np.asarray(0.5 * (1 + _ERF(x / sqrt(2))) + x * np.exp(-(x**2) / 2) / sqrt(2 * pi))


def _leaky(x: Array, negative_slope: float = 0.2) -> Array:
    return np.asarray(np.where(x > 0, x, negative_slope * x))


def _clip(x: Array, x_min: float, x_max: float) -> Array:
    return np.asarray(np.minimum(np.maximum(x, x_min), x_max))


def _round(x: Array) -> Array:
    return np.asarray(np.round(x))


def _power(x1: Any, x2: float) -> Dual:
    if x2 == 0:
        return flat(np.ones_like)(x1)
    return each(lambda x: np.asarray(x**x2), lambda x, _y: x2 * x ** (x2 - 1))(x1)


def _divide_no_nan(x1: Array, x2: Array) -> Array:
    return np.asarray(np.where(x2 == 0, 0.0, x1 / np.where(x2 == 0, 1.0, x2)))


def _where(condition: Any, x1: Any, x2: Any) -> Dual:
    chosen, x1, x2 = dual(condition).value, dual(x1), dual(x2)
    return Dual(np.where(chosen, x1.value, x2.value), np.where(chosen, x1.slope, x2.slope))


def _ties(mine: Array) -> Array:
    """Of two equal numbers the first one is taken."""
    return np.asarray(mine, dtype=np.float64)


_EACH: Final = {
    "absolute": each(np.abs, lambda x, _y: np.sign(x)),
    "erf": each(_ERF, lambda x, _y: 2 / sqrt(pi) * np.exp(-(x**2))),
    "exp": each(np.exp, lambda _x, y: y),
    "expm1": each(np.expm1, lambda x, _y: np.exp(x)),
    "log": each(np.log, lambda x, _y: 1 / x),
    "log1p": each(np.log1p, lambda x, _y: 1 / (1 + x)),
    "log2": each(np.log2, lambda x, _y: 1 / (x * np.log(2))),
    "negative": each(np.negative, lambda _x, _y: -1.0),
    "reciprocal": each(lambda x: 1 / x, lambda _x, y: -(y**2)),
    "rsqrt": each(lambda x: 1 / np.sqrt(x), lambda _x, y: -0.5 * y**3),
    "sqrt": each(np.sqrt, lambda _x, y: 0.5 / y),
    "square": each(np.square, lambda x, _y: 2 * x),
    "sin": each(np.sin, lambda x, _y: np.cos(x)),
    "cos": each(np.cos, lambda x, _y: -np.sin(x)),
    "tan": each(np.tan, lambda _x, y: 1 + y**2),
    "arctan": each(np.arctan, lambda x, _y: 1 / (1 + x**2)),
    "sinh": each(np.sinh, lambda x, _y: np.cosh(x)),
    "cosh": each(np.cosh, lambda x, _y: np.sinh(x)),
    "tanh": each(np.tanh, lambda _x, y: 1 - y**2),
    "relu": each(lambda x: np.maximum(x, 0.0), lambda x, _y: x > 0),
    "relu6": each(lambda x: np.clip(x, 0.0, 6.0), lambda x, _y: (x > 0) & (x < 6)),
    "selu": each(_selu, lambda x, y: np.where(x > 0, _SELU_SCALE, y + _SELU_SCALE * _SELU_ALPHA)),
    "silu": each(lambda x: x * _sigmoid(x), lambda x, _y: _sigmoid(x) * (1 + x * _sigmoid(-x))),
    "softplus": each(_softplus, lambda x, _y: _sigmoid(x)),
    "softsign": each(lambda x: x / (1 + np.abs(x)), lambda x, _y: 1 / (1 + np.abs(x)) ** 2),
    "sigmoid": each(_sigmoid, lambda x, y: y * _sigmoid(-x)),
    "log_sigmoid": each(lambda x: -_softplus(-x), lambda x, _y: _sigmoid(-x)),
    "hard_sigmoid": each(_hard_sigmoid, lambda x, _y: (np.abs(x) < 3) / 6),
    "hard_silu": each(lambda x: x * _hard_sigmoid(x), lambda x, _y: _hard_sigmoid(x) + x * (np.abs(x) < 3) / 6),
    "leaky_relu": each(_leaky, lambda x, _y, negative_slope=0.2: np.where(x > 0, 1.0, negative_slope)),
    "elu": each(_elu, lambda x, _y, alpha=1.0: np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))),
    "gelu": each(_gelu, _gelu_slope),
    "clip": each(_clip, lambda x, _y, x_min, x_max: (x >= x_min) & (x <= x_max)),
    "power": _power,
}  # fmt: skip

_FLAT: Final[dict[str, Callable[..., Any]]] = {
    "sign": np.sign, "round": _round, "floor": np.floor, "ceil": np.ceil, "stop_gradient": np.asarray,
    "zeros_like": np.zeros_like, "ones_like": np.ones_like, "floor_divide": lambda x1, x2: np.floor(x1 / x2),
    "equal": np.equal, "not_equal": np.not_equal, "greater": np.greater, "greater_equal": np.greater_equal,
    "less": np.less, "less_equal": np.less_equal, "logical_and": np.logical_and, "logical_or": np.logical_or,
    "logical_not": np.logical_not,
}  # fmt: skip

_PAIRS: Final = {
    "add": pair(np.add, lambda _a, _b, _y: (1.0, 1.0)),
    "subtract": pair(np.subtract, lambda _a, _b, _y: (1.0, -1.0)),
    "multiply": pair(np.multiply, lambda a, b, _y: (b, a)),
    "divide": pair(np.divide, lambda _a, b, y: (1 / b, -y / b)),
    "divide_no_nan": pair(_divide_no_nan, lambda a, b, y: (_divide_no_nan(np.ones_like(a), b), -_divide_no_nan(y, b))),
    "mod": pair(np.mod, lambda a, b, _y: (1.0, -np.floor(a / b))),
    "maximum": pair(np.maximum, lambda a, b, _y: (_ties(a >= b), _ties(a < b))),
    "minimum": pair(np.minimum, lambda a, b, _y: (_ties(a <= b), _ties(a > b))),
}


def _binary(target: Any, output: Any, from_logits: bool = False) -> Dual:
    do = NUMPY
    if from_logits:
        return dual(do.subtract(do.softplus(output), do.multiply(target, output)))
    inside = do.clip(output, x_min=EPSILON, x_max=1 - EPSILON)
    right = do.multiply(target, do.log(inside))
    wrong = do.multiply(do.subtract(1.0, target), do.log(do.subtract(1.0, inside)))
    return dual(do.negative(do.add(right, wrong)))


def _categorical(target: Any, output: Any, from_logits: bool = False) -> Dual:
    do = NUMPY
    if from_logits:
        logs = do.log_softmax(output, axis=-1)
    else:
        share = do.divide(output, do.sum(output, axis=-1, keepdims=True))
        logs = do.log(do.clip(share, x_min=EPSILON, x_max=1 - EPSILON))
    return dual(do.negative(do.sum(do.multiply(target, logs), axis=-1)))


def _cast(x: Any, _dtype: str) -> Dual:
    return dual(np.asarray(dual(x).value, dtype=np.float64))


NUMPY: Final = SimpleNamespace(
    **_EACH, **{name: flat(function) for name, function in _FLAT.items()}, **_PAIRS, **axes.FUNCTIONS, where=_where,
    binary_crossentropy=_binary, categorical_crossentropy=_categorical, cast=_cast,
)  # fmt: skip
