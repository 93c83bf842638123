"""From the uploaded file to the data set in it."""

from __future__ import annotations

from pathlib import PurePath
from threading import Lock
from typing import IO, Final

from lib.data.uploads.archive import members, opened
from lib.data.uploads.arrays import read_arrays
from lib.data.uploads.folders import read_folders
from lib.data.uploads.result import Progress, Upload
from lib.errors import UserError, shortened
from lib.i18n import N_

ENDINGS: Final = ("npz", "zip")
_one_at_a_time: Final = Lock()
"""Each upload may take some hundred megabytes while it is read."""


def read(file: IO[bytes], name: str, side: int | None = None, progress: Progress = lambda _share: None) -> Upload:
    """The data set in the uploaded `file`.

    Args:
        file: at any position; it is read where needed.
        name: the name of the file as its owner gave it; the ending says what it is.
        side: the pixels of a side that every image gets; the most frequent size where not given, at most 96.
        progress: called with a number from 0 to 1, again and again.

    Raises:
        UserError: it is not what it says, or holds what a data set cannot take: one sentence with the repair.
    """
    ending, where = PurePath(name).suffix.lower().removeprefix("."), shortened(name, 60)
    if ending not in ENDINGS:
        raise UserError(where, N_("expected an .npz file of arrays, or a .zip file of class folders"), f".{ending}")
    with _one_at_a_time, opened(file, where) as archive:
        if ending == "npz":
            members(archive, where)
            return read_arrays(archive, where, side, progress)
        return read_folders(archive, where, side, progress)
