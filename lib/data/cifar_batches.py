"""CIFAR-10 as its authors publish it: pickled batches, read without letting a pickle run anything."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lib.errors import UserError, Words
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
    paths = [folder / name for name in (*TRAIN_BATCHES, TEST_BATCH)]
    return _joined({path.name: _batch(path.name, path.read_bytes()) for path in paths if path.is_file()})


def read_archive(path: Path) -> dict[str, NDArray[Any]]:
    """The same arrays out of the published `.tar.gz`, of which nothing is unpacked to the disk."""
    wanted = {f"{FOLDER}/{name}": name for name in (*TRAIN_BATCHES, TEST_BATCH)}
    batches = {}
    with tarfile.open(path, "r|gz") as archive:  # as a stream, so that it is decompressed once
        for member in archive:
            file = archive.extractfile(member) if member.name in wanted and member.isfile() else None
            if file:
                name = wanted[member.name]
                batches[name] = _batch(name, file.read(_LARGEST_BATCH))
    return _joined(batches)


def _joined(batches: dict[str, tuple[NDArray[Any], NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    for name in (*TRAIN_BATCHES, TEST_BATCH):
        if name not in batches:
            raise UserError(f"{FOLDER}/{name}", N_("expected all six CIFAR-10 batches"), Words(N_("no such file")))
    train = [batches[name] for name in TRAIN_BATCHES]
    x_test, y_test = batches[TEST_BATCH]
    return {"x_train": np.concatenate([images for images, _ in train]),
            "y_train": np.concatenate([labels for _, labels in train]),
            "x_test": x_test, "y_test": y_test}


def _batch(name: str, content: bytes) -> tuple[NDArray[Any], NDArray[Any]]:
    """Images (N, 32, 32, 3) and labels (N,) of one batch, whose rows hold the red, the green and the blue plane."""
    try:
        batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
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
