"""Functions along axes, of matrices and of shapes, in NumPy with exact slopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from lib.formula.functions import EPSILON
from lib.own.dual import Array, Dual, dual, flat, linear

Axes = int | tuple[int, ...] | None


def _softmax(x: Array, axis: Axes) -> Array:
    """Shares of one along `axis`, kept even where the whole of it is at minus infinity."""
    raised = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return np.asarray(raised / np.sum(raised, axis=axis, keepdims=True))


def softmax(x: Any, axis: int = -1) -> Dual:
    """Shares of one along an axis."""
    x = dual(x)
    y = _softmax(x.value, axis)
    return Dual(y, y * (x.slope - np.sum(y * x.slope, axis=axis, keepdims=True)))


def log_softmax(x: Any, axis: int = -1) -> Dual:
    """The logarithms of shares of one along an axis."""
    x = dual(x)
    top = x.value - np.max(x.value, axis=axis, keepdims=True)
    y = top - np.log(np.sum(np.exp(top), axis=axis, keepdims=True))
    return Dual(y, x.slope - np.sum(_softmax(x.value, axis) * x.slope, axis=axis, keepdims=True))


def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Dual:
    """The logarithm of the sum of exponentials."""
    x = dual(x)
    top = np.max(x.value, axis=axis, keepdims=True)
    y = top + np.log(np.sum(np.exp(x.value - top), axis=axis, keepdims=True))
    moved = np.sum(_softmax(x.value, axis) * x.slope, axis=axis, keepdims=keepdims)
    return Dual(y if keepdims else np.asarray(np.squeeze(y, axis=axis)), np.asarray(moved))


def _extreme(find: Callable[..., Array]) -> Callable[..., Dual]:
    """The largest or smallest; where several are equal, the slope is their mean, as in TensorFlow."""

    def computed(x: Any, axis: Axes = None, keepdims: bool = False) -> Dual:
        x = dual(x)
        chosen = x.value == find(x.value, axis=axis, keepdims=True)
        moved = np.sum(chosen * x.slope, axis=axis, keepdims=keepdims) / np.sum(chosen, axis=axis, keepdims=keepdims)
        return Dual(np.asarray(find(x.value, axis=axis, keepdims=keepdims)), np.asarray(moved))

    return computed


def prod(x: Any, axis: Axes = None, keepdims: bool = False) -> Dual:
    """The product; each number's slope times all the others."""
    x = dual(x)
    along = tuple(range(x.value.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    last = tuple(range(-len(along), 0))
    value, slope = (np.moveaxis(part, along, last) for part in (x.value, x.slope))
    outer = value.shape[: value.ndim - len(along)]
    value, slope = value.reshape((*outer, -1)), slope.reshape((*outer, -1))
    ones = np.ones((*outer, 1))
    before = np.concatenate([ones, np.cumprod(value, axis=-1)[..., :-1]], axis=-1)
    after = np.concatenate([np.cumprod(value[..., ::-1], axis=-1)[..., -2::-1], ones], axis=-1)
    y = np.prod(x.value, axis=axis, keepdims=keepdims)
    return Dual(np.asarray(y), np.asarray(np.sum(before * after * slope, axis=-1).reshape(np.shape(y))))


def var(x: Any, axis: Axes = None, keepdims: bool = False) -> Dual:
    """The mean square of the distance from the mean."""
    x = dual(x)
    away = x.value - np.mean(x.value, axis=axis, keepdims=True)
    moved = 2 * np.mean(away * x.slope, axis=axis, keepdims=keepdims)
    return Dual(np.asarray(np.mean(away**2, axis=axis, keepdims=keepdims)), np.asarray(moved))


def std(x: Any, axis: Axes = None, keepdims: bool = False) -> Dual:
    """The root of `var`."""
    square = var(x, axis, keepdims)
    y = np.sqrt(square.value)
    return Dual(y, np.where(square.slope == 0, 0.0, square.slope / (2 * y)))


def normalize(x: Any, axis: int = -1) -> Dual:
    """Every number divided by the length of the vector along an axis."""
    x = dual(x)
    length = np.sqrt(np.sum(x.value**2, axis=axis, keepdims=True))
    scale = np.minimum(1 / length, 1 / EPSILON)
    grown = np.sum(x.value * x.slope, axis=axis, keepdims=True) / length
    moved = np.where(length > EPSILON, -(scale**2) * grown, 0.0)
    return Dual(x.value * scale, x.slope * scale + x.value * moved)


def sort(x: Any, axis: int = -1) -> Dual:
    """The numbers in order along an axis."""
    x = dual(x)
    order = np.argsort(x.value, axis=axis, kind="stable")
    return Dual(np.take_along_axis(x.value, order, axis), np.take_along_axis(x.slope, order, axis))


def _product(multiply: Callable[[Array, Array], Array]) -> Callable[..., Dual]:
    """A product of tensors: the slope of each part times the other."""

    def computed(x1: Any, x2: Any) -> Dual:
        x1, x2 = dual(x1), dual(x2)
        moved = multiply(x1.slope, x2.value) + multiply(x1.value, x2.slope)
        return Dual(np.asarray(multiply(x1.value, x2.value)), np.asarray(moved))

    return computed


def _joined(join: Callable[..., Array]) -> Callable[..., Dual]:
    """Several tensors as one."""

    def computed(xs: Sequence[Any], axis: int) -> Dual:
        parts = [dual(x) for x in xs]
        return Dual(join([part.value for part in parts], axis=axis), join([part.slope for part in parts], axis=axis))

    return computed


_LINEAR: Final[dict[str, Callable[..., Any]]] = {
    "sum": np.sum, "mean": np.mean, "cumsum": np.cumsum, "flip": np.flip, "ravel": np.ravel,
    "reshape": lambda x, newshape: np.reshape(x, newshape), "transpose": np.transpose, "swapaxes": np.swapaxes,
    "expand_dims": np.expand_dims, "squeeze": np.squeeze,
}  # fmt: skip

FUNCTIONS: Final[dict[str, Callable[..., Dual]]] = {
    **{name: linear(function) for name, function in _LINEAR.items()},
    **{name: flat(function) for name, function in (("any", np.any), ("all", np.all), ("argmax", np.argmax),
                                                   ("argmin", np.argmin))},
    "max": _extreme(np.max), "min": _extreme(np.min), "prod": prod, "var": var, "std": std, "logsumexp": logsumexp,
    "softmax": softmax, "log_softmax": log_softmax, "normalize": normalize, "sort": sort,
    "matmul": _product(np.matmul), "dot": _product(np.dot),
    "concatenate": _joined(np.concatenate), "stack": _joined(np.stack),
}  # fmt: skip
"""Under their names in `keras.ops`."""
