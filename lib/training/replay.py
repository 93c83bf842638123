"""What a callback would have done in a training that is known: Keras's own decisions, on the numbers of its epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lib.training.callbacks import EarlyStopping, ReduceLROnPlateau

Rows = Sequence[Mapping[str, Any]]


class Stop(NamedTuple):
    """A training that is ended early: after `epoch`, the best epoch and its value, counted from 1."""

    epoch: int
    best_epoch: int
    best: float


class Reduction(NamedTuple):
    """The learning rate falls after `epoch`, counted from 1."""

    epoch: int
    before: float
    after: float


@dataclass
class _Watch:
    """What both callbacks do with the monitored value."""

    mode: str
    min_delta: float
    best: float | None = None

    def better(self, value: float, than: float | None) -> bool:
        """Whether `value` is an improvement, as `keras.callbacks.MonitorCallback` says: its numbers are float32."""
        if than is None:
            return True
        if self.mode == "max":
            return bool(np.float32(value - abs(self.min_delta)) > np.float32(than))
        return bool(np.float32(value + abs(self.min_delta)) < np.float32(than))


def early_stop(config: EarlyStopping, rows: Rows) -> Stop | None:
    """When `config` would have ended the training whose epochs are `rows`; None: not by their end.

    As `keras.callbacks.EarlyStopping`: epochs without the monitored value and those before `start_from_epoch` do not
    count, and the first epoch never ends a training.

    Args:
        config: the callback, its mode "min" or "max"; see `Recipe.decided`.
        rows: from the first epoch on, each with its logs by name.
    """
    watch = _Watch(config.mode, config.min_delta)
    wait = best_epoch = 0
    for epoch, row in enumerate(rows):
        value = row.get(config.monitor)
        if value is None or epoch < config.start_from_epoch:
            continue
        wait += 1
        if watch.better(value, watch.best):
            watch.best, best_epoch = value, epoch
            if config.baseline is None or watch.better(value, config.baseline):
                wait = 0
            continue
        if wait >= config.patience and epoch > 0:
            return Stop(epoch + 1, best_epoch + 1, watch.best if watch.best is not None else value)
    return None


def reductions(config: ReduceLROnPlateau, rows: Rows, learning_rate: float) -> list[Reduction]:
    """When `config` would have lowered the learning rate in the training whose epochs are `rows`.

    As `keras.callbacks.ReduceLROnPlateau` on the same logs; with another learning rate the numbers of the epochs after
    the first reduction would have been others.

    Args:
        config: the callback, its mode "min" or "max"; see `Recipe.decided`.
        rows: from the first epoch on, each with its logs by name.
        learning_rate: at the beginning.
    """
    watch = _Watch(config.mode, config.min_delta)
    wait = cooldown = 0
    rate, found = float(np.float32(learning_rate)), []
    for epoch, row in enumerate(rows):
        value = row.get(config.monitor)
        if value is None:
            continue
        if cooldown > 0:
            cooldown, wait = cooldown - 1, 0
        if watch.better(value, watch.best):
            watch.best, wait = value, 0
        elif cooldown == 0:
            wait += 1
            if wait >= config.patience and rate > np.float32(config.min_lr):
                before, rate = rate, float(np.float32(max(rate * config.factor, config.min_lr)))
                found.append(Reduction(epoch + 1, before, rate))
                cooldown, wait = config.cooldown, 0
    return found
