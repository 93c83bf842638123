"""Data sets that people bring: kept in the home folder, each owner's apart.

    datasets/<owner, hashed>/<32 hexadecimal digits>/about.json and images.npz

A set appears whole or not at all. Its name in a recipe is "own-" and the digits: who knows it may train with it, for
nobody can guess it; who may list, rename and delete it is its owner alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lib.data.catalogue import DatasetInfo
from lib.data.npz import Arrays
from lib.errors import UserError
from lib.i18n import N_
from lib.names import slug
from lib.settings import settings

LONGEST_TITLE: Final = 60
NO_SUCH_SET: Final = N_("this data set does not exist (any more); choose another one")
_FOLDER: Final = "datasets"
_ABOUT, _IMAGES = "about.json", "images.npz"
_DRAFT: Final = ".draft-"
_NAME: Final = re.compile(r"own-([0-9a-f]{32})")
_STALE: Final = 3600.0
_MEGABYTE: Final = 1_000_000
_adding: Final = Lock()
_asker: Final[list[Callable[[], str | None]]] = [lambda: None]


class _About(BaseModel):
    """What is known of a set without its images, as it stands in its folder."""

    model_config = ConfigDict(frozen=True)

    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    labels: tuple[str, ...]
    input_shape: tuple[int, int, int]
    train_images: int
    test_images: int
    created: float


def asked_by(asker: Callable[[], str | None]) -> None:
    """From now on, sets are found only by the owner that `asker` returns; by everybody where that is None.

    Workers and the command line ask for nobody: what they work on has been looked at when it was ordered.
    """
    _asker[:] = [asker]


def is_own(name: str) -> bool:
    """Whether `name` is one that a brought data set can have."""
    return _NAME.fullmatch(name) is not None


def info(name: str) -> DatasetInfo:
    """The set `name`, if who asks may see it.

    Raises:
        UserError: there is none, or none any more.
    """
    folder = _find(name)
    about = _read(folder) if folder else None
    if about is None:
        raise UserError("data", NO_SUCH_SET)
    return _info(name, about)


def infos(owner: str) -> list[DatasetInfo]:
    """The sets of `owner`, the oldest first."""
    found = []
    with suppress(FileNotFoundError):
        for folder in _of(owner).iterdir():
            name = f"own-{folder.name}"
            about = _read(folder) if is_own(name) else None
            if about is not None:
                found.append((about.created, _info(name, about)))
    return [each for _created, each in sorted(found, key=lambda pair: (pair[0], pair[1].name))]


def file(name: str) -> Path | None:
    """The file with the images of the set `name`; None where there is none."""
    folder = _find(name)
    return folder / _IMAGES if folder else None


def add(owner: str, title: str, arrays: Arrays, labels: tuple[str, ...]) -> DatasetInfo:
    """Keep `arrays`, whose classes are called `labels`, as a data set of `owner`.

    Raises:
        UserError: a limit is reached, or the disk does not take it.
    """
    height, width, channels = arrays.x_train.shape[1:]
    about = _About(title=title_for(title), labels=labels, input_shape=(height, width, channels),
                   train_images=len(arrays.y_train), test_images=len(arrays.y_test), created=time.time())
    identity, place = secrets.token_hex(16), _of(owner)
    with _adding, _writing(place):
        _check_limits(owner, sum(array.nbytes for array in arrays))
        place.mkdir(parents=True, exist_ok=True)
        draft = place / f"{_DRAFT}{identity}"
        try:
            draft.mkdir()
            with (draft / _IMAGES).open("wb") as images:
                np.savez(images, allow_pickle=False, **arrays._asdict())
                os.fsync(images.fileno())
            _write(draft, about)
            draft.rename(place / identity)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    return _info(f"own-{identity}", about)


def rename(owner: str, name: str, title: str) -> None:
    """Give the set another title.

    Raises:
        UserError: `owner` has no such set, or the disk does not take it.
    """
    folder = _own(owner, name)
    about = _read(folder)
    if about is None:
        raise UserError("data", NO_SUCH_SET)
    with _writing(folder):
        _write(folder, about.model_copy(update={"title": title_for(title)}))


def delete(owner: str, name: str) -> None:
    """Forget the set and its images; runs that learned from it keep what they have learned.

    Raises:
        UserError: `owner` has no such set, or the disk does not let it go.
    """
    folder = _own(owner, name)
    with _writing(folder):
        aside = folder.with_name(f"{_DRAFT}{folder.name}")
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def title_for(text: str) -> str:
    """`text` as a title: on one line, of characters that can be seen, neither empty nor long.

    Raises:
        UserError: nothing is left of it.
    """
    title = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())[:LONGEST_TITLE].strip()
    if not title:
        raise UserError("", N_("expected a name for the data set"))
    return title


def file_name(info: DatasetInfo) -> str:
    """What the file with the images of a set is called where its owner takes it."""
    return f"{slug(info.title, 'images')}.npz"


def size(name: str) -> int:
    """Bytes that the images of the set take on the disk."""
    path = file(name)
    with suppress(OSError):
        return path.stat().st_size if path else 0
    return 0


def _check_limits(owner: str, more: int) -> None:
    most, there = settings(), infos(owner)
    if len(there) >= most.owner_datasets:
        raise UserError("", N_("expected at most {most} data sets of your own; delete one that you need no more"),
                        len(there), most=most.owner_datasets)
    used = sum(size(each.name) for each in there)
    if used + more > most.owner_datasets_disk * _MEGABYTE:
        raise UserError("", N_("expected at most {most} MB for all data sets of your own, and with this one they would "
                               "take {used} MB; delete one, or choose a smaller image size"),
                        most=f"{most.owner_datasets_disk:,}", used=f"{(used + more) // _MEGABYTE:,}")
    _sweep(owner)


def _sweep(owner: str) -> None:
    """Remove what a process that was killed has left half done."""
    with suppress(OSError):
        for draft in _of(owner).glob(f"{_DRAFT}*"):
            if time.time() - draft.stat().st_mtime > _STALE:
                shutil.rmtree(draft, ignore_errors=True)


def _root() -> Path:
    return settings().home.resolve() / _FOLDER


def _of(owner: str) -> Path:
    return _root() / hashlib.sha256(owner.encode()).hexdigest()[:32]


def _find(name: str) -> Path | None:
    """The folder of the set `name`, if who asks may see it."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    asker = _asker[0]()
    return next(_root().glob(f"*/{found[1]}"), None) if asker is None else _below(asker, found[1])


