"""What nobody needs any more leaves the disk: by policy, and never anything of a run that may still go on.

Whatever goes is first moved aside while the row of its run is held, as a wish to go on holds it: either the wish finds
all that was kept, or a run that says that nothing is. Removing it then takes the time that it takes.
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from lib.runs import logs
from lib.runs.database import Database, make_folder
from lib.runs.drain import ADMINISTRATOR
from lib.runs.records import new_id
from lib.runs.rows import run_folder
from lib.runs.schema import preferences, runs
from lib.runs.states import ENDED
from lib.settings import settings
from lib.training.checkpoint import FOLDER as CHECKPOINTS
from lib.training.checkpoint import unfinished

DAY: Final = 86_400.0
ASIDE: Final = ".swept"
MARK: Final = ".store"
_ID: Final = re.compile(r"[0-9a-f]{32}")

_log = logging.getLogger(__name__)


def sweep(database: Database, home: Path) -> None:
    """Do once all that the settings say: old checkpoints, drafts of files, folders of no run, old logs.

    What cannot be removed is told in the log and tried the next time.

    Raises:
        UserError: the store cannot be used.
    """
    most, now = settings(), time.time()
    folder = home / "runs"
    try:
        shutil.rmtree(folder / ASIDE, ignore_errors=True)
        sweep_runs(database, home, now - DAY * most.keep_checkpoint_days)
        sweep_orphans(database, home, now - DAY * most.keep_orphan_days)
        shutil.rmtree(folder / ASIDE, ignore_errors=True)
        logs.sweep(home, now - DAY * most.keep_log_days)
    except OSError as error:
        _log.warning("not swept: %s", error)


def sweep_runs(database: Database, home: Path, before: float) -> None:
    """Of runs that are over: what a write that was cut short has left, and checkpoints if they ended `before`."""
    with database.read() as connection:
        over = connection.execute(select(runs.c.id, runs.c.ended).where(runs.c.state.in_(ENDED))).all()
    for run_id, end in over:
        folder = run_folder(home, run_id)
        if drafts := list(_drafts(folder)):
            _put_aside(database, home, run_id, drafts)
        if end is not None and end < before and (folder / CHECKPOINTS).exists():
            _sweep_checkpoints(database, home, run_id, before)


def sweep_orphans(database: Database, home: Path, before: float) -> None:
    """Folders that look like a run's, were last written to `before`, and belong to no run of this store.

    Those of a home that has had another store are left alone: they may be wanted when that one comes back.
    """
    found = {path.name: path for path in _entries(home / "runs") if _ID.fullmatch(path.name) and not path.is_symlink()}
    with database.write() as connection:
        known = set(connection.scalars(select(runs.c.id)))
        if not _belongs(connection, home / "runs", found.keys(), known):
            return
        for run_id in found.keys() - known:
            if _last_written(found[run_id]) < before:
                _log.info("the folder %s belongs to no run", run_id)
                _move(found[run_id], home)


def _belongs(connection: Connection, folder: Path, found: Iterable[str], known: set[str]) -> bool:
    """Whether the folders of runs are those of this store, by a mark that both keep."""
    held = select(preferences.c.value).where(preferences.c.owner == ADMINISTRATOR, preferences.c.key == MARK)
    mark = connection.scalar(held)
    if mark is None:
        mark = new_id()
        connection.execute(insert(preferences).values(owner=ADMINISTRATOR, key=MARK, value=mark))
    with suppress(FileNotFoundError):
        return (folder / MARK).read_text() == mark
    if any(found) and known.isdisjoint(found):
        return False
    make_folder(folder)
    (folder / MARK).write_text(mark)
    return True


def _sweep_checkpoints(database: Database, home: Path, run_id: str, before: float) -> None:
    """First the run says that nothing is kept of it, then that comes true, whatever happens in between."""
    old = (runs.c.id == run_id) & runs.c.state.in_(ENDED) & (runs.c.ended < before)
    with database.write() as connection:
        connection.execute(update(runs).where(old).values(secured=0))
    _log.info("the checkpoints of run %s are old", run_id)
    _put_aside(database, home, run_id, [run_folder(home, run_id) / CHECKPOINTS], old)


def _put_aside(database: Database, home: Path, run_id: str, paths: Iterable[Path],
               still: ColumnElement[bool] | None = None) -> None:
    """Move `paths` out of the folder of a run that is over, if it is `still` as it was found."""
    over = (runs.c.id == run_id) & runs.c.state.in_(ENDED)
    held = select(runs.c.id).where(over if still is None else still).with_for_update()
    with database.write() as connection:
        if connection.execute(held).one_or_none():
            for path in paths:
                _move(path, home)


def _move(path: Path, home: Path) -> None:
    aside = home / "runs" / ASIDE
    aside.mkdir(exist_ok=True)
    with suppress(FileNotFoundError):
        path.rename(aside / new_id())


def _drafts(folder: Path) -> Iterator[Path]:
    """What was to become a file or a checkpoint of a run."""
    yield from (path for path in _entries(folder) if path.name.startswith("."))
    yield from unfinished(folder / CHECKPOINTS)


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return list(folder.iterdir())
    return []


def _last_written(folder: Path) -> float:
    newest = 0.0
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            newest = max(newest, path.lstat().st_mtime)
    return newest
