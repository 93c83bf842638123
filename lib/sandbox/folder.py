"""The folder of a sandboxed process: how much it may hold, and what of it stays."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from lib.errors import UserError
from lib.i18n import N_

MOST_ENTRIES: Final = 4_000
DEEPEST: Final = 6
LEAST_FREE: Final = 500_000_000
"""Bytes of the disk that are left free: files that a process has removed and still holds are in no folder."""
TOOK_DISK: Final = N_("the sandboxed process wrote more than {most} MB, and was ended")
TOOK_FILES: Final = N_("the sandboxed process made more than {most} files, or folders in each other, and was ended")
LOCKED: Final = N_("the sandboxed process made a folder that nobody can look into, and was ended")
FULL: Final = N_("the disk had less than {least} MB left while the sandboxed process ran, which was ended")
_BLOCK: Final = 512
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,150}")
_FILES: Final = re.compile(
    r"(model|best|[A-Za-z0-9_]{1,60}\.saved)\.keras|history\.csv|(evaluation|architecture|recipe)\.json|"
    r"(inside|start)\.npz|made-[0-9]{1,9}\.png|worker\.log")
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
            try:
                with suppress(FileNotFoundError), os.scandir(path) as found:
                    for entry in found:
                        entries += 1
                        if entries > MOST_ENTRIES or depth > DEEPEST:
                            return UserError("", TOOK_FILES, most=f"{MOST_ENTRIES:,}")
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append((entry.path, depth + 1))
                        else:
                            size += _size(entry)
            except PermissionError:
                return UserError("", LOCKED)
        if size > self._most:
            return UserError("", TOOK_DISK, most=f"{self._most // 1_000_000:,}")
        return None

    def full(self) -> UserError | None:
        """That there is hardly room on the disk; None where there is."""
        if shutil.disk_usage(self._folder).free >= LEAST_FREE:
            return None
        return UserError("", FULL, least=f"{LEAST_FREE // 1_000_000:,}")

    def tidy(self) -> None:
        """Remove what is not a result of a training, by its name and by what it is."""
        _unlock(self._folder)
        too_much = self.problem() is not None
        for path in self._folder.iterdir():
            if path.is_symlink():
                stays = False
            elif path.is_dir():
                stays = path.name in _FOLDERS and not too_much and _plain(path)
            else:
                stays = _FILES.fullmatch(path.name) is not None
            if not stays:
                _remove(path)


def remove(folder: Path) -> None:
    """Remove a folder, also where folders stand in each other deeper than Python can go."""
    _unlock(folder)
    subprocess.run(["rm", "-rf", "--", str(folder)], check=False, stderr=subprocess.DEVNULL)


def _unlock(folder: Path) -> None:
    """Let us read and remove all below `folder`, and nobody else, whatever its maker allowed."""
    subprocess.run(["chmod", "-R", "u=rwX,go=", "--", str(folder)], check=False, stderr=subprocess.DEVNULL)


def _size(entry: os.DirEntry[str]) -> int:
    """Bytes that a file takes or would take: it may be hollow, and there may be more room behind it than it has."""
    with suppress(FileNotFoundError):
        found = entry.stat(follow_symlinks=False)
        return max(found.st_size, found.st_blocks * _BLOCK)
    return 0


def _plain(folder: Path) -> bool:
    """Whether all below it are files and folders with ordinary names."""
    return all(_NAME.fullmatch(path.name) and not path.is_symlink() and (path.is_file() or path.is_dir())
               for path in folder.rglob("*"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove(path)
    else:
        path.unlink(missing_ok=True)
