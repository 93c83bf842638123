"""The learning rate of an epoch as a callback plans it: by steps, or by a formula. Imports no Keras."""

from __future__ import annotations

from math import isfinite
from typing import Final

from lib.training.callbacks import LearningRateScheduler, LearningRateStep
from lib.training.numbers import computed
from lib.training.rules import LARGEST_RATE
from lib.training.schedules import checked_rate

EPOCH_NAMES: Final = ("epoch", "epochs", "learning_rate")
"""What the formula of a LearningRateScheduler reads."""


def epoch_rate(callback: LearningRateStep | LearningRateScheduler, epoch: int, rate: float, epochs: int) -> float:
    """The learning rate of `epoch` (counted from 0, as Keras does), from the one before it; that one where the formula
    gives none that can be used."""
    if isinstance(callback, LearningRateStep):
        return callback.rate(epoch, rate)
    values = {"epoch": float(epoch + 1), "epochs": float(epochs), "learning_rate": rate}
    found = float(computed(checked_rate(callback.schedule, EPOCH_NAMES), values))
    return found if isfinite(found) and 0 < found <= LARGEST_RATE else rate
