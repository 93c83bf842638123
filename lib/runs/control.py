"""What the owner of a run may ask for: pause, go on, stop, go further, go first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, update

from lib.errors import UserError, Words
from lib.i18n import N_
from lib.runs import bell
from lib.runs.database import Database
from lib.runs.journal import record, state_event
from lib.runs.limits import check_limits
from lib.runs.queue import next_place
from lib.runs.rows import NO_RUN, own, owned
from lib.runs.schema import runs
from lib.runs.states import ACTIVE, ENDED, TITLES
from lib.training.recipe import Recipe

Priority = Literal[-1, 0, 1]

NOT_TO_RESUME: Final = N_("expected a run that is paused, stopped or failed")
NOT_TO_STEER: Final = N_("expected a run that is not over")
SCHEDULED: Final = N_("expected a run without a schedule: this one's gives the learning rate of every batch")
MOST_RATE: Final = 100.0
"""The highest learning rate, as in a recipe."""
NOT_TO_CONTINUE: Final = N_("expected a run that is paused or has ended")
MODEL_FIRST: Final = N_("to be stopped as soon as a worker has made a model of what was learned; "
                        "another stop does without the model")


class Control:
    """The wishes of owners. Asking again, or asking of a run that is over, changes nothing where it need not."""

    database: Database
    home: Path

    def request_stop(self, owner: str | None, run_id: str, after_epoch: bool = False) -> None:
        """Ask a run to stop, at once or after its epoch; it keeps what it learned.

        One that no worker has in hand, but that has learned something, goes into the hands of one for a moment, which
        makes a model of that. Asked again, it does without.

        Raises:
            UserError: `owner` has no such run.
        """
        with self.database.write() as connection:
            row = owned(connection, owner, run_id)
            if after_epoch and row.state in ("starting", "running"):
                record(connection, row, [], {"wish": "stop_after_epoch"})
            else:
                stop(connection, row, {})
        bell.ring(self.home)

    def request_pause(self, owner: str | None, run_id: str) -> None:
        """Ask a run to pause: one that waits leaves the queue, one in training is kept to the last batch.

        Raises:
            UserError: `owner` has no such run.
        """
        with self.database.write() as connection:
            row = owned(connection, owner, run_id)
            if row.state in ("queued", "interrupted"):
                record(connection, row, [state_event("paused")], {})
            elif row.state in ("starting", "running"):
                record(connection, row, [state_event("pausing")], {"wish": "pause"})
        bell.ring(self.home)

    def resume(self, owner: str | None, run_id: str) -> None:
        """Have a run go on from where it was kept; one that shall stop after its epoch goes on beyond it.

        Raises:
            UserError: `owner` has no such run, there is nothing to go on with, or a limit is reached.
        """
        with self.database.write(durable=True) as connection:
            row = owned(connection, owner, run_id)
            if row.wish == "stop_after_epoch":
                record(connection, row, [], {"wish": ""})
            elif row.state in ("paused", "stopped", "failed"):
                self._queue_again(connection, row, {})
            elif row.state not in ("queued", "interrupted", "starting", "running"):
                raise UserError("", NOT_TO_RESUME, Words(TITLES[row.state]))
        bell.ring(self.home)

    def continue_for(self, owner: str | None, run_id: str, epochs: int) -> None:
        """Have a run go on for so many `epochs` beyond those that it has completed.

        Raises:
            UserError: `owner` has no such run, it waits or is in training, its recipe cannot be read or cannot have
                so many epochs, or a limit is reached.
        """
        if epochs < 1:
            raise UserError("epochs", N_("expected a number of at least {ge}"), epochs, ge=1)
        with self.database.write(durable=True) as connection:
            row = owned(connection, owner, run_id)
            if row.state not in ("paused", "finished", "stopped", "failed"):
                raise UserError("", NOT_TO_CONTINUE, Words(TITLES[row.state]))
            before, total = Recipe.from_json(row.recipe), row.epoch + epochs
            recipe = Recipe.from_json(json.dumps({**before.model_dump(mode="json"), "epochs": total}))
            progress = min(1.0, row.progress * before.epochs / total)
            self._queue_again(connection, row, {"recipe": recipe.to_json(), "progress": progress, "beyond": row.epoch})
        bell.ring(self.home)

    def set_learning_rate(self, owner: str | None, run_id: str, rate: float) -> None:
        """Have a run go on with the learning rate `rate` from its next batch on.

        Raises:
            UserError: `owner` has no such run, it is over, it follows a schedule, or `rate` is none.
        """
        if not 0 < rate <= MOST_RATE:
            raise UserError("learning_rate", N_("expected a number above 0 and at most {le}"), rate, le=MOST_RATE)
        with self.database.write() as connection:
            row = owned(connection, owner, run_id)
            if row.state in ENDED or row.state == "stopping":
                raise UserError("", NOT_TO_STEER, Words(TITLES[row.state]))
            if schedule := json.loads(row.recipe).get("schedule"):
                raise UserError("learning_rate", SCHEDULED, schedule["name"])
            record(connection, row, [], {"rate": rate})

    def set_priority(self, owner: str | None, run_id: str, priority: Priority) -> None:
        """Let a run go before (1) or after (-1) the others of its owner.

        Raises:
            UserError: `owner` has no such run.
        """
        with self.database.write() as connection:
            change = update(runs).where(own(owner, run_id)).values(priority=priority)
            if connection.execute(change).rowcount == 0:
                raise UserError("", NO_RUN)

    def _queue_again(self, connection: Connection, row: Row[Any], values: dict[str, Any]) -> None:
        check_limits(connection, self.home, row.owner, row.parameters, row.trained)
        record(connection, row, [state_event("queued")], {**values, "place": next_place(connection)})


def stop(connection: Connection, row: Row[Any], values: dict[str, Any], reason: UserError | None = None) -> None:
    """Have the run in `row` stop, with a model of what it has learned; at once where there is nothing to make one of,
    or nobody wants it. Sets `values` besides."""
    events = []
    if row.state in ACTIVE:
        values = {**values, "wish": "stop"}
        if row.state != "stopping":
            events = [state_event("stopping", reason)]
    elif row.state in ("queued", "interrupted", "paused"):
        if row.secured and row.wish != "stop" and not values.get("deleted"):
            values = {**values, "wish": "stop"}
            events = [state_event("queued", UserError("", MODEL_FIRST))]
        else:
            events = [state_event("stopped", reason)]
    record(connection, row, events, values)
