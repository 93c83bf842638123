"""Judging a model on images that it did not learn from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lib.data import Dataset
from lib.training.live import plain
from lib.training.recipe import Recipe
from lib.training.steps import Images, Labels, Measures, judging_step

BATCH: Final = 128


def batch_of(recipe: Recipe) -> int:
    """Images to judge at a time: at least 128, but where a number depends on how they are divided into batches."""
    divided = recipe.loss.whole_batch or any(getattr(metric, "over", "") == "batches" for metric in recipe.all_metrics)
    return recipe.batch_size if divided else max(BATCH, recipe.batch_size)


@dataclass(frozen=True)
class Judgement:
    """What a model makes of a set of images.

    Attributes:
        loss: the mean, with the penalties of regularizers.
        accuracy: share of images whose class was told right.
        predicted: the class told for each image, (images,).
        metrics: what was measured besides, by its name; None where it is not finite.
    """

    loss: float
    accuracy: float
    predicted: NDArray[np.int32]
    metrics: dict[str, float | None]


class Judge:
    """Judges `model` on one set of images after another; compiled at the first.

    Args:
        measures: what is measured besides loss and accuracy.
        batch_size: images at a time.
    """

    def __init__(self, model: keras.Model, measures: Measures, batch_size: int) -> None:
        self._model = model
        self._measures = measures
        self._batch = batch_size
        self._step: Callable[[Any, Any], tuple[Any, Any]] | None = None

    def __call__(self, images: Images, labels: Labels,
                 give_up: Callable[[], bool] = lambda: False) -> Judgement | None:
        """The judgement on all images, or None if `give_up()` became true; it is asked at every batch.

        Args:
            images: uint8, (all, height, width, channels).
            labels: class numbers, (all,).
        """
        self._step = self._step or judging_step(self._model, self._measures)
        self._measures.reset()
        with same_chance(self._model):
            return self._judge(images, labels, give_up, self._step)

    def _judge(self, images: Images, labels: Labels, give_up: Callable[[], bool],
               step: Callable[[Any, Any], tuple[Any, Any]]) -> Judgement | None:
        total, told = 0.0, []
        for first in range(0, len(labels), self._batch):
            part = slice(first, first + self._batch)
            loss, predicted = step(tf.constant(images[part]), tf.constant(labels[part].astype(np.int32)))
            total += float(loss)
            told.append(predicted.numpy())
            if give_up():
                return None
        predicted = np.concatenate(told)
        penalty = sum(float(loss) for loss in self._model.losses)
        return Judgement(total / len(labels) + penalty, float(np.mean(predicted == labels)), predicted,
                         self._measures.results())


@contextmanager
def same_chance(model: keras.Model) -> Iterator[None]:
    """The chance of the training stays as it is: recurrent layers with dropout draw numbers when they judge too."""
    weights = {id(weight) for weight in model.weights}
    seeds = [(seed, seed.numpy()) for seed in model.variables if id(seed) not in weights]
    try:
        yield
    finally:
        for seed, value in seeds:
            seed.assign(value)


def within(seconds: float) -> Callable[[], bool]:
    """A function that becomes true after `seconds`."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


def evaluation(judgement: Judgement, dataset: Dataset) -> dict[str, Any]:
    """What is told and kept of the `judgement` on the test set of `dataset`, as a JSON object."""
    matrix = confusion(dataset.y_test, judgement.predicted, dataset.classes)
    found = {"loss": plain(judgement.loss), "accuracy": judgement.accuracy, "per_class": per_class(matrix),
             "confusion": matrix.tolist(), "labels": list(dataset.labels),
             "own": dataset.info.own}
    return {**found, "metrics": judgement.metrics} if judgement.metrics else found


def confusion(labels: Labels, predicted: NDArray[np.int32], classes: int) -> NDArray[np.int64]:
    """How often images of each class (row) were told to be of each class (column), (classes, classes)."""
    pairs = np.asarray(labels, np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class(matrix: NDArray[np.int64]) -> list[float | None]:
    """The share of each class's images that were told right; None for a class without images."""
    return [float(row[index] / row.sum()) if row.sum() else None for index, row in enumerate(matrix)]
