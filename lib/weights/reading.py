"""Weights that somebody brings: a `.weights.h5` or `.keras` file of Keras, or an `.npz`; none of it is unpickled,
imported or run, and no array is read before its size has been compared with what is expected of it.

What reads archives and networks is imported where it is needed: a look at an .h5 file takes no second.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import PurePath
from typing import IO, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib import strict_json
from lib.errors import UserError, shortened
from lib.i18n import N_
from lib.weights import hdf5
from lib.weights.messages import BROKEN
from lib.weights.window import Window

ENDINGS: Final = ("h5", "keras", "npz")
MOST_BYTES: Final = 250_000_000
MEMBER: Final = "model.weights.h5"
_KERAS_MEMBERS: Final = frozenset({"metadata.json", "config.json", MEMBER})
_MOST_MEMBERS: Final = 10_000
_MOST_COMPRESSED: Final = 100_000_000
"""Bytes that are unpacked into the memory."""
_TOO_LARGE: Final = N_("expected weights of at most {most} MB where they are compressed; Keras itself keeps them as "
                       "they are")
_CHUNK: Final = 1 << 20
_COUNTERS: Final = frozenset({"<i4", "<u4", "<i8"})
_NOT_FINITE: Final = N_("expected finite numbers alone")
_LAYERS, _VARS = "layers", "vars"
_BESIDE: Final = frozenset({_VARS, "optimizer"})
"""What Keras keeps beside the layers, which is not read: the state of the optimizer."""


class Array(NamedTuple):
    """An array of a file: what a sentence calls it, its type and shape, and what reads it, in pieces."""

    place: str
    dtype: str
    shape: tuple[int, ...]
    pieces: Callable[[], Iterator[bytes]]

    def numbers(self) -> Iterator[NDArray[Any]]:
        """Its numbers, piece by piece, in one row.

        Raises:
            UserError: one of them is NaN or infinite, or the file ends before.
        """
        left = prod(self.shape)
        for piece in self.pieces():
            found = np.frombuffer(piece, self.dtype)
            if not np.isfinite(found).all():
                raise UserError(self.place, _NOT_FINITE, float(found[~np.isfinite(found)][0]))
            left -= len(found)
            yield found
        if left:
            raise UserError(self.place, BROKEN)

    def read(self) -> NDArray[Any]:
        """All of its numbers.

        Raises:
            UserError: as for `numbers`.
        """
        found = np.empty(prod(self.shape), self.dtype)
        at = 0
        for numbers in self.numbers():
            found[at:at + len(numbers)] = numbers
            at += len(numbers)
        return found.reshape(self.shape)


class Weights(NamedTuple):
    """The arrays of a file by the layer that they belong to, and by their place in it: ("vars", "0") of Keras's own
    files, ("kernel",) where each has a name."""

    layers: Mapping[str, Mapping[tuple[str, ...], Array]]
    named: bool


@contextmanager
def opened_weights(file: IO[bytes], name: str) -> Iterator[Weights]:
    """The weights in `file`, of which no number is read before it is asked for.

    Args:
        file: at any position.
        name: the name of the file as its owner gave it; the ending says what it is.

    Raises:
        UserError: it is not what it says, or holds anything but arrays of plain numbers.
    """
    where, ending = shortened(name, 60), PurePath(name).suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        raise UserError(where, N_("expected weights as .weights.h5, .keras or .npz"), f".{ending}")
    if ending == "h5":
        yield _of_hdf5(file, where)
        return
    from lib.data.uploads.archive import opened

    with opened(file, where) as archive:
        yield _of_arrays(archive, where) if ending == "npz" else _of_keras(file, archive, where)


def _of_keras(file: IO[bytes], archive: zipfile.ZipFile, where: str) -> Weights:
    """The weights in a .keras file, which holds nothing but what Keras puts there for networks without assets.

    Its config is read too, for it may hold code, which is refused by name.
    """
    from lib.arch.import_keras import LONGEST
    from lib.arch.import_keras.harm import refuse_harm
    from lib.arch.network_file import keras_config
    from lib.data.uploads.archive import members

    for member in members(archive, where):
        if "/".join(member.path) not in _KERAS_MEMBERS:
            raise UserError(f"{where} ({member.place})", N_("expected a .keras file of {names} alone"),
                            names=", ".join(sorted(_KERAS_MEMBERS)))
    if MEMBER not in archive.namelist():
        raise UserError(where, N_("expected a member {name} in the file"), name=MEMBER)
    refuse_harm(strict_json.read(keras_config(file, where), where, LONGEST, lines=True), where)
    return _of_hdf5(_inside(file, archive, where), f"{where} ({MEMBER})")


def _inside(file: IO[bytes], archive: zipfile.ZipFile, where: str) -> IO[bytes]:
    """The file of weights in a .keras file."""
    entry = archive.getinfo(MEMBER)
    if entry.compress_type == zipfile.ZIP_STORED:
        return Window.of(file, entry, where)
    if entry.file_size > _MOST_COMPRESSED:
        raise UserError(where, _TOO_LARGE, f"{entry.file_size / 1e6:,.0f} MB", most=_MOST_COMPRESSED // 10**6)
    unpacked = io.BytesIO()
    try:
        with archive.open(entry) as stream:
            shutil.copyfileobj(stream, unpacked, _CHUNK)
    except Exception as error:  # a hostile archive can fail in any way
        raise UserError(where, BROKEN) from error
    return unpacked


def _of_hdf5(file: IO[bytes], where: str) -> Weights:
    content = hdf5.read(file, where)
    layers: dict[str, dict[tuple[str, ...], Array]] = {}
    for stored in content.arrays:
        if stored.path[0] in _BESIDE:
            continue
        if stored.path[0] != _LAYERS or len(stored.path) < 4 or stored.path[-2] != _VARS:
            raise UserError(f"{where} ({shortened('/'.join(stored.path), 40)})",
                            N_("expected weights as Keras 3 saves them, of a network of plain layers"))
        name = content.names.get((*stored.path[:2], _VARS), stored.path[1])
        inside = layers.setdefault(name, {})
        if stored.path[2:] in inside:
            raise UserError(f"{where} ({shortened(name, 40)})", N_("expected one layer of this name"))
        inside[stored.path[2:]] = _array(file, stored, f"{where} ({shortened(name, 40)})")
    if not layers:
        raise UserError(where, N_("expected the weights of at least one layer"))
    return Weights(layers, named=False)


def _array(file: IO[bytes], stored: hdf5.Stored, place: str) -> Array:
    def pieces() -> Iterator[bytes]:
        for start in range(0, stored.size, _CHUNK):
            file.seek(stored.start + start)
            yield file.read(min(_CHUNK, stored.size - start))

    return Array(place, stored.dtype, stored.shape, pieces)


def _of_arrays(archive: zipfile.ZipFile, where: str) -> Weights:
    from lib.data.uploads.archive import members

    found = members(archive, where)
    if len(found) > _MOST_MEMBERS:
        raise UserError(where, N_("expected at most {most} arrays"), len(found), most=f"{_MOST_MEMBERS:,}")
    layers: dict[str, dict[tuple[str, ...], Array]] = {}
    for member in found:
        layer, rest = member.path[0], (*member.path[1:-1], member.path[-1].removesuffix(".npy"))
        if not member.path[1:]:
            raise UserError(f"{where} ({member.place})", N_("expected arrays called after layer and weight, as in "
                                                            "conv1/kernel"))
        layers.setdefault(layer, {})[rest] = _of_member(archive, member.entry, f"{where} ({member.place})")
    if not layers:
        raise UserError(where, N_("expected the weights of at least one layer"))
    return Weights(layers, named=True)


def _of_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str) -> Array:
    from lib.data.uploads.arrays import NO_ARRAY, header, pieces

    found = header(archive, entry, place)
    if found.dtype.str not in _COUNTERS | {"<f4"} or (found.by_columns and len(found.shape) > 1):
        raise UserError(place, N_("expected weights as float32, in rows (order C)"), str(found.dtype))

    def read() -> Iterator[bytes]:
        try:
            yield from pieces(archive, entry, found)
        except Exception as error:  # a hostile archive can fail in any way
            raise UserError(place, NO_ARRAY) from error

    return Array(place, found.dtype.str, found.shape, read)
