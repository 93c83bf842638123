"""The folder of a sandboxed process: how much it may hold, and what of it stays."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from lib.errors import UserError
from lib.i18n import N_

MOST_ENTRIES: Final = 4_000
DEEPEST: Final = 6
TOOK_DISK: Final = N_("the sandboxed process wrote more than {most} MB, and was ended")
TOOK_FILES: Final = N_("the sandboxed process made more than {most} files, or folders in each other, and was ended")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,150}")
_FILES: Final = re.compile(
    r"(model|best|[A-Za-z0-9_]{1,60}\.saved)\.keras|history\.csv|(evaluation|architecture|recipe)\.json|(inside|start)\.npz|made-[0-9]{1,9}\.png|"
    r"worker\.log")
_FOLDERS: Final = frozenset({"checkpoints", "tensorboard"})


class Room:
    """The folder, and the bytes that it may hold."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most

    def problem(self) -> UserError | None:
        """What is too much in it; None where all is well."""
        size = entries = 0
        waiting = [(str(self._folder), 0)]
        while waiting:
            path, depth = waiting.pop()
            with suppress(FileNotFoundError), os.scandir(path) as found:
                for entry in found:
                    entries += 1
                    if entries > MOST_ENTRIES or depth > DEEPEST:
                        return UserError("", TOOK_FILES, most=f"{MOST_ENTRIES:,}")
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
                    else:
                        with suppress(FileNotFoundError):
                            # What it takes, and what it would take: a file may be hollow.
                            size += entry.stat(follow_symlinks=False).st_size
        return UserError("", TOOK_DISK, most=f"{self._most // 1_000_000:,}") if size > self._most else None

    def tidy(self) -> None:
        """Remove what is not a result of a training, by its name and by what it is."""
        too_much = self.problem() is not None
        for path in self._folder.iterdir():
            known = _FOLDERS if path.is_dir() else None
            stays = path.name in known if known else _FILES.fullmatch(path.name) is not None
            if not stays or path.is_symlink() or (known and too_much) or (known and not _plain(path)):
                _remove(path)


def remove(folder: Path) -> None:
    """Remove a folder, also where folders stand in each other deeper than Python can go."""
    subprocess.run(["rm", "-rf", "--", str(folder)], check=False, stderr=subprocess.DEVNULL)


def _plain(folder: Path) -> bool:
    """Whether all below it are files and folders with ordinary names."""
    return all(_NAME.fullmatch(path.name) and not path.is_symlink() and (path.is_file() or path.is_dir())
               for path in folder.rglob("*"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove(path)
    else:
        path.unlink(missing_ok=True)
