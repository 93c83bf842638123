"""The examples of a task, made of the images of a data set: seeded, and without copies of images where rows will do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lib.data.split import Split
from lib.data.tasks import ANIMALS
from lib.errors import UserError
from lib.i18n import N_

Part = Literal["train", "validation", "test"]
_PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
_TEST_SEED: Final = 0
"""Runs with different seeds are judged by the same test examples."""
NOISE: Final = 0.25
"""Standard deviation of the noise to be taken away, where black is 0 and white is 1."""
_CHUNK: Final = 1024


@dataclass(frozen=True, eq=False)
class View:
    """Images of examples, as rows into images that others use too.

    Attributes:
        images: uint8, (all, height, width, channels).
        rows: which of them, one for each example.
        columns: the first column that is seen and the first behind it, where not the whole width is.
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int32]
    columns: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of one."""
        height, width, channels = self.images.shape[1:]
        first, behind = self.columns or (0, width)
        return height, behind - first, channels

    def take(self, examples: NDArray[np.integer[Any]] | slice) -> NDArray[np.uint8]:
        """The images of these examples, uint8, (examples, height, width, channels)."""
        first, behind = self.columns or (0, None)
        return self.images[self.rows[examples]][:, :, first:behind]


Answers = NDArray[np.integer[Any]] | NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Examples:
    """What a network gets and what it shall answer, by name; all of the same length.

    Attributes:
        targets: class numbers (binary: 0 or 1), numbers, or images.
    """

    inputs: Mapping[str, View]
    targets: Mapping[str, Answers | View]

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


def examples(task: str, parts: Split, part: Part, seed: int) -> Examples:
    """The examples of `task` in one part of a data set; no image of one part is in an example of another.

    There are as many as the part has images. The same arguments give the same examples; those to test with do not
    depend on the seed.

    Raises:
        UserError: there are no pairs, since all images are of one class.
    """
    data = parts.dataset
    if part == "test":
        images, labels, rows = data.x_test, data.y_test, np.arange(len(data.y_test))
    else:
        images, labels = data.x_train, data.y_train
        rows = parts.train if part == "train" else parts.validation
    generator = np.random.default_rng((_TEST_SEED if part == "test" else seed, _PARTS.index(part)))
    return _made(task, images, labels, rows.astype(np.int32), generator)


def _made(task: str, images: NDArray[np.uint8], labels: NDArray[np.int64], rows: NDArray[np.int32],
          generator: Generator) -> Examples:
    one, told = View(images, rows), labels[rows]
    match task:
        case "same":
            if len(np.unique(told)) == 1:
                raise UserError("task", N_("expected images of at least two classes in each part, to make pairs of"))
            left, right, same = same_or_different(labels, rows, generator)
            return Examples(_two(images, left, right), {"same": same})
        case "sum" | "sum-number":
            left, right = generator.permutation(rows), generator.choice(rows, len(rows)) if len(rows) else rows
            total = labels[left] + labels[right]
            return Examples(_two(images, left, right), {"sum": total if task == "sum" else total.astype(np.float32)})
        case "parity":
            return Examples({"image": one}, {"digit": told, "parity": told % 2})
        case "animal":
            return Examples({"image": one}, {"class": told, "animal": np.isin(told, ANIMALS).astype(np.int64)})
        case "halves":
            width = images.shape[2]
            left_half, right_half = (0, width // 2), (width - width // 2, width)
            return Examples({"left": View(images, rows, left_half), "right": View(images, rows, right_half)},
                            {"class": told})
        case "reconstruct":
            return Examples({"image": one}, {"image": one})
        case "denoise":
            everything = np.arange(len(rows), dtype=np.int32)
            return Examples({"image": View(noisy(images, rows, generator), everything)}, {"image": one})
    return Examples({"image": one}, {"class": told})


def _two(images: NDArray[np.uint8], left: NDArray[np.int32], right: NDArray[np.int32]) -> dict[str, View]:
    return {"left": View(images, left), "right": View(images, right)}


def same_or_different(
    labels: NDArray[np.int64], rows: NDArray[np.int32], generator: Generator
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Pairs of `rows`, and 1 where both have the same label: in half of them, as far as labels occur twice.

    There are at least two labels. Every row is the left one of one pair; no row is paired with itself.
    """
    left = generator.permutation(rows)
    by_label = rows[np.argsort(labels[rows], kind="stable")]
    known = labels[by_label]
    first, behind = np.searchsorted(known, labels[left]), np.searchsorted(known, labels[left], side="right")
    members = behind - first
    same = np.zeros(len(rows), np.int64)
    # In order of the rows' chance places, those that have an equal.
    same[np.flatnonzero(members > 1)[:len(rows) // 2]] = 1
    place = np.empty(len(labels), np.int64)
    place[by_label] = np.arange(len(rows))
    other = first + (place[left] - first + generator.integers(1, np.maximum(members, 2))) % members
    # The rank among all rows but those of the same label.
    rank = generator.integers(0, len(rows) - members) if len(rows) else members
    different = rank + np.where(rank >= first, members, 0)
    order = generator.permutation(len(rows))
    right = by_label[np.where(same == 1, other, different)]
    return left[order], right[order], same[order]


def noisy(images: NDArray[np.uint8], rows: NDArray[np.int32], generator: Generator) -> NDArray[np.uint8]:
    """The images of `rows` with normal noise of `NOISE`, cut off at black and white, uint8."""
    result = np.empty((len(rows), *images.shape[1:]), np.uint8)
    for start in range(0, len(rows), _CHUNK):
        clean = images[rows[start:start + _CHUNK]].astype(np.float32)
        clean += generator.standard_normal(clean.shape, np.float32) * np.float32(255 * NOISE)
        result[start:start + _CHUNK] = np.clip(np.rint(clean), 0, 255)
    return result
