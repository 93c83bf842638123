"""What an upload becomes: four arrays of one size and the names of the classes."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.data.npz import Arrays
from lib.data.split import divide
from lib.errors import UserError
from lib.i18n import N_

LARGEST_SIDE: Final = 96
"""Pixels; what is larger is made smaller."""
MOST_BYTES: Final = 200_000_000
"""Bytes of the images of one data set."""
MOST_CLASSES: Final = 100
FEWEST_OF_A_CLASS: Final = 3
_FEWEST: Final = 20
_LONGEST_LABEL: Final = 40
_TEST_SHARE: Final = 1 / 6
"""The share that is held out to test with where the upload has no part for that: that of MNIST."""
_SEED: Final = 0
_MARKS: Final = frozenset(" -_.,()+'")

Progress = Callable[[float], None]
"""Takes how far something is, from 0 to 1."""


class Upload(NamedTuple):
    """Images and labels as a data set has them, and the classes in the order of their numbers."""

    arrays: Arrays
    labels: tuple[str, ...]


def finish(
    where: str, labels: Sequence[str], train: tuple[NDArray[np.uint8], NDArray[np.int64]],
    test: tuple[NDArray[np.uint8], NDArray[np.int64]] | None,
) -> Upload:
    """The data set of these images (uint8 NHWC) and class numbers; without `test`, a sixth is held out for it.

    Raises:
        UserError: too few or too many classes or images, or a class that cannot be learned.
    """
    if not 2 <= len(labels) <= MOST_CLASSES:
        raise UserError(where, N_("expected from 2 to {most} classes"), len(labels), most=MOST_CLASSES)
    names = tuple(checked_label(label) for label in labels)
    images, numbers = train
    counts = np.bincount(numbers, minlength=len(names))
    rare = int(counts.argmin())
    if counts[rare] < FEWEST_OF_A_CLASS:
        raise UserError(f"{where} ({names[rare]})", N_("expected at least {fewest} images of each class to learn from; "
                                                       "add some, or leave the class out"),
                        int(counts[rare]), fewest=FEWEST_OF_A_CLASS)
    if len(numbers) < _FEWEST:
        raise UserError(where, N_("expected at least {fewest} images to learn from; add some"), len(numbers),
                        fewest=_FEWEST)
    if test is not None:
        return Upload(Arrays(images, numbers, *test), names)
    members = [np.flatnonzero(numbers == number) for number in range(len(names))]
    held_out = max(1, round(len(numbers) * _TEST_SHARE))
    rest, tested = divide(members, len(numbers) - held_out, held_out, _SEED)
    return Upload(Arrays(images[rest], numbers[rest], images[tested], numbers[tested]), names)


def checked_label(label: str) -> str:
    """`label` as the name of a class, which stands in tables, charts and scripts: letters of any language, digits and
    a few marks.

    Raises:
        UserError: it has other characters, or is empty or too long.
    """
    name = " ".join(unicodedata.normalize("NFC", label).split())
    if not 1 <= len(name) <= _LONGEST_LABEL:
        raise UserError(name[:_LONGEST_LABEL], N_("expected a class with a name of 1 to {most} characters; rename it"),
                        len(name), most=_LONGEST_LABEL)
    strange = [mark for mark in name if mark not in _MARKS and unicodedata.category(mark)[0] not in "LMN"]
    if strange:
        raise UserError(name, N_("expected a class whose name has letters, digits, spaces and {marks}; rename it"),
                        strange[0], marks=" ".join(sorted(_MARKS - {" "})))
    return name


def one_size(sizes: Iterable[tuple[int, int]], side: int | None) -> tuple[int, int]:
    """Height and width that all images get: `side` squared, or the most frequent of `sizes`, within `LARGEST_SIDE`."""
    if side is not None:
        return side, side
    counted = Counter(sizes)
    # The smaller of two that are as frequent, so that the order of the files decides nothing.
    height, width = min(counted, key=lambda size: (-counted[size], size))
    scale = min(1.0, LARGEST_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def room_for(where: str, shape: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Memory for images of `shape` (N, height, width, channels), uint8.

    Raises:
        UserError: they are more than a data set may hold.
    """
    check_room(where, shape)
    return np.empty(shape, np.uint8)


def check_room(where: str, shape: tuple[int, ...]) -> None:
    """Refuse images of `shape` with a UserError where they are more than a data set may hold."""
    size = math.prod(shape)
    if size > MOST_BYTES:
        raise UserError(where, N_("expected images of at most {most} MB together; choose a smaller image size, or take "
                                  "fewer images"), f"{size / 1e6:,.0f} MB", most=MOST_BYTES // 10**6)
