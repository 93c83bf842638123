"""Where a data set is found, and the one copy of it that a process keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from numpy.typing import NDArray

from lib.data import cifar_batches, npz, own, sample, shapes
from lib.data.catalogue import DatasetInfo
from lib.data.dataset import Dataset, Source
from lib.data.infos import info, introduce
from lib.errors import UserError, Words
from lib.i18n import N_
from lib.settings import settings


class Place(NamedTuple):
    """A place that holds a data set. Two equal places hold the same images."""

    source: Source
    path: Path | None = None
    changed: int = 0
    size: int = 0


_MOST_OWN: Final = 3
_loading: Final = Lock()
_loaded: Final[dict[str, tuple[Place, Dataset]]] = {}
_held: Final[dict[str, Dataset]] = {}


def data_file(name: str) -> Path | None:
    """The absolute path where the file of data set `name` belongs, or `None` where it needs none."""
    file = info(name).file
    return settings().data.resolve() / file if file else None


def find(name: str) -> Place | None:
    """The first place that holds data set `name`: the data folder, Keras's cache, the sample; or `None`.

    Looks at names and dates only: a broken file is found too, and `load` says what is wrong with it.
    """
    return next(_places(info(name)), None)


def available(name: str) -> Source | None:
    """Which source `load` would take, or `None` where it would find nothing."""
    place = find(name)
    return place.source if place else None


def load(name: str) -> Dataset:
    """Data set `name` from the first place that holds it; nothing is downloaded (see `download`).

    The arrays are read once for a process and shared, read-only; a file that has changed is read again.

    Raises:
        UserError: no such data set, none of its files is there, or the file found is broken (it is not passed over
            in silence, since the images would not be those that the folder promises).
    """
    if name in _held:
        return _held[name]
    place = find(name)
    if place is None:
        raise UserError(info(name).title, N_("expected the file {file}; the Data page shows how to add it"),
                        Words(N_("no such file")), file=data_file(name))
    known = _loaded.get(name)
    if known is None or known[0] != place:
        with _loading:
            known = _loaded.get(name)
            if known is None or known[0] != place:
                known = (place, _read(info(name), place))
                _keep(name, known)
    return known[1]


def hold(about: DatasetInfo, source: Source, arrays: Mapping[str, NDArray[Any]]) -> None:
    """From now on `load` gives these arrays, by their names in `Dataset`: for a process that can read no files."""
    introduce(about)
    _held[about.name] = Dataset(about.name, source, **arrays)


def _keep(name: str, found: tuple[Place, Dataset]) -> None:
    """Remember what was read; of the sets that people bring, which may be many, the last few."""
    brought = [other for other in _loaded if own.is_own(other) and other != name]
    for other in brought[:-_MOST_OWN] if own.is_own(name) else ():
        del _loaded[other]
    _loaded[name] = found


def _places(info: DatasetInfo) -> Iterator[Place]:
    brought = own.file(info.name)
    if brought:
        yield from _file("own", brought)
    if info.synthetic:
        yield Place("generated")
    if info.file:
        yield from _file("folder", settings().data.resolve() / info.file)
    cache = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
    if info.name == "mnist":
        yield from _file("keras cache", cache / "mnist.npz")
        yield Place("sample")
    if info.name == "cifar10":
        for folder in (cache / f"{cifar_batches.FOLDER}-target" / cifar_batches.FOLDER, cache / cifar_batches.FOLDER):
            yield from _file("keras cache", folder / cifar_batches.TEST_BATCH)


def _file(source: Source, path: Path) -> Iterator[Place]:
    try:
        found = path.stat()
    except OSError:
        return
    yield Place(source, path, found.st_mtime_ns, found.st_size)


def _read(info: DatasetInfo, place: Place) -> Dataset:
    if place.path is None:
        arrays = npz.Arrays(*shapes.generate()) if info.synthetic else sample.read()
    elif place.path.name == cifar_batches.TEST_BATCH:
        arrays = npz.checked(cifar_batches.read_folder(place.path.parent), cifar_batches.FOLDER, info)
    else:
        arrays = npz.read(place.path, info)
    return Dataset(info.name, place.source, *arrays)