def _below(owner: str, identity: str) -> Path | None:
    folder = _of(owner) / identity
    return folder if folder.is_dir() else None


def _own(owner: str, name: str) -> Path:
    found = _NAME.fullmatch(name)
    folder = _below(owner, found[1]) if found else None
    if folder is None:
        raise UserError("data", NO_SUCH_SET)
    return folder


def _read(folder: Path) -> _About | None:
    """What stands in the folder of a set; None where it is gone, or half of it."""
    try:
        return _About.model_validate_json((folder / _ABOUT).read_bytes())
    except (OSError, ValidationError):
        return None


def _write(folder: Path, about: _About) -> None:
    draft = folder / f"{_ABOUT}.{secrets.token_hex(4)}"
    draft.write_text(json.dumps(about.model_dump(mode="json"), ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / _ABOUT)


def _info(name: str, about: _About) -> DatasetInfo:
    return DatasetInfo(name=name, title=about.title, description="", input_shape=about.input_shape,
                       labels=about.labels, train_images=about.train_images, test_images=about.test_images, own=True)


@contextmanager
def _writing(place: Path) -> Iterator[Any]:
    try:
        yield
    except OSError as error:
        raise UserError(str(place.name), N_("the disk did not take the data set ({problem})"),
                        problem=error.strerror or str(error)) from error
