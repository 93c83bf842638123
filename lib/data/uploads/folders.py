"""A zip of class folders: the name of a folder is the label of the images in it."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.data.uploads.archive import Member, members
from lib.data.uploads.pictures import ENDINGS, look, picture
from lib.data.uploads.result import Progress, Upload, checked_label, finish, one_size, room_for
from lib.errors import UserError
from lib.i18n import N_

Part = Literal["train", "test"]
_PARTS: Final[dict[str, Part]] = {"train": "train", "training": "train", "val": "train", "valid": "train",
                                  "validation": "train", "test": "test", "testing": "test"}
"""Folders above those of the classes. Images to validate by are held out of the training images at each training."""
_ARCHIVES: Final = (".zip", ".npz", ".rar", ".7z", ".tar", ".gz", ".tgz")
_MOST_PIXELS: Final = 2_000_000_000
"""Pixels of all images together: those of one colour take hardly a byte, and a moment to decode."""
_SMALL: Final = 100_000
"""Bytes of an image below which nobody asks how far it was shrunk."""
_HEADERS: Final = 0.2
"""The share of the time that the first look at all headers takes, roughly."""


class Found(NamedTuple):
    """An image in its place: the part that it belongs to, its class, its file."""

    part: Part
    label: str
    member: Member


def read_folders(archive: zipfile.ZipFile, name: str, side: int | None, progress: Progress) -> Upload:
    """The data set in an `archive` of class folders.

    Args:
        name: what a sentence calls the archive.
        side: the pixels of a side that every image gets; the most frequent size where not given.

    Raises:
        UserError: the folders are no classes, or an image cannot be used.
    """
    found = in_classes(members(archive, name, small=_SMALL), name)
    looks, pixels = [], 0
    for number, each in enumerate(found):
        looks.append(look(archive, each.member))
        pixels += math.prod(looks[-1].size)
        if pixels > _MOST_PIXELS:
            raise UserError(name, N_("expected images of at most {most} million pixels together; make them smaller, or "
                                     "take fewer"), most=f"{_MOST_PIXELS // 10**6:,}")
        progress(_HEADERS * number / len(found))
    size, grey = one_size((seen.size for seen in looks), side), all(seen.grey for seen in looks)
    images = room_for(name, (len(found), *size, 1 if grey else 3))
    for number, each in enumerate(found):
        images[number] = picture(archive, each.member, size, grey)
        progress(_HEADERS + (1 - _HEADERS) * number / len(found))
    labels = sorted({each.label for each in found}, key=_natural)
    numbers = np.array([labels.index(each.label) for each in found], np.int64)
    return _parts(name, labels, images, numbers, np.array([each.part == "test" for each in found]))


def _parts(name: str, labels: Sequence[str], images: NDArray[np.uint8], numbers: NDArray[np.int64],
           test: NDArray[np.bool_]) -> Upload:
    if not test.any():
        return finish(name, labels, (images, numbers), None)
    return finish(name, labels, (images[~test], numbers[~test]), (images[test], numbers[test]))


def in_classes(files: Sequence[Member], name: str) -> list[Found]:
    """Part and class of each file, by the folders that it stands in.

    Raises:
        UserError: a file is no image or stands in no folder of a class.
    """
    for file in files:
        ending = file.path[-1].lower()
        if ending.endswith(_ARCHIVES):
            raise UserError(file.place, N_("expected no archive inside the archive; unpack it first"))
        if not ending.endswith(ENDINGS):
            raise UserError(file.place, N_("expected PNG and JPEG images alone; remove this file"))
    if not files:
        raise UserError(name, N_("expected folders with PNG or JPEG images, one folder for each class"))
    while len({file.path[0] for file in files}) == 1 and all(len(file.path) > 2 for file in files):
        files = [file._replace(path=file.path[1:]) for file in files]
    in_parts = all(len(file.path) > 2 and file.path[0].lower() in _PARTS for file in files)
    return _with_alike([_placed(file, in_parts) for file in files])


def _placed(file: Member, in_parts: bool) -> Found:
    folders = file.path[1:-1] if in_parts else file.path[:-1]
    if len(folders) != 1:
        raise UserError(file.place, N_("expected each image in the folder of its class, as in cat/1.png; train and "
                                       "test may stand above"))
    return Found(_PARTS[file.path[0].lower()] if in_parts else "train", checked_label(folders[0]), file)


def _with_alike(found: list[Found]) -> list[Found]:
    """`found`, whose classes differ by more than capital letters."""
    seen: dict[str, str] = {}
    for each in found:
        other = seen.setdefault(each.label.casefold(), each.label)
        if other != each.label:
            raise UserError(each.label, N_("expected classes that differ by more than capital letters; rename one"),
                            other)
    return found


def _natural(label: str) -> tuple[bool, int, str]:
    """Numbers by their value, before words."""
    number = label.isdecimal()
    return not number, int(label) if number else 0, label
