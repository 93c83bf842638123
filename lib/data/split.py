"""Holding a validation set out of the training images; the test images are never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.data.dataset import Dataset
from lib.errors import UserError
from lib.i18n import N_


@dataclass(frozen=True, eq=False)
class Split:
    """Which training images a run learns from and which it is validated on.

    Attributes:
        train: rows of the data set's `x_train` to learn from, ascending.
        validation: rows of `x_train` held out, ascending; none of them in `train`.
    """

    dataset: Dataset
    train: NDArray[np.intp]
    validation: NDArray[np.intp]

    @property
    def x_train(self) -> NDArray[np.uint8]:
        """The images to learn from, uint8, a copy."""
        return self.dataset.x_train[self.train]

    @property
    def y_train(self) -> NDArray[np.int64]:
        """Their class numbers."""
        return self.dataset.y_train[self.train]

    @property
    def x_val(self) -> NDArray[np.uint8]:
        """The held-out images, uint8, a copy."""
        return self.dataset.x_train[self.validation]

    @property
    def y_val(self) -> NDArray[np.int64]:
        """Their class numbers."""
        return self.dataset.y_train[self.validation]


def split_sizes(images: int, validation_fraction: float, train_images: int | None = None) -> tuple[int, int]:
    """How many of `images` training images are learned from, and how many are held out.

    Args:
        images: all training images of the data set.
        validation_fraction: the part of `images` to hold out, at least 0 and below 1.
        train_images: how many of the rest to learn from; all of them when `None`.

    Raises:
        UserError: no image would be left to learn from, or more are wanted than there are.
    """
    if not 0 <= validation_fraction < 1:
        raise UserError("validation_fraction", N_("expected at least 0 and less than 1"), validation_fraction)
    held_out = round(images * validation_fraction)
    rest = images - held_out
    if rest < 1:
        raise UserError("validation_fraction", N_("expected at least one of the {images} images left to learn from"),
                        validation_fraction, images=images)
    if train_images is not None and not 1 <= train_images <= rest:
        raise UserError("train_images", N_("expected from 1 to {rest} images"), train_images, rest=rest)
    return (rest if train_images is None else train_images), held_out


def split(dataset: Dataset, validation_fraction: float, seed: int, train_images: int | None = None) -> Split:
    """The same split for the same arguments, with each class in proportion (to within one image).

    The validation images depend on `validation_fraction` and `seed` alone, so runs with different `train_images` are
    judged by the same ones.

    Raises:
        UserError: as `split_sizes` does.
    """
    learned, held_out = split_sizes(len(dataset.y_train), validation_fraction, train_images)
    train, validation = divide(dataset.members, learned, held_out, seed)
    return Split(dataset, train, validation)


def divide(members: Sequence[NDArray[np.intp]], learned: int, held_out: int, seed: int) -> list[NDArray[np.intp]]:
    """`learned` rows to learn from and `held_out` others to validate by, ascending, of each class in proportion.

    `members` has the rows of each class. The held-out rows do not depend on `learned`.
    """
    generator = np.random.default_rng(seed)
    rest = [generator.permutation(rows) for rows in members]
    parts = []
    for wanted in (held_out, learned):
        quotas = apportion([len(rows) for rows in rest], wanted)
        taken = [rows[:quota] for rows, quota in zip(rest, quotas, strict=True)]
        rest = [rows[quota:] for rows, quota in zip(rest, quotas, strict=True)]
        parts.append(np.sort(np.concatenate(taken)))
    return parts[::-1]


def apportion(sizes: list[int], wanted: int) -> list[int]:
    """`wanted` seats shared among groups of `sizes` by largest remainder (Hamilton): each within one of its share."""
    total = sum(sizes)
    if not total:
        return [0] * len(sizes)
    quotas = [size * wanted // total for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda group: (-(sizes[group] * wanted % total), group))
    for group in by_remainder[: wanted - sum(quotas)]:
        quotas[group] += 1
    return quotas
