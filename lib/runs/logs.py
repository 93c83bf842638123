"""The logs of a home: what its processes say that belongs on no page."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from lib.runs.database import make_folder

LARGEST: Final = 1 << 20
_OLD: Final = ".old.log"


def log_file(home: Path, name: str) -> Path:
    """The path of a log, which begins anew when it has grown too large; one older one is kept.

    Raises:
        UserError: the folder of the logs cannot be made.
    """
    log = home / "logs" / name
    make_folder(log.parent)
    with suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST:
            log.replace(log.with_suffix(_OLD))
    return log


def sweep(home: Path, before: float) -> None:
    """Have logs begin anew that have grown too large, and remove older ones that were written `before` that time.

    Processes go on writing to the same file, which they have opened to append.

    Raises:
        OSError: a log cannot be copied, emptied or removed.
    """
    for log in (home / "logs").glob("*.log"):
        found = log.stat()
        if not log.name.endswith(_OLD):
            if found.st_size > LARGEST:
                shutil.copyfile(log, log.with_suffix(_OLD))
                os.truncate(log, 0)
        elif found.st_mtime < before:
            log.unlink()
