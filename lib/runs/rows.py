"""From a row of the table of runs to a `Run`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from lib.errors import UserError
from lib.runs.records import Run

_HIDDEN = frozenset({"number", "deleted"})


def run_folder(home: Path, run_id: str) -> Path:
    """Where the artifacts of a run are."""
    return home / "runs" / run_id


def to_run(row: Row[Any], home: Path) -> Run:
    """The run in `row` (all columns of the table), of the store in `home`."""
    values = {name: value for name, value in row._mapping.items() if name not in _HIDDEN}
    if values["reason"] is not None:
        values["reason"] = UserError.from_json(json.loads(values["reason"]))
    return Run(**values, folder=run_folder(home, values["id"]))
