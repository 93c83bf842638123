"""Judging a model on images that it did not learn from."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lib.training.steps import Images, Labels, judging_step

BATCH: Final = 256


@dataclass(frozen=True)
class Judgement:
    """What a model makes of a set of images.

    Attributes:
        loss: the mean, with the penalties of regularizers.
        accuracy: share of images whose class was told right.
        predicted: the class told for each image, (images,).
    """

    loss: float
    accuracy: float
    predicted: NDArray[np.int32]


class Judge:
    """Judges `model` on one set of images after another; compiled at the first.

    Args:
        batch_size: that of the training; judging takes at least 256 at a time.
    """

    def __init__(self, model: keras.Model, batch_size: int = BATCH) -> None:
        self._model = model
        self._batch = max(BATCH, batch_size)
        self._step: Callable[[Any, Any], tuple[Any, Any]] | None = None

    def __call__(self, images: Images, labels: Labels,
                 give_up: Callable[[], bool] = lambda: False) -> Judgement | None:
        """The judgement on all images, or None if `give_up()` became true; it is asked at every batch.

        Args:
            images: uint8, (all, height, width, channels).
            labels: class numbers, (all,).
        """
        self._step = self._step or judging_step(self._model)
        total, told = 0.0, []
        for first in range(0, len(labels), self._batch):
            part = slice(first, first + self._batch)
            loss, predicted = self._step(tf.constant(images[part]), tf.constant(labels[part].astype(np.int32)))
            total += float(loss)
            told.append(predicted.numpy())
            if give_up():
                return None
        predicted = np.concatenate(told)
        penalty = sum(float(loss) for loss in self._model.losses)
        return Judgement(total / len(labels) + penalty, float(np.mean(predicted == labels)), predicted)


def within(seconds: float) -> Callable[[], bool]:
    """A function that becomes true after `seconds`."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


def confusion(labels: Labels, predicted: NDArray[np.int32], classes: int) -> NDArray[np.int64]:
    """How often images of each class (row) were told to be of each class (column), (classes, classes)."""
    pairs = np.asarray(labels, np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class(matrix: NDArray[np.int64]) -> list[float | None]:
    """The share of each class's images that were told right; None for a class without images."""
    return [float(row[index] / row.sum()) if row.sum() else None for index, row in enumerate(matrix)]
