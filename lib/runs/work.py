"""The store as workers and the supervisor use it: claim a run, report on it, end it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.control import stop
from lib.runs.database import Database
from lib.runs.drain import is_draining
from lib.runs.journal import Event, record, state_event
from lib.runs.limits import TOO_LONG
from lib.runs.queue import in_line, next_place, next_turn
from lib.runs.records import Run
from lib.runs.rows import to_run
from lib.runs.schema import runs
from lib.runs.states import ACTIVE, WAITING, State
from lib.settings import settings
from lib.training.run import Wish

MOST_DEATHS: Final = 3
HOPELESS: Final = N_("the training process was lost {count} times and the training came no further in between; "
                     "the timeline says why each time")


class StaleAttemptError(Exception):
    """The run is over, gone, or in other hands: this worker may not write to it any more."""


class Work:
    """What happens to queued and active runs. Writers name the attempt that they are: a stale one is refused."""

    database: Database
    home: Path

    def claim(self, worker: str) -> Run | None:
        """Give the next run in line to `worker` and return it, or None when none may start. One caller wins each.

        The line is that of `lib.runs.queue.in_line`; an owner never has more in training than the settings allow.
        While the administrator drains, none may start but to be stopped.
        """
        line = in_line(settings().owner_running)
        with self.database.write() as connection:
            if is_draining(connection):
                line = line.where(runs.c.wish == "stop")
            number = connection.scalar(line.limit(1).with_for_update(of=runs, skip_locked=True))
            if number is None:
                return None
            row = connection.execute(select(runs).where(runs.c.number == number)).one()
            now = time.time()
            values = {"attempt": row.attempt + 1, "worker": worker, "started": now, "heartbeat": now,
                      "served": next_turn(connection), "images_per_second": None, "stop_seen": row.wish == "stop"}
            record(connection, row, [state_event("starting")], values)
            return self._by_number(connection, number)

    def begin(self, run_id: str, attempt: int, threads: int | None = None) -> Run:
        """A worker takes up its run: "starting" becomes "running", or "stopping" where that is the wish; returns it.

        A run that has nothing to go on from gets the number of `threads` that the worker has.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
        """
        with self.database.write() as connection:
            row = _held(connection, run_id, attempt)
            values = {} if row.threads and row.secured else {"threads": threads}
            if row.state == "starting":
                following: State = "stopping" if row.wish == "stop" else "running"
                record(connection, row, [state_event(following)], {**values, "heartbeat": time.time()})
            return self._by_number(connection, row.number)

    def append_events(self, run_id: str, attempt: int, events: Iterable[Event], trained: float | None = None,
                      durable: bool = False) -> None:
        """Keep `events` in their order and bring the row of the run up to date, all or nothing.

        Args:
            run_id: the run.
            attempt: of the caller.
            events: what has happened.
            trained: seconds spent in training by now, in all attempts.
            durable: return only when they would survive a loss of power.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
            UserError: the store cannot be written, or a state may not follow the present one.
        """
        values = {"heartbeat": time.time(), **({} if trained is None else {"trained": trained})}
        with self.database.write(durable) as connection:
            record(connection, _held(connection, run_id, attempt), events, values)

    def heartbeat(self, run_id: str, attempt: int, trained: float | None = None) -> None:
        """Say that the worker lives, and how many seconds it has trained in all attempts.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
        """
        values = {"heartbeat": time.time(), **({} if trained is None else {"trained": trained})}
        change = update(runs).where(_in_hands(run_id, attempt)).values(values)
        with self.database.write() as connection:
            if connection.execute(change).rowcount == 0:
                raise StaleAttemptError(run_id)

    def asked(self, run_id: str, attempt: int) -> Wish:
        """What is wished of this attempt; "stop" when the run is not its own any more. Writes nothing."""
        return self.wishes(run_id, attempt)[0]

    def wishes(self, run_id: str, attempt: int) -> tuple[Wish, float | None]:
        """What is asked of this attempt, and the learning rate that is wanted instead of the one it has."""
        with self.database.read() as connection:
            found = connection.execute(select(runs.c.wish, runs.c.rate).where(_in_hands(run_id, attempt))).one_or_none()
        return ("stop", None) if found is None else (found.wish, found.rate)

    def stop_seen(self, run_id: str, attempt: int) -> None:
        """The worker has noticed that it shall stop or pause, and is putting away what was learned."""
        with self.database.write() as connection:
            connection.execute(update(runs).where(_in_hands(run_id, attempt)).values(stop_seen=True))

    def finish(self, run_id: str, attempt: int, state: State, reason: UserError | None = None,
               events: Iterable[Event] = (), trained: float | None = None, needs_room: int | None = None,
               blame: bool = True) -> None:
        """Keep the last `events` and bring the run out of its worker's hands as `state`, in one transaction.

        A wish goes before: who paused though it should stop has stopped, and a worker that was lost, or put its run
        away, while it should stop or pause has done so. A run that loses its worker for the third time with no
        checkpoint in between has failed.

        Args:
            run_id: the run.
            attempt: of the caller.
            state: how it ended.
            reason: why, where that is not clear.
            events: what is not kept yet.
            trained: seconds spent in training by now, in all attempts.
            needs_room: bytes that must be free before a run that is paused now goes on by itself.
            blame: whether the run may be what ended its worker.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
            UserError: the store cannot be written.
        """
        with self.database.write(durable=True) as connection:
            row = _held(connection, run_id, attempt)
            values: dict[str, Any] = {} if trained is None else {"trained": trained}
            state, reason = _as_wished(row.wish, state, reason)
            endings = [state_event(state, reason)]
            if state == "paused":
                values["needs_room"] = needs_room
            elif state == "interrupted" and blame:
                values["deaths"] = row.deaths + 1
                if values["deaths"] >= MOST_DEATHS:
                    endings.append(state_event("failed", UserError("", HOPELESS, count=MOST_DEATHS)))
            record(connection, row, [*events, *endings], values)

    def lost(self, run: Run, reason: UserError | None, blame: bool = True) -> bool:
        """The worker of `run` is gone; returns False when the run had already left its hands by itself."""
        try:
            self.finish(run.id, run.attempt, "interrupted", reason, blame=blame)
        except StaleAttemptError:
            return False
        return True

    def end_for_time(self, run: Run, minutes: int) -> None:
        """Have a run stop that has taken all the time that one may take."""
        with self.database.write() as connection:
            row = _held(connection, run.id, run.attempt)
            if row.wish not in ("stop", "pause"):
                stop(connection, row, {}, UserError("", TOO_LONG, minutes=minutes))

    def resume_with_room(self) -> int:
        """Queue again what was paused for a full disk and has room now; returns how many runs."""
        lacking = (runs.c.state == "paused") & runs.c.needs_room.is_not(None)
        with self.database.read() as connection:
            if connection.scalar(select(func.min(runs.c.needs_room)).where(lacking)) is None:
                return 0
        enough = runs.c.needs_room <= shutil.disk_usage(self.home).free
        with self.database.write() as connection:
            found = connection.execute(select(runs).where(lacking, enough)).all()
            for row in found:
                record(connection, row, [state_event("queued")], {"place": next_place(connection)})
        return len(found)

    def fail_waiting(self, reason: UserError) -> None:
        """End every waiting run as failed: nothing can train it."""
        with self.database.write() as connection:
            for row in connection.execute(select(runs).where(runs.c.state.in_(WAITING))).all():
                record(connection, row, [state_event("failed", reason)], {})

    def in_hand(self) -> tuple[list[Run], int]:
        """The active runs of every owner, and how many wait."""
        with self.database.read() as connection:
            rows = connection.execute(select(runs).where(runs.c.state.in_(ACTIVE)).order_by(runs.c.number)).all()
            waiting = connection.scalar(select(func.count()).where(runs.c.state.in_(WAITING)))
        return [to_run(row, self.home) for row in rows], waiting or 0

    def _by_number(self, connection: Connection, number: int) -> Run:
        return to_run(connection.execute(select(runs).where(runs.c.number == number)).one(), self.home)


def _in_hands(run_id: str, attempt: int) -> ColumnElement[bool]:
    return (runs.c.id == run_id) & (runs.c.attempt == attempt) & runs.c.state.in_(ACTIVE)


def _held(connection: Connection, run_id: str, attempt: int) -> Row[Any]:
    row = connection.execute(select(runs).where(_in_hands(run_id, attempt)).with_for_update()).one_or_none()
    if row is None:
        raise StaleAttemptError(run_id)
    return row


def _as_wished(wish: Wish, state: State, reason: UserError | None) -> tuple[State, UserError | None]:
    if state in ("interrupted", "queued") and wish in ("pause", "stop"):
        return ("paused" if wish == "pause" else "stopped"), None
    if state == "paused" and wish == "stop":
        return "stopped", reason
    return state, reason
