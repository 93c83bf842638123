"""Small questions about many runs at once, which need no run as a whole."""

from __future__ import annotations

import shutil
import time
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import psutil
from sqlalchemy import func, select

from lib.runs import bell
from lib.runs.drain import ADMINISTRATOR, DRAINS, is_draining
from lib.runs.limits import folder_size
from lib.runs.queue import in_line
from lib.runs.records import Run
from lib.runs.rows import of, to_run
from lib.runs.schema import runs
from lib.runs.states import ACTIVE, WAITING
from lib.runs.store import Outlook, Store

_COUNT_EVERY: Final = 20.0


def waiting_runs(store: Store, owner: str | None) -> int:
    """How many runs of `owner` stand in the queue; None stands for everybody."""
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).where(of(owner), runs.c.state.in_(WAITING))) or 0


def run_names(store: Store, owner: str | None) -> set[str]:
    """The names that `owner` has given to runs."""
    with store.database.read() as connection:
        return set(connection.scalars(select(runs.c.name).where(of(owner))))


def foreseen(store: Store, run: Run) -> Outlook | None:
    """What a waiting run has before it, its start unknown while nothing may begin; None for one that does not wait."""
    found = store.outlook(run.owner, run.id) if run.waiting else None
    return found._replace(seconds=None) if found and draining(store) else found


class Room(NamedTuple):
    """Bytes of the machine: of its memory, of the disk that holds the home folder, and of what all runs take there."""

    memory_used: int
    memory: int
    disk_free: int
    disk: int
    runs: int


def room(store: Store) -> Room:
    """What this machine has, and how much of it is used."""
    memory, disk = psutil.virtual_memory(), shutil.disk_usage(store.home)
    return Room(memory.total - memory.available, memory.total, disk.free, disk.total,
                _taken(store.home, int(time.monotonic() / _COUNT_EVERY)))


@lru_cache(maxsize=8)
def _taken(home: Path, _period: int) -> int:
    """Bytes of all runs, counted once in a while: that means a look at every file."""
    return folder_size(home / "runs")


def unfinished(store: Store) -> list[Run]:
    """The runs of everybody that are not over: those in training, the queue in its order, those that are paused."""
    with store.database.read() as connection:
        line = list(connection.scalars(in_line()))
        found = select(runs).where(of(None), runs.c.state.in_((*ACTIVE, *WAITING, "paused")))
        rows = list(connection.execute(found.order_by(runs.c.number)))
    place = {number: index for index, number in enumerate(line)}
    rows.sort(key=lambda row: (row.state not in ACTIVE, place.get(row.number, len(line))))
    return [to_run(row, store.home) for row in rows]


def draining(store: Store) -> bool:
    """Whether the administrator lets no waiting run begin."""
    with store.database.read() as connection:
        return is_draining(connection)


def drain(store: Store, drains: bool) -> None:
    """Let no waiting run begin from now on, or let them begin again; what is in training goes on.

    Raises:
        UserError: the store cannot be written.
    """
    store.set_preference(ADMINISTRATOR, DRAINS, "yes" if drains else None)
    bell.ring(store.home)
