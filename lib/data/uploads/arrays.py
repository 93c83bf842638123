"""An `.npz` of images and labels, of which no pickle is read and no array before its header has been checked."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lib.data.uploads.archive import MOST_UNPACKED
from lib.data.uploads.result import Progress, Upload, check_room, finish, one_size, room_for
from lib.errors import UserError, shortened
from lib.i18n import N_

NAMES: Final = (("x_train", "y_train", "x_test", "y_test"), ("images", "labels"))
CLASS_NAMES: Final = "class_names"
_MOST_ARRAYS: Final = 20
_LONGEST_HEADER: Final = 10_000
_LONGEST_WORD: Final = 1024
"""Bytes of one value; a letter of a word takes four."""
NO_ARRAY: Final = N_("expected an array as numpy.savez writes it; make it anew")
_AT_ONCE: Final = 1_000_000
"""Numbers that are float at the same time."""
_PIECE: Final = 1 << 20
_MOST_IMAGES: Final = 300_000
"""More of the size of MNIST's are beyond the bytes of a data set; sorting many more labels would take gigabytes."""
_MOST_NAMES: Final = 1000
_NO_NAMES: Final = N_("expected a row of different words")


class _Part(NamedTuple):
    images: NDArray[np.uint8]
    labels: NDArray[Any]


def read_arrays(archive: zipfile.ZipFile, name: str, side: int | None, progress: Progress) -> Upload:
    """The data set in an `archive` of arrays: x_train and y_train, with or without x_test and y_test; or images and
    labels.

    Images are (N, height, width) or (N, height, width, 1 or 3), whole numbers from 0 to 255 or fractions from 0 to 1;
    labels are whole numbers or words. The array class_names, of words, may name the classes 0, 1, and so on.

    Raises:
        UserError: naming the array and what was expected of it.
    """
    entries = archive.infolist()
    if len(entries) > _MOST_ARRAYS:
        raise UserError(name, N_("expected at most {most} arrays"), len(entries), most=_MOST_ARRAYS)
    held = {entry.filename.removesuffix(".npy"): entry for entry in entries}
    wanted = next((names for names in NAMES if set(names[:2]) <= set(held)), None)
    if wanted is None:
        raise UserError(name, N_("expected the arrays x_train and y_train, or images and labels"), ", ".join(held))
    if len(wanted) > 2 and len({*wanted[2:]} & set(held)) == 1:
        raise UserError(name, N_("expected both x_test and y_test, or neither"), ", ".join(held))
    keys = [key for key in (*wanted, CLASS_NAMES) if key in held]
    heads = {key: header(archive, held[key], _place(name, key)) for key in keys}
    _expect(heads, wanted, name)
    arrays = {}
    for number, key in enumerate(keys):
        arrays[key] = _array(archive, held[key], heads[key], _place(name, key))
        progress(0.6 * (number + 1) / len(keys))
    return _finished(arrays, wanted, name, side)


def _place(name: str, key: str) -> str:
    return f"{shortened(name, 40)} ({key})"


def _expect(heads: Mapping[str, Header], wanted: tuple[str, ...], name: str) -> None:
    """Refuse what no data set has by the headers alone: not a byte of such arrays is read."""
    for x, y in zip(wanted[::2], wanted[1::2], strict=True):
        if x in heads:
            _expect_images(heads[x], _place(name, x))
            _expect_labels(heads[y], heads[x].shape[0], _place(name, y))
    names = heads.get(CLASS_NAMES)
    if names and (len(names.shape) != 1 or names.dtype.kind != "U" or names.shape[0] > _MOST_NAMES):
        raise UserError(_place(name, CLASS_NAMES), _NO_NAMES, f"{names.dtype} {names.shape}")


def _finished(arrays: Mapping[str, NDArray[Any]], wanted: tuple[str, ...], name: str, side: int | None) -> Upload:
    pairs = [(x, y) for x, y in zip(wanted[::2], wanted[1::2], strict=True) if x in arrays]
    parts = [_Part(_images(arrays[x], _place(name, x)), arrays[y].ravel()) for x, y in pairs]
    if len({part.images.shape[1:] for part in parts}) > 1:
        raise UserError(_place(name, "x_test"), N_("expected images of the same size as those of x_train"),
                        parts[1].images.shape[1:])
    values, numbers = np.unique(parts[0].labels, return_inverse=True)
    labels = _classes(values, arrays.get(CLASS_NAMES), name)
    sized = [_sized(part.images, side, name) for part in parts]
    if len(parts) == 1:
        return finish(name, labels, (sized[0], numbers.astype(np.int64)), None)
    alike = (parts[1].labels.dtype.kind == "U") == (values.dtype.kind == "U")
    unknown = parts[1].labels[~np.isin(parts[1].labels, values)] if alike else parts[1].labels
    if len(unknown):
        raise UserError(_place(name, "y_test"), N_("expected only classes that y_train has too"), str(unknown[0]))
    tested = np.searchsorted(values, parts[1].labels).astype(np.int64)
    return finish(name, labels, (sized[0], numbers.astype(np.int64)), (sized[1], tested))


class Header(NamedTuple):
    """What the header of an array says, and how many bytes it takes; `size` are those of the array itself."""

    shape: tuple[int, ...]
    by_columns: bool
    dtype: np.dtype[Any]
    start: int
    size: int


