"""From a row of the table of runs to a `Run`, and who may see which row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, select
from sqlalchemy.sql.elements import ColumnElement

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.records import Run
from lib.runs.schema import runs

NO_RUN: Final = N_("this run does not exist (any more)")
_HIDDEN = frozenset({"number", "deleted", "stop_requested"})


def run_folder(home: Path, run_id: str) -> Path:
    """Where the artifacts of a run are."""
    return home / "runs" / run_id


def to_run(row: Row[Any], home: Path) -> Run:
    """The run in `row` (all columns of the table), of the store in `home`."""
    values = {name: value for name, value in row._mapping.items() if name not in _HIDDEN}
    if values["reason"] is not None:
        values["reason"] = UserError.from_json(json.loads(values["reason"]))
    return Run(**values, folder=run_folder(home, values["id"]))


def of(owner: str | None) -> ColumnElement[bool]:
    """The runs that `owner` sees; None, the administrator, sees all."""
    seen = runs.c.deleted.is_(False)
    return seen if owner is None else seen & (runs.c.owner == owner)


def own(owner: str | None, run_id: str) -> ColumnElement[bool]:
    """The run of that id, if `owner` sees it."""
    return of(owner) & (runs.c.id == run_id)


def owned(connection: Connection, owner: str | None, run_id: str) -> Row[Any]:
    """The row of that run, held until the transaction ends.

    Raises:
        UserError: `owner` has no such run.
    """
    row = connection.execute(select(runs).where(own(owner, run_id)).with_for_update()).one_or_none()
    if row is None:
        raise UserError("", NO_RUN)
    return row
