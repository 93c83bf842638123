"""Small questions about many runs at once, which need no run as a whole."""

from __future__ import annotations

from sqlalchemy import func, select

from lib.runs.rows import of
from lib.runs.schema import runs
from lib.runs.states import WAITING
from lib.runs.store import Store


def waiting_runs(store: Store, owner: str | None) -> int:
    """How many runs of `owner` stand in the queue; None stands for everybody."""
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).where(of(owner), runs.c.state.in_(WAITING))) or 0


def run_names(store: Store, owner: str | None) -> set[str]:
    """The names that `owner` has given to runs."""
    with store.database.read() as connection:
        return set(connection.scalars(select(runs.c.name).where(of(owner))))
