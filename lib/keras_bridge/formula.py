"""Formulas on real tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import ops

from lib.formula import Checked, evaluate


def compute(checked: Checked, values: Mapping[str, Any]) -> Any:
    """What the formula gives for these inputs and weights, by their bare names. Gradients flow through it."""
    return evaluate(checked, values, ops)
