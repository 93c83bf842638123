"""What one owner may have and one training may take, as the settings say; each refusal gives its numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.rows import run_folder
from lib.runs.schema import runs
from lib.runs.states import WAITING
from lib.settings import settings

_MEGABYTE: Final = 1_000_000

TOO_LARGE: Final = N_("expected at most {most} parameters: this is what a training may have here; "
                      "make the network smaller")
TOO_MANY: Final = N_("expected at most {most} trainings that wait, and so many are waiting already; "
                     "let one begin or stop one")
TOO_MUCH: Final = N_("expected at most {most} MB on the disk for all your runs, and they take {used} MB already; "
                     "delete some that you need no more")
NO_TIME_LEFT: Final = N_("expected a training that has taken less than {minutes} minutes, "
                         "the most that one may take here")
TOO_LONG: Final = N_("the training was stopped after {minutes} minutes, the most that one may take here; "
                     "what it has learned is kept")


def check_limits(connection: Connection, home: Path, owner: str, parameters: int, trained: float = 0.0) -> None:
    """Whether `owner` may queue a network of so many `parameters` that has been `trained` for so many seconds.

    Raises:
        UserError: a limit is reached; the sentence has its number.
    """
    most = settings()
    if parameters > most.run_parameters:
        raise UserError("", TOO_LARGE, f"{parameters:,}", most=f"{most.run_parameters:,}")
    if trained > 60 * most.run_minutes:
        raise UserError("", NO_TIME_LEFT, minutes=most.run_minutes)
    own = (runs.c.owner == owner) & runs.c.deleted.is_(False)
    if (connection.scalar(select(func.count()).where(own, runs.c.state.in_(WAITING))) or 0) >= most.owner_waiting:
        raise UserError("", TOO_MANY, most=most.owner_waiting)
    used = disk_used(home, connection.scalars(select(runs.c.id).where(own))) // _MEGABYTE
    if used >= most.owner_disk:
        raise UserError("", TOO_MUCH, most=f"{most.owner_disk:,}", used=f"{used:,}")


def disk_used(home: Path, run_ids: Iterable[str]) -> int:
    """Bytes in the folders of these runs."""
    return sum(folder_size(run_folder(home, run_id)) for run_id in run_ids)


def folder_size(folder: Path) -> int:
    """Bytes in the files below `folder`; what vanishes meanwhile counts nothing."""
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += folder_size(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        pass
    return total
