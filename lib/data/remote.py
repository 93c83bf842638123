"""Fetching a full data set into the data folder, only ever on request."""

from __future__ import annotations

import errno
import hashlib
import http.client
import secrets
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np

from lib.data import cifar_batches, npz
from lib.data.catalogue import DATASETS
from lib.data.sources import data_file
from lib.errors import UserError, Words
from lib.i18n import N_, _
from lib.settings import settings

_MEGABYTE: Final = 10**6
_TIMEOUT: Final = 8.0
_PIECE: Final = 2**18
_STALE: Final = 3600.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Remote(NamedTuple):
    """A published file: its address, checksum and size in bytes, and the room needed while it is made ready."""

    url: str
    sha256: str
    size: int
    room: int


REMOTES: Final = {
    "mnist": Remote("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
                    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1", 11_490_434, 11_490_434),
    "cifar10": Remote("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                      "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce", 170_498_071, 355_000_000),
}
"""The addresses and checksums are those of `keras.datasets`."""


class Progress(NamedTuple):
    """How far a download is: a fraction from 0 to 1, and words for it that `str()` translates."""

    fraction: float
    message: str
    values: dict[str, Any]

    def __str__(self) -> str:
        return _(self.message).format(**self.values)


def download(name: str, progress: Callable[[Progress], None] | None = None) -> Path:
    """Fetch data set `name` into the data folder, where `load` finds it from then on.

    The file appears whole and checked or not at all, whatever interrupts the download.

    Args:
        name: "mnist" or "cifar10".
        progress: called a few times a second; an exception that it raises ends the download.

    Raises:
        UserError: downloads are switched off, there is no network, the file is not the published one, or the folder is
            full or cannot be written.
    """
    target, remote = data_file(name), REMOTES.get(name)
    if target is None or remote is None:
        raise UserError("data", N_("expected a data set that can be downloaded: {names}"), name,
                        names=", ".join(REMOTES))
    if settings().offline:
        raise UserError("BLOCKYARD_OFFLINE", N_("expected 0 to allow downloads"), "1")
    say = progress or (lambda now: None)
    with _writing(target.parent, remote.room), _part(target) as part:
        with part.open("wb") as file:
            _fetch(remote, file, DATASETS[name].title, say)
        if name == "cifar10":
            say(Progress(1.0, N_("Unpacking {title}"), {"title": DATASETS[name].title}))
            with _part(target) as unpacked:
                arrays = npz.checked(cifar_batches.read_archive(part), target.name, DATASETS[name])
                with unpacked.open("wb") as file:
                    np.savez(file, **arrays._asdict())
                unpacked.replace(target)
        else:
            part.replace(target)
    return target


def _fetch(remote: Remote, file: BinaryIO, title: str, say: Callable[[Progress], None]) -> None:
    """Write the published bytes to `file`, or raise a `UserError` where they are not those expected."""
    digest, done, said = hashlib.sha256(), 0, 0.0
    for piece in _pieces(remote):
        done += len(piece)
        digest.update(piece)
        if done > remote.size:
            break
        file.write(piece)
        if time.monotonic() - said > 0.25:
            said = time.monotonic()
            say(Progress(done / remote.size, N_("Downloading {title}: {done} of {total} MB"),
                         {"title": title, "done": done // _MEGABYTE, "total": remote.size // _MEGABYTE}))
    if digest.hexdigest() != remote.sha256:
        raise UserError(title, N_("expected the published file of {size} bytes; try again or add the file by hand"),
                        f"{done} bytes", size=remote.size)


def _pieces(remote: Remote) -> Iterator[bytes]:
    """The bytes at the address, a few at a time; every failure of the network is one `UserError`."""
    request = urllib.request.Request(remote.url, headers={"User-Agent": "blockyard"})  # noqa: S310 - our own table
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            while piece := answer.read(_PIECE):
                yield piece
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise UserError(request.host, N_("expected an answer; is there a network? The file can be added by hand"),
                        getattr(reason, "strerror", None) or str(reason) or type(error).__name__) from error


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    """A name beside `target` to write to; whatever bears it at the end is removed."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _writing(folder: Path, room: int) -> Iterator[None]:
    """Make `folder`, see that it has `room` bytes, and say in one sentence why it could not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        if shutil.disk_usage(folder).free < room:
            raise OSError(errno.ENOSPC, "")
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise UserError(str(folder), N_("expected a folder that can be written to"),
                            error.strerror or str(error)) from error
        raise UserError(str(folder), N_("expected room for {megabytes} MB; free some and try again"),
                        Words(N_("the disk is full")), megabytes=room // _MEGABYTE) from error


def _sweep(folder: Path) -> None:
    """Remove what a download left behind whose process was killed."""
    for part in folder.glob("*.npz.*.part"):
        if time.time() - part.stat().st_mtime > _STALE:
            part.unlink(missing_ok=True)