def header(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> Header:
    """The header of the array in a member of `archive`, which has as many bytes as the header says.

    Raises:
        UserError: it is none, or one of an array that is not of plain numbers or words.
    """
    try:
        with archive.open(entry) as stream:
            version = npy.read_magic(stream)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, by_columns, dtype = read(stream, max_header_size=_LONGEST_HEADER)
            start = stream.tell()
    except Exception as error:  # a hostile array can fail in any way
        raise UserError(where, NO_ARRAY, shortened(str(error))) from error
    if dtype.kind not in "buifU" or dtype.names or dtype.hasobject or dtype.itemsize > _LONGEST_WORD:
        raise UserError(where, N_("expected an array of plain numbers or words"), str(dtype))
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or size > MOST_UNPACKED or start + size > entry.file_size:
        raise UserError(where, N_("expected an array of at most {most} MB, as large as its header says; save "
                                  "images as uint8"), f"{shape} {dtype}", most=MOST_UNPACKED // 10**6)
    return Header(shape, by_columns, dtype, start, size)


def pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, found: Header) -> Iterator[bytes]:
    """The bytes of the array in a member, whose header has been read. A hostile one can fail in any way.

    Raises:
        EOFError: there are fewer than the header says.
    """
    with archive.open(entry) as stream:
        stream.read(found.start)
        for start in range(0, found.size, _PIECE):
            piece = stream.read(min(_PIECE, found.size - start))
            if len(piece) < min(_PIECE, found.size - start):
                raise EOFError("a shorter array than its header says")
            yield piece


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, found: Header, where: str) -> NDArray[Any]:
    """The array of one member, whose header has been read."""
    flat = np.empty(found.size, np.uint8)
    try:
        for number, piece in enumerate(pieces(archive, entry, found)):
            flat[number * _PIECE:number * _PIECE + len(piece)] = np.frombuffer(piece, np.uint8)
        return flat.view(found.dtype).reshape(found.shape, order="F" if found.by_columns else "C")
    except Exception as error:  # a hostile array can fail in any way
        raise UserError(where, NO_ARRAY, shortened(str(error))) from error


def _expect_images(found: Header, where: str) -> None:
    shape = found.shape if len(found.shape) == 4 else (*found.shape, 1)
    if len(shape) != 4 or shape[3] not in (1, 3) or not all(shape):
        if len(shape) == 4 and shape[1] in (1, 3):
            raise UserError(where, N_("expected the channels last, (N, height, width, 3): use "
                                      "numpy.moveaxis(images, 1, -1)"), shape)
        raise UserError(where, N_("expected images of shape (N, height, width) or (N, height, width, 3)"), found.shape)
    if found.dtype.kind not in "buif":
        raise UserError(where, N_("expected numbers"), str(found.dtype))
    if shape[0] > _MOST_IMAGES:
        raise UserError(where, N_("expected at most {most} images; leave some out"), f"{shape[0]:,}",
                        most=f"{_MOST_IMAGES:,}")


def _expect_labels(found: Header, images: int, where: str) -> None:
    shape = found.shape[:1] if found.shape[1:] == (1,) else found.shape
    if len(shape) != 1 or found.dtype.kind not in "buiU":
        raise UserError(where, N_("expected one whole number or word for each image"), f"{found.dtype} {shape}")
    if shape[0] != images:
        raise UserError(where, N_("expected one label for each of the {images} images"), shape[0], images=images)


def _images(array: NDArray[Any], where: str) -> NDArray[np.uint8]:
    array = array if array.ndim == 4 else array[..., np.newaxis]
    if array.dtype == np.uint8:
        return array.view(np.uint8)
    low, high = float(array.min()), float(array.max())
    if not (math.isfinite(low) and math.isfinite(high) and low >= 0 and high <= 255):
        strange = next(value for value in (low, high) if not 0 <= value <= 255)
        raise UserError(where, N_("expected numbers from 0 to 255, or from 0 to 1"), strange)
    factor = 255.0 if high <= 1 else 1.0
    pixels = np.empty(array.shape, np.uint8)
    step = max(1, _AT_ONCE // math.prod(array.shape[1:]))
    for start in range(0, len(array), step):
        pixels[start:start + step] = np.rint(array[start:start + step].astype(np.float32) * factor)
    return pixels


def _classes(values: NDArray[Any], names: NDArray[Any] | None, name: str) -> list[str]:
    """The names of the classes whose labels are `values`, in their order."""
    if names is None:
        return [str(value) for value in values]
    if len(set(names.tolist())) < len(names):
        raise UserError(_place(name, CLASS_NAMES), _NO_NAMES, f"{names.dtype} {names.shape}")
    if values.dtype.kind == "U" or int(values[0]) < 0 or int(values[-1]) >= len(names):
        raise UserError(_place(name, CLASS_NAMES), N_("expected one word for each class, the first for label 0"),
                        len(names))
    return [str(names[int(value)]) for value in values]


def _sized(images: NDArray[np.uint8], side: int | None, where: str) -> NDArray[np.uint8]:
    count, height, width, channels = images.shape
    size = one_size([(height, width)], side)
    if size == (height, width):
        check_room(where, images.shape)
        return images
    pixels = room_for(where, (count, *size, channels))
    for number, image in enumerate(images):
        drawn = Image.fromarray(image[..., 0] if channels == 1 else image)
        pixels[number] = np.asarray(ImageOps.fit(drawn, size[::-1])).reshape(*size, channels)
    return pixels
