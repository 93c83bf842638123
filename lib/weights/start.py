"""The weights that a run begins with, in its folder: a file that we write ourselves, after all that was brought has
been checked."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lib.weights.reading import Array

START: Final = "start.npz"


def write(folder: Path, arrays: Mapping[str, tuple[Array, ...]]) -> None:
    """Keep `arrays`, by their layers, for a run that begins in `folder`; one is in memory at a time.

    Raises:
        UserError: a number in them is none.
        OSError: the disk does not take them.
    """
    with (folder / START).open("wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            for layer, held in arrays.items():
                for number, array in enumerate(held):
                    with archive.open(f"{layer}/{number}.npy", "w", force_zip64=True) as stream:
                        npy.write_array(stream, array.read(), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> dict[str, list[NDArray[Any]]]:
    """What `write` has left in `folder`, by layer; empty where a run begins with chance."""
    found: dict[str, list[NDArray[Any]]] = {}
    if (folder / START).exists():
        with np.load(folder / START, allow_pickle=False) as archive:
            for name in archive.files:
                found.setdefault(name.rpartition("/")[0], []).append(archive[name])
    return found


def copy(folder: Path, other: Path) -> None:
    """Let a run in the folder `other` begin as the one in `folder` did."""
    if (folder / START).exists():
        shutil.copyfile(folder / START, other / START)
