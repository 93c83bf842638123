"""What a network needs of memory when it predicts, and how much it computes for what it moves.

The conventions are those of `docs/counting.md`: float32, and nothing of what a framework adds.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from lib.arch.analyse import BYTES_PER_VALUE, Analysis, Layer
from lib.arch.block import FreeShape


class Work(NamedTuple):
    """Multiply-adds for one example, and the values that are read and written for them: weights, inputs, outputs."""

    macs: int
    values: int

    @property
    def intensity(self) -> float:
        """Multiply-adds for each byte that is moved."""
        return self.macs / (self.values * BYTES_PER_VALUE) if self.values else 0.0


def size_of(shape: FreeShape) -> int | None:
    """How many values a shape has; None where a size is free."""
    return None if None in shape else prod(shape)  # type: ignore[arg-type]


def work(layers: Iterable[Layer]) -> Work | None:
    """What `layers` compute and move, each at every call; None where a size is free."""
    macs = values = 0
    for layer in layers:
        if layer.cost.at_least:
            return None
        macs += layer.cost.macs
        values += layer.parameters_used
        for shape in (*layer.input_shapes, layer.output_shape):
            size = size_of(shape)
            if size is None:
                return None
            values += size
    return Work(macs, values)


def prediction_memory(analysis: Analysis, batch_size: int = 1) -> int | None:
    """Bytes for `batch_size` examples at once: the weights, and the largest sum of tensors alive at one time.

    None where that is not known: with a mistake or a free size.
    """
    if analysis.peak_activations is None:
        return None
    return BYTES_PER_VALUE * (analysis.total.parameters + batch_size * analysis.peak_activations)
