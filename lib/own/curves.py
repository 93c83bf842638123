"""Pictures of formulas as numbers: an activation with its derivative, a loss over what is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lib.formula import Checked, Tensor, check, evaluate, shapes
from lib.formula.language import Formula
from lib.formula.tensor import elements, per_example
from lib.formula.values import Applied, AsFloat, Item, Value
from lib.own.dual import Dual, dual
from lib.own.numbers import NUMPY

POINTS: Final = 401
MOST_CHANNELS: Final = 16
_MOST_NUMBERS: Final = 2_000_000
_EACH_BY_ITSELF: Final = (shapes.same, shapes.broadcast, shapes.alike)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Points of a function and its derivative; what is not finite is NaN.

    `channels` is 1 where each number is computed by itself. Otherwise the first of so many channels goes along `x`
    while the others are 0, and `y` is the first channel of the result.
    """

    x: Numbers
    y: Numbers
    slope: Numbers
    channels: int


@dataclass(frozen=True)
class LossCurve:
    """The loss of one example over `p`, what is predicted for its class.

    With one output `right` is the loss where the truth is 1, `wrong` where it is 0. With several, the rest of `p` is
    spread evenly over the other classes, and there is no `wrong`.
    """

    p: Numbers
    right: Numbers
    wrong: Numbers | None
    classes: int


def by_itself(checked: Checked) -> bool:
    """Whether the formula computes every number from the same number of its input alone."""
    return all(_by_itself(value) for _name, value in checked.lines)


def activation_curve(formula: Formula, channels: int, low: float, high: float, points: int = POINTS) -> Curve | None:
    """An activation and its derivative between `low` and `high`; None where it has no picture: too large.

    Raises:
        FormulaError: it cannot be computed for vectors of one number, or of so many channels.
    """
    if by_itself(checked := check(formula, {"x": per_example((channels,))})):
        channels, checked = 1, check(formula, {"x": per_example((1,))})
    else:
        channels = min(channels, MOST_CHANNELS)
        checked = check(formula, {"x": per_example((channels,))})
    if not _affordable(checked, points):
        return None
    x = np.linspace(low, high, points)
    value, slope = np.zeros((points, channels)), np.zeros((points, channels))
    value[:, 0], slope[:, 0] = x, 1
    found = computed(checked, {"x": Dual(value, slope)})
    y, moved = (np.broadcast_to(part, (points, *found.value.shape[1:])).reshape((points, -1))[:, 0]
                for part in (found.value.astype(np.float64), found.slope))
    return Curve(x, _finite(y), _finite(moved), channels)


def loss_curve(formula: Formula, classes: int, points: int = 101) -> LossCurve | None:
    """A loss over predictions from 0 to 1, both ends left out; None where it has no picture: too large.

    Raises:
        FormulaError: it cannot be computed for so many outputs.
    """
    size = per_example((classes,))
    checked = check(formula, {"y_true": size, "y_pred": size}, batch="free")
    if not _affordable(checked, 1):
        return None
    p = np.linspace(0, 1, points + 2)[1:-1]
    if classes == 1:
        right, wrong = (np.array([_loss(checked, [truth], [one]) for one in p]) for truth in (1.0, 0.0))
        return LossCurve(p, _finite(right), _finite(wrong), classes)
    truth = [1.0] + [0.0] * (classes - 1)
    losses = [_loss(checked, truth, [one] + [(1 - one) / (classes - 1)] * (classes - 1)) for one in p]
    return LossCurve(p, _finite(np.array(losses)), None, classes)


def computed(checked: Checked, values: dict[str, Any]) -> Dual:
    """The result of a formula for these numbers, with its slope."""
    with np.errstate(all="ignore"):
        return dual(evaluate(checked, values, NUMPY))


def _loss(checked: Checked, truth: list[float], predicted: list[float]) -> float:
    values = {"y_true": dual(np.array([truth])), "y_pred": dual(np.array([predicted]))}
    with np.errstate(all="ignore"):
        return float(np.mean(computed(checked, values).value))


def _affordable(checked: Checked, points: int) -> bool:
    return points * sum(_size(value.tensor) for _name, line in checked.lines for value in _inside(line)) < _MOST_NUMBERS


def _size(tensor: Tensor) -> int:
    return elements(tensor.shape)


def _inside(value: Value) -> list[Value]:
    parts: tuple[Value, ...] = ()
    if isinstance(value, AsFloat | Item):
        parts = (value.value,)
    elif isinstance(value, Applied):
        parts = value.values
    return [value, *(inner for part in parts for inner in _inside(part))]


def _by_itself(value: Value) -> bool:
    return all(not isinstance(inner, Item) and (not isinstance(inner, Applied)
               or inner.function.shape in _EACH_BY_ITSELF) for inner in _inside(value))


def _finite(numbers: Any) -> Numbers:
    found = np.asarray(numbers, dtype=np.float64)
    return np.where(np.isfinite(found), found, np.nan)
