"""The store as workers and the supervisor use it: claim a run, report on it, end it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from lib.errors import UserError
from lib.runs.database import Database
from lib.runs.events import changes, to_text
from lib.runs.records import Run
from lib.runs.rows import to_run
from lib.runs.schema import events as event_table
from lib.runs.schema import runs
from lib.runs.states import ACTIVE, ENDED, State, check_transition


class StaleAttemptError(Exception):
    """The run is over, gone, or in other hands: this worker may not write to it any more."""


class Work:
    """What happens to queued and active runs. Writers name the attempt that they are: a stale one is refused."""

    database: Database
    home: Path

    def claim(self, worker: str) -> Run | None:
        """Give the next queued run to `worker` and return it, or None when none waits. One caller wins each run.

        Next is the oldest run of the owner who has the fewest runs in training.
        """
        with self.database.write() as connection:
            number = connection.scalar(next_in_line().limit(1).with_for_update(of=runs, skip_locked=True))
            if number is None:
                return None
            row = connection.execute(select(runs).where(runs.c.number == number)).one()
            now = time.time()
            values = {"attempt": row.attempt + 1, "worker": worker, "started": now, "heartbeat": now}
            record(connection, row, [{"kind": "state", "state": "starting"}], values)
            return self._by_number(connection, number)

    def begin(self, run_id: str, attempt: int) -> Run:
        """A worker takes up its run: "starting" becomes "running", unless a stop came first; returns the run.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
        """
        with self.database.write() as connection:
            row = _held(connection, run_id, attempt)
            if row.state == "starting":
                record(connection, row, [{"kind": "state", "state": "running"}], {"heartbeat": time.time()})
            return self._by_number(connection, row.number)

    def append_events(self, run_id: str, attempt: int, events: Iterable[dict[str, Any]]) -> None:
        """Keep `events` in their order and bring the row of the run up to date, all or nothing.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
            UserError: the store cannot be written, or a state may not follow the present one.
        """
        with self.database.write() as connection:
            record(connection, _held(connection, run_id, attempt), events, {"heartbeat": time.time()})

    def heartbeat(self, run_id: str, attempt: int) -> None:
        """Say that the worker lives.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
        """
        change = update(runs).where(_in_hands(run_id, attempt)).values(heartbeat=time.time())
        with self.database.write() as connection:
            if connection.execute(change).rowcount == 0:
                raise StaleAttemptError(run_id)

    def stop_asked(self, run_id: str, attempt: int) -> bool:
        """Whether this attempt should stop: someone asked, or the run is not its own any more. Writes nothing."""
        with self.database.read() as connection:
            asked = connection.scalar(select(runs.c.stop_requested).where(_in_hands(run_id, attempt)))
        return asked is not False

    def stop_seen(self, run_id: str, attempt: int) -> None:
        """The worker has noticed the stop and is putting away what was learned."""
        with self.database.write() as connection:
            connection.execute(update(runs).where(_in_hands(run_id, attempt)).values(stop_seen=True))

    def finish(self, run_id: str, attempt: int, state: State, reason: UserError | None = None,
               events: Iterable[dict[str, Any]] = ()) -> None:
        """Keep the last `events` and end the run as `state`, in one transaction.

        Raises:
            StaleAttemptError: the run is not this attempt's any more.
            UserError: the store cannot be written.
        """
        ending = {"kind": "state", "state": state, "reason": reason.to_json() if reason else None}
        self.append_events(run_id, attempt, [*events, ending])

    def end_if_held(self, run: Run, state: State, reason: UserError | None) -> bool:
        """End a run whose worker is gone; returns False when it had already ended by itself."""
        try:
            self.finish(run.id, run.attempt, state, reason)
        except StaleAttemptError:
            return False
        return True

    def fail_queued(self, reason: UserError) -> None:
        """End every waiting run as failed: nothing can train it."""
        with self.database.write() as connection:
            for row in connection.execute(select(runs).where(runs.c.state == "queued")).all():
                record(connection, row, [{"kind": "state", "state": "failed", "reason": reason.to_json()}], {})

    def in_hand(self) -> tuple[list[Run], int]:
        """The active runs of every owner, and how many wait."""
        with self.database.read() as connection:
            rows = connection.execute(select(runs).where(runs.c.state.in_(ACTIVE)).order_by(runs.c.number)).all()
            waiting = connection.scalar(select(func.count()).where(runs.c.state == "queued"))
        return [to_run(row, self.home) for row in rows], waiting or 0

    def _by_number(self, connection: Connection, number: int) -> Run:
        return to_run(connection.execute(select(runs).where(runs.c.number == number)).one(), self.home)


def next_in_line() -> Any:
    """Numbers of the queued runs in the order in which they would be claimed if no run ended meanwhile.

    An owner's k-th waiting run counts as many trainings before it as the owner has active, and k - 1: the run with
    the fewest goes first, the oldest among equals.
    """
    busy = (select(runs.c.owner, func.count().label("active"))
            .where(runs.c.state.in_(ACTIVE)).group_by(runs.c.owner).subquery())
    nth = func.row_number().over(partition_by=runs.c.owner, order_by=runs.c.number)
    ranked = (select(runs.c.number, (nth + func.coalesce(busy.c.active, 0)).label("rank"))
              .select_from(runs.outerjoin(busy, runs.c.owner == busy.c.owner))
              .where(runs.c.state == "queued").subquery())
    return (select(runs.c.number).join(ranked, ranked.c.number == runs.c.number)
            .where(runs.c.state == "queued").order_by(ranked.c.rank, runs.c.number))


def _in_hands(run_id: str, attempt: int) -> ColumnElement[bool]:
    return (runs.c.id == run_id) & (runs.c.attempt == attempt) & runs.c.state.in_(ACTIVE)


def _held(connection: Connection, run_id: str, attempt: int) -> Row[Any]:
    row = connection.execute(select(runs).where(_in_hands(run_id, attempt)).with_for_update()).one_or_none()
    if row is None:
        raise StaleAttemptError(run_id)
    return row


def record(connection: Connection, row: Row[Any], events: Iterable[dict[str, Any]], values: dict[str, Any]) -> None:
    """Append `events` to the run in `row` and set its columns, `values` besides; the caller holds the row."""
    now = time.time()
    found: dict[str, Any] = {"state": row.state, "best_val_accuracy": row.best_val_accuracy, **values}
    written = []
    for seq, event in enumerate(events, row.last_event + 1):
        if event["kind"] == "state":
            found |= _new_state(found["state"], event, now)
        else:
            found |= changes(event, found["best_val_accuracy"])
        written.append({"run_id": row.id, "seq": seq, "time": now, "kind": event["kind"], "data": to_text(event)})
    if written:
        connection.execute(insert(event_table), written)
    connection.execute(update(runs).where(runs.c.number == row.number)
                       .values(**found, last_event=row.last_event + len(written)))


def _new_state(state: State, event: dict[str, Any], now: float) -> dict[str, Any]:
    following = check_transition(state, event["state"])
    ended = {"ended": now, "heartbeat": None} if following in ENDED else {}
    reason = event.get("reason")
    return {"state": following, "reason": to_text(reason) if reason else None, **ended}
