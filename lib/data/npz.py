"""Reading a data set from a `.npz` file, trusting nothing in it."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.data.catalogue import DatasetInfo
from lib.errors import UserError, Words
from lib.i18n import N_


class Arrays(NamedTuple):
    """The four arrays of a data set: images uint8 NHWC, labels int64 (images,)."""

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]


def read(path: Path, info: DatasetInfo) -> Arrays:
    """The four arrays of the file at `path`, checked.

    Images of one channel may come without their last axis, labels with a second axis of length 1 (as Keras gives those
    of CIFAR-10).

    Raises:
        UserError: naming the file and what was expected of it.
    """
    try:
        with path.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise UserError(path.name, N_("expected a .npz archive of four arrays"), Words(N_("a single array")))
            if not set(Arrays._fields) <= set(archive.files):
                raise UserError(path.name, N_("expected the arrays {names}"), ", ".join(archive.files),
                                names=", ".join(Arrays._fields))
            arrays = {name: archive[name] for name in Arrays._fields}
    except UserError:
        raise
    except (OSError, ValueError, EOFError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error,
            NotImplementedError) as error:
        # Of a file that is no archive NumPy says that it might be loaded with less caution, which nobody should.
        received = Words(N_("something else")) if "pickle" in str(error) else str(error) or type(error).__name__
        raise UserError(path.name, N_("expected a readable .npz file; replace it or delete it"), received) from error
    return checked(arrays, path.name, info)


def checked(arrays: Mapping[str, NDArray[Any]], where: str, info: DatasetInfo) -> Arrays:
    """`arrays` in the form of `read`, or a `UserError` at `where` that says what does not fit."""
    found: list[NDArray[Any]] = []
    for part in ("train", "test"):
        images = _images(arrays[f"x_{part}"], f"{where} (x_{part})", info)
        labels = _labels(arrays[f"y_{part}"], f"{where} (y_{part})", info)
        if len(images) != len(labels):
            raise UserError(f"{where} (y_{part})", N_("expected one label for each of the {images} images"),
                            len(labels), images=len(images))
        found += [images, labels]
    return Arrays(*found)


def _images(array: NDArray[Any], where: str, info: DatasetInfo) -> NDArray[np.uint8]:
    if array.dtype != np.uint8:
        raise UserError(where, N_("expected whole numbers from 0 to 255 (uint8)"), str(array.dtype))
    shape = info.input_shape
    if array.shape[1:] == shape[:2] and shape[2] == 1:
        array = array[..., np.newaxis]
    if array.shape[1:] != shape or not len(array):
        raise UserError(where, N_("expected images of shape {shape}"), array.shape, shape=f"(N, {str(shape)[1:]}")
    return array.view(np.uint8)


def _labels(array: NDArray[Any], where: str, info: DatasetInfo) -> NDArray[np.int64]:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise UserError(where, N_("expected one whole number for each image"), f"{array.dtype} {array.shape}")
    wrong = array[(array < 0) | (array >= info.classes)]
    if len(wrong):
        raise UserError(where, N_("expected labels from 0 to {largest}"), int(wrong[0]), largest=info.classes - 1)
    return array.astype(np.int64)
