"""The logs of a home: what its processes say that belongs on no page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from lib.runs.database import make_folder

LARGEST: Final = 1 << 20


def log_file(home: Path, name: str) -> Path:
    """The path of a log, which begins anew when it has grown too large; one older one is kept.

    Raises:
        UserError: the folder of the logs cannot be made.
    """
    log = home / "logs" / name
    make_folder(log.parent)
    with suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST:
            log.replace(log.with_suffix(".old.log"))
    return log
