"""A metric on three small batches of made-up answers, to show what a mean over batches makes of it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.own.check import checked
from lib.own.curves import computed
from lib.own.dual import dual

SIZES: Final = (48, 32, 8)
_MOST_CLASSES: Final = 100
_SEED: Final = 11


class Sample(NamedTuple):
    """The metric on each batch, the mean of those, and on all images together; what is not finite is NaN."""

    batches: tuple[float, ...]
    mean: float
    together: float


def batches(classes: int) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(y_true, y_pred) of each batch: one-hot rows and softmax rows of a network that is right more often than not."""
    chance = np.random.default_rng(_SEED)
    found = []
    for size in SIZES:
        truth = np.eye(classes)[chance.integers(0, classes, size)]
        raised = np.exp(chance.normal(size=(size, classes)) + 3 * truth)
        found.append((truth, raised / raised.sum(axis=-1, keepdims=True)))
    return found


def metric_sample(formula: str, classes: int) -> Sample:
    """The metric `formula` on made-up answers; many classes are shown by fewer.

    Raises:
        FormulaError: it cannot be computed for so many classes.
    """
    classes = min(classes, _MOST_CLASSES)
    made = batches(classes)
    each = tuple(_value(formula, classes, *batch) for batch in made)
    together = _value(formula, classes, *(np.concatenate(part) for part in zip(*made, strict=True)))
    return Sample(each, sum(each) / len(each), together)


def _value(formula: str, classes: int, truth: NDArray[np.float64], answer: NDArray[np.float64]) -> float:
    found = computed(checked(formula, (classes,), kind="metric"), {"y_true": dual(truth), "y_pred": dual(answer)})
    value = np.mean(found.value)
    return float(value) if np.isfinite(value) else float("nan")
