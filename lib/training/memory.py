"""What a training keeps in memory, by arithmetic alone: imports no Keras, for the web process asks it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from lib.arch import Analysis, Architecture, Layer
from lib.arch.analyse import BYTES_PER_VALUE
from lib.arch.block import Weight
from lib.arch.footprint import size_of
from lib.training.optimizer import Optimizer


def slots(layers: Iterable[Layer], optimizer: Optimizer) -> int:
    """How many numbers `optimizer` keeps for the weights that `layers` own and train."""
    return sum([_slots(optimizer, layer.id, layer.weights) for layer in layers if layer.cost.trainable])


def training_memory(architecture: Architecture, analysis: Analysis, optimizer: Optimizer, batch_size: int,
                    half: bool = False) -> int:
    """Bytes for a step on `batch_size` examples: weights, gradients, the optimizer's slots, the batch and every
    layer's output. What is known of it, where the analysis knows only a part.

    Args:
        half: whether layers compute in numbers of half the size.
    """
    inputs = sum(size_of(shape) or 0 for shape in architecture.inputs.values())
    total = analysis.total
    kept = total.parameters + total.trainable + slots(analysis.layers, optimizer)
    return BYTES_PER_VALUE * (kept + batch_size * (inputs + total.activations // (1 + half)))


@lru_cache(maxsize=8192)
def _slots(optimizer: Optimizer, layer: str, weights: tuple[Weight, ...]) -> int:
    return sum(optimizer.slots(f"{layer}/{weight.name}", weight.shape) for weight in weights if weight.trainable)
