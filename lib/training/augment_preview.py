"""What a network will get of a recipe's augmentation, before anything is trained: the very pixels of its batches."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.data import Dataset, Split, split
from lib.data.examples import View, examples
from lib.data.tasks import CLASSIFY
from lib.training.augment_numpy import NUMPY
from lib.training.augmenting import PAIRS, Augmenter
from lib.training.order import order_of
from lib.training.recipe import Recipe

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Preview:
    """The first examples of a batch.

    Attributes:
        epoch, batch: which one, from 1.
        plain: for each example its images as they are, uint8, each (height, width, channels).
        changed: the same as the network gets them, rounded to bytes.
        answers: for each example the classes that it shows and the share of each, the largest first; none for a task.
    """

    epoch: int
    batch: int
    plain: list[list[Bytes]]
    changed: list[list[Bytes]]
    answers: list[list[tuple[int, float]]]


def preview(recipe: Recipe, dataset: Dataset, number: int, most: int) -> Preview:
    """The first examples, at most `most`, of the batch with that `number` in the training, from 0.

    Only those are computed, and whom they are mixed with. Noise that a task adds is left out, and images of which a
    task takes halves are whole.

    Raises:
        UserError: the images cannot be divided as the recipe says.
    """
    parts = split(dataset, recipe.validation_fraction, recipe.seed, recipe.train_images)
    images = len(parts.train)
    epoch, batch = divmod(number, ceil(images / recipe.batch_size))
    first = batch * recipe.batch_size
    rows = order_of(recipe.seed, epoch, images)[first:first + recipe.batch_size]
    augmenter = Augmenter(recipe.augmentation, recipe.seed, dataset.input_shape, recipe.task)
    drawn = augmenter.drawn(epoch, batch, len(rows))
    shown = min(most, len(rows))
    answers: list[list[tuple[int, float]]] = [[] for _example in range(shown)]
    plain, changed = [], []
    for which, view in enumerate(_views(recipe, parts)):
        needed, chance = augmenter.few(drawn, shown, which)
        before = view.take(rows[needed])
        labels = dataset.y_train[view.rows[rows[needed]]]
        told = np.eye(dataset.classes, dtype=np.float32)[labels] if recipe.task == CLASSIFY else None
        after, told = augmenter.changed(NUMPY, before.astype(np.float32) / 255, told, chance)
        plain.append(before[:shown])
        changed.append(np.rint(after[:shown] * 255).astype(np.uint8))
        if told is not None:
            answers = [_shares(row) for row in told[:shown]]
    return Preview(epoch + 1, batch + 1, _by_example(plain), _by_example(changed), answers)


def _views(recipe: Recipe, parts: Split) -> list[View]:
    """The images that the examples to learn from are made of: one for each chance."""
    if recipe.task not in PAIRS:
        return [View(parts.dataset.x_train, parts.train.astype(np.int32))]
    return list(examples(recipe.task, parts, "train", recipe.seed).inputs.values())


def _shares(row: NDArray[Any]) -> list[tuple[int, float]]:
    return [(int(label), float(row[label])) for label in np.argsort(-row, kind="stable") if row[label] > 0]


def _by_example(images: list[Bytes]) -> list[list[Bytes]]:
    return [list(row) for row in zip(*images, strict=True)]
