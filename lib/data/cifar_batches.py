"""CIFAR-10 as its authors publish it: pickled batches, read without letting a pickle run anything."""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lib.errors import UserError
from lib.i18n import N_

FOLDER: Final = "cifar-10-batches-py"
TRAIN_BATCHES: Final = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH: Final = "test_batch"

_LARGEST_BATCH: Final = 64 * 2**20


def read_folder(folder: Path) -> dict[str, NDArray[Any]]:
    """The arrays of the six batches in `folder`, as `npz.checked` takes them.

    Raises:
        UserError: naming the batch that is missing, broken or holds anything but numbers and text.
    """
    return _assemble(lambda name: (folder / name).read_bytes())


def read_archive(path: Path) -> dict[str, NDArray[Any]]:
    """The same arrays out of the published `.tar.gz`, of which nothing is unpacked to the disk."""
    with tarfile.open(path) as archive:
        return _assemble(lambda name: _member(archive, f"{FOLDER}/{name}"))


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read(_LARGEST_BATCH)


def _assemble(read: Callable[[str], bytes]) -> dict[str, NDArray[Any]]:
    train = [_batch(name, read) for name in TRAIN_BATCHES]
    x_test, y_test = _batch(TEST_BATCH, read)
    return {"x_train": np.concatenate([images for images, _ in train]),
            "y_train": np.concatenate([labels for _, labels in train]),
            "x_test": x_test, "y_test": y_test}


def _batch(name: str, read: Callable[[str], bytes]) -> tuple[Any, Any]:
    """Images (N, 32, 32, 3) and labels (N,) of one batch, whose rows hold the red, the green and the blue plane."""
    try:
        batch = _ArraysOnly(io.BytesIO(read(name)), encoding="bytes").load()
        planes, labels = np.asarray(batch[b"data"]), np.asarray(batch[b"labels"])
        return np.ascontiguousarray(planes.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), labels
    except Exception as error:  # a hostile pickle can fail in any way
        raise UserError(f"{FOLDER}/{name}", N_("expected an unchanged CIFAR-10 batch"),
                        f"{type(error).__name__}: {error}") from error


def _dtype(code: str, align: int, copy: int) -> np.dtype[Any]:
    """`numpy.dtype` with its flags as booleans, since the batches of 2009 hold them as numbers."""
    return np.dtype(code, align=bool(align), copy=bool(copy))


_ALLOWED: Final[dict[tuple[str, str], Any]] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _dtype,
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
}


class _ArraysOnly(pickle.Unpickler):
    """Makes lists, dictionaries, bytes, numbers and numpy arrays, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not an array")
        return _ALLOWED[module, name]
