"""Numbers with their slopes: NumPy arrays, each with how fast it changes along one direction of the inputs.

What is computed of them carries the slope along by the rules of calculus (forward-mode differentiation), so that it is
that of Keras's gradients: nothing is approximated by differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Dual:
    """A value and its slope, of one shape. True and false and whole numbers have the slope 0."""

    value: Array
    slope: Array

    def __getitem__(self, key: Any) -> Dual:
        return Dual(self.value[key], self.slope[key])


def dual(x: Any, slope: Any = 0.0) -> Dual:
    """`x`, a number or an array, with a slope; one that is a `Dual` as it is."""
    if isinstance(x, Dual):
        return x
    value = np.asarray(x)
    return Dual(value, np.broadcast_to(np.asarray(slope, dtype=np.float64), value.shape))


def each(value: Callable[..., Array], slope: Callable[..., Any]) -> Callable[..., Dual]:
    """A function of each number by itself: `slope` gives its derivative for x and the value that came out."""

    def computed(x: Any, **options: Any) -> Dual:
        x = dual(x)
        y = value(x.value, **options)
        # A slope of nought stays nought where the derivative is infinite.
        moved = np.where(x.slope == 0, 0.0, slope(x.value, y, **options) * x.slope)
        return Dual(y, moved)

    return computed


def linear(function: Callable[..., Array]) -> Callable[..., Dual]:
    """A function that does to the slope what it does to the value."""

    def computed(x: Any, *given: Any, **options: Any) -> Dual:
        x = dual(x)
        return Dual(function(x.value, *given, **options), function(x.slope, *given, **options))

    return computed


def flat(function: Callable[..., Array]) -> Callable[..., Dual]:
    """A function that lets no gradient through."""

    def computed(*arguments: Any, **options: Any) -> Dual:
        return dual(function(*(dual(argument).value for argument in arguments), **options))

    return computed


def pair(value: Callable[[Array, Array], Array], slopes: Callable[[Array, Array, Array], tuple[Any, Any]]) -> Any:
    """A function of two numbers at a time: `slopes` gives its derivatives for both, from them and what came out."""

    def computed(x1: Any, x2: Any) -> Dual:
        x1, x2 = dual(x1), dual(x2)
        y = value(x1.value, x2.value)
        moved = np.zeros(y.shape)
        for x, derivative in zip((x1, x2), slopes(x1.value, x2.value, y), strict=True):
            moved = moved + np.where(x.slope == 0, 0.0, derivative * x.slope)
        return Dual(y, moved)

    return computed
