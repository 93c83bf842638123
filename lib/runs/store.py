"""The store: every draft and run of a home folder, with its owner asked at every question."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert, select, update

from lib.errors import UserError
from lib.i18n import N_
from lib.runs import bell
from lib.runs.control import Control, stop
from lib.runs.database import NO_FOLDER, Database, make_folder
from lib.runs.drafts import Drafts
from lib.runs.limits import check_limits
from lib.runs.makings import Makings
from lib.runs.queue import Outlook, in_line, next_place, outlook
from lib.runs.records import Draft, Event, Run, new_id
from lib.runs.recovery import Recovery
from lib.runs.rows import NO_RUN, of, own, owned, run_folder, to_run
from lib.runs.schema import events as event_table
from lib.runs.schema import runs
from lib.runs.states import ENDED, WAITING
from lib.runs.views import Views
from lib.runs.work import StaleAttemptError, Work
from lib.settings import settings
from lib.strict_json import unprintable
from lib.weights import start

__all__ = ["NO_RUN", "Draft", "Event", "Outlook", "Run", "StaleAttemptError", "Store"]

LONGEST_NAME: Final = 100
NAME_RULE: Final = N_("expected a name of 1 to {longest} characters")
NAME_LETTERS: Final = N_("expected a name without control characters")


class Store(Drafts, Makings, Control, Views, Recovery, Work):
    """Drafts, preferences, what was made, and runs, of `home`, kept in the database at `url`; both from the settings by
    default.

    Cheap to make: connections are shared in the process. Questions about runs take the owner; only the command
    line, which stands for the administrator, gives None. A missing run and a foreign one get the same answer.

    Raises:
        UserError: from the constructor and from every method, when the store cannot be used.
    """

    def __init__(self, url: str | None = None, home: Path | None = None) -> None:
        given = settings()
        if home is not None:
            given = given.model_copy(update={"home": home, "database": ""})
        self.home = given.home.resolve()
        make_folder(self.home)
        self.database = Database(url or given.database_url)

    def submit(self, owner: str, name: str, architecture: str, recipe: str, parameters: int,
               prepare: Callable[[Path], None] = lambda _folder: None) -> str:
        """Queue a training of these JSON texts and wake the supervisor; returns the id of the run.

        Args:
            prepare: leaves in the folder of the run what it shall find there, as the weights that it begins with.

        Raises:
            UserError: the name is empty, too long or cannot be shown, a limit is reached, or the store cannot be
                written; or what `prepare` raises.
        """
        return self.submit_series(owner, architecture, [(name, recipe)], parameters, prepare)[0]

    def submit_series(self, owner: str, architecture: str, recipes: Sequence[tuple[str, str]], parameters: int,
                      prepare: Callable[[Path], None] = lambda _folder: None) -> list[str]:
        """Queue a training of each of these recipes, under the name that stands before it, or none of them; returns
        the ids of the runs, which have a series in common where they are several.

        Raises:
            UserError: as for `submit`.
        """
        series, now = new_id() if len(recipes) > 1 else None, time.time()
        shared = {"owner": owner, "state": "queued", "created": now, "architecture": architecture, "series": series,
                  "parameters": parameters, "last_event": 1, "data_folder": str(settings().data.resolve())}
        rows = [{**shared, "id": new_id(), "name": _name(name), "recipe": recipe} for name, recipe in recipes]
        data = json.dumps({"kind": "state", "state": "queued", "reason": None})
        folders = [run_folder(self.home, str(row["id"])) for row in rows]
        try:
            for folder in folders:
                make_folder(folder)
                _prepared(folder, prepare)
            with self.database.write(durable=True) as connection:
                for row in rows:
                    check_limits(connection, self.home, owner, parameters)
                    connection.execute(insert(runs).values(**row, place=next_place(connection)))
                    connection.execute(insert(event_table).values(
                        run_id=row["id"], seq=1, time=now, kind="state", data=data))
        except UserError:
            for folder in folders:
                _remove(folder)
            raise
        bell.ring(self.home)
        return [str(row["id"]) for row in rows]

    def duplicate(self, owner: str | None, run_id: str, name: str | None = None) -> str:
        """Queue a run of the same network and recipe, to be trained from its beginning; returns its id.

        Raises:
            UserError: `owner` has no such run, or as for `submit`.
        """
        run = self.run(owner, run_id)
        if run is None:
            raise UserError("", NO_RUN)
        return self.submit(run.owner, name or run.name, run.architecture, run.recipe, run.parameters,
                           lambda folder: start.copy(run.folder, folder))

    def refusal(self, owner: str, parameters: int) -> UserError | None:
        """Why `owner` could not queue a network of so many `parameters` now; None when that can be done."""
        try:
            with self.database.read() as connection:
                check_limits(connection, self.home, owner, parameters)
        except UserError as error:
            return error
        return None

    def run(self, owner: str | None, run_id: str) -> Run | None:
        """The run, or None when `owner` has none of that id."""
        with self.database.read() as connection:
            row = connection.execute(select(runs).where(own(owner, run_id))).one_or_none()
        return to_run(row, self.home) if row else None

    def runs(self, owner: str | None) -> list[Run]:
        """All runs of `owner`, the newest first."""
        found = select(runs).where(of(owner)).order_by(runs.c.number.desc())
        with self.database.read() as connection:
            return [to_run(row, self.home) for row in connection.execute(found)]

    def series(self, owner: str | None, series: str) -> list[Run]:
        """The runs of `owner` that were queued together under this id, in their order."""
        found = select(runs).where(of(owner), runs.c.series == series).order_by(runs.c.number)
        with self.database.read() as connection:
            return [to_run(row, self.home) for row in connection.execute(found)]

    def events(self, owner: str | None, run_id: str, after: int = 0,
               kinds: Collection[str] | None = None) -> list[Event]:
        """The events of a run whose `seq` is greater than `after`, in their order; only of `kinds`, when given."""
        found = (select(event_table).join(runs, runs.c.id == event_table.c.run_id)
                 .where(own(owner, run_id), event_table.c.seq > after).order_by(event_table.c.seq))
        if kinds is not None:
            found = found.where(event_table.c.kind.in_(kinds))
        with self.database.read() as connection:
            return [Event(row.seq, row.time, row.kind, json.loads(row.data)) for row in connection.execute(found)]

    def queue_position(self, owner: str | None, run_id: str) -> int | None:
        """The place of a waiting run in the queue, 1 for the next; None when it does not wait."""
        with self.database.read() as connection:
            waiting = own(owner, run_id) & runs.c.state.in_(WAITING)
            number = connection.scalar(select(runs.c.number).where(waiting))
            line = connection.scalars(in_line()).all() if number is not None else []
        return line.index(number) + 1 if number in line else None

    def outlook(self, owner: str | None, run_id: str) -> Outlook | None:
        """What a waiting run has before it and when it may start; None when it does not wait."""
        most = settings()
        with self.database.read() as connection:
            number = connection.scalar(select(runs.c.number).where(own(owner, run_id)))
            return None if number is None else outlook(connection, number, most.workers, most.owner_running)

    def rename(self, owner: str | None, run_id: str, name: str) -> None:
        """Give a run another name.

        Raises:
            UserError: `owner` has no such run, or the name is empty, too long or cannot be shown.
        """
        name = _name(name)
        with self.database.write() as connection:
            if connection.execute(update(runs).where(own(owner, run_id)).values(name=name)).rowcount == 0:
                raise UserError("", NO_RUN)

    def delete(self, owner: str | None, run_id: str) -> None:
        """Remove a run and its folder; one in training is stopped, is seen no more, and is removed when it ended.

        Raises:
            UserError: `owner` has no such run, or its folder cannot be removed.
        """
        with self.database.write() as connection:
            stop(connection, owned(connection, owner, run_id), {"deleted": True})
        bell.ring(self.home)
        self.purge()

    def purge(self) -> None:
        """Remove what was deleted and has ended: the folder first, so that no folder is left without its row.

        Raises:
            UserError: a folder cannot be removed.
        """
        gone = runs.c.deleted.is_(True) & runs.c.state.in_(ENDED)
        with self.database.read() as connection:
            found = connection.scalars(select(runs.c.id).where(gone)).all()
        problems = []
        for run_id in found:
            try:
                _remove(run_folder(self.home, run_id))
            except UserError as error:
                problems.append(error)
                continue
            with self.database.write() as connection:
                connection.execute(delete(runs).where(runs.c.id == run_id))
        if problems:
            raise problems[0]


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise UserError("name", NAME_RULE, name, longest=LONGEST_NAME)
    if unprintable(name):
        raise UserError("name", NAME_LETTERS, ascii(name))
    return name


def _prepared(folder: Path, prepare: Callable[[Path], None]) -> None:
    try:
        prepare(folder)
    except OSError as error:
        raise UserError(str(folder), NO_FOLDER, problem=error.strerror or str(error)) from error


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder, onerror=_unless_gone)
    except OSError as error:
        raise UserError(str(folder), NO_FOLDER, problem=error.strerror or str(error)) from error


def _unless_gone(_function: object, _path: object, problem: tuple[object, BaseException, object]) -> None:
    """Another process may be removing the same folder."""
    if not isinstance(problem[1], FileNotFoundError):
        raise problem[1]
