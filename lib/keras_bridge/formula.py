"""Formulas on real tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import ops

from lib.formula import Checked, evaluate


def compute(checked: Checked, values: Mapping[str, Any]) -> Any:
    """What the formula gives for these inputs and weights, by their bare names. Gradients flow through it."""
    return evaluate(checked, values, _Functions())


class _Functions:
    """`keras.ops`, but with sums that are those of NumPy.

    Keras 3.15 takes the second term for a bias where it is as long as axis 1 of the first one, and adds it along
    that, as in (batch, 3, 3, 1) + (3,).
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(ops, name)

    def add(self, x1: Any, x2: Any) -> Any:
        """x1 + x2, axes matched from the last one on."""
        if isinstance(x1, float) or isinstance(x2, float) or (len(x2.shape) == 1 and x1.shape[-1:] == x2.shape):
            return ops.add(x1, x2)
        return ops.subtract(x1, ops.negative(x2))
