"""Brings a store of an earlier version up to date: what it holds is kept, tables and columns are only ever added.

A process of the earlier version that is still at work goes on finding what it knows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Column, Connection, case, insert, select, update
from sqlalchemy.schema import CreateColumn

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.schema import VERSION, control, events, further, metadata, runs, schema, seeded, steered
from lib.runs.states import ACTIVE

OTHER_VERSION: Final = N_("the store was made by another version of Blockyard (format {found} in place of {wanted})")


def bring_up_to_date(connection: Connection) -> None:
    """Make the tables, or change those of an earlier version, in the transaction of `connection`.

    Raises:
        UserError: the store was made by a later version.
    """
    metadata.create_all(connection)
    found = connection.scalar(select(schema.c.version))
    if found is None:
        connection.execute(insert(schema).values(version=VERSION))
        return
    if found not in range(1, VERSION + 1):
        raise UserError("", OTHER_VERSION, found=found, wanted=VERSION)
    if found < 5:
        _add(connection, seeded)
    if found < 4:
        _add(connection, steered)
    if found < 3:
        _add(connection, further)
    if found < 2:
        _add(connection, control)
        _from_1_to_2(connection)
    connection.execute(update(schema).values(version=VERSION))


def _add(connection: Connection, columns: Iterable[Column[Any]]) -> None:
    for column in columns:
        definition = CreateColumn(column).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE runs ADD COLUMN {definition}")


def _from_1_to_2(connection: Connection) -> None:
    """Runs can be paused, go on, and wait in an order of their own; "interrupted" is no end any more."""
    lasted = runs.c.ended - runs.c.started
    connection.execute(update(runs).values(
        place=runs.c.number, served=case((runs.c.started.is_not(None), runs.c.number), else_=0),
        trained=case((lasted > 0, lasted), else_=0.0),
        wish=case((runs.c.stop_requested & runs.c.state.in_(ACTIVE), "stop"), else_="")))
    # These do not go on by themselves after so long; their owners decide.
    now, data = time.time(), json.dumps({"kind": "state", "state": "paused", "reason": None})
    for row in connection.execute(select(runs).where(runs.c.state == "interrupted")).all():
        connection.execute(insert(events).values(run_id=row.id, seq=row.last_event + 1, time=now, kind="state",
                                                 data=data))
        connection.execute(update(runs).where(runs.c.number == row.number).values(
            state="paused", last_event=row.last_event + 1))
