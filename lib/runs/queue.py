"""The one order in which waiting runs are served, for the claim and for the place on the screen alike."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, case, func, or_, select

from lib.runs.schema import runs
from lib.runs.states import ACTIVE, WAITING

_JUDGED: Final = 20
"""So many of the last trainings say how long one takes."""


class Outlook(NamedTuple):
    """What a waiting run has before it.

    Attributes:
        position: its place in the queue, 1 for the next.
        seconds: until it starts, roughly; None when nothing is known about those before it.
        own: whether it waits for runs of its own owner, who may have only so many in training.
    """

    position: int
    seconds: float | None
    own: bool


@lru_cache(maxsize=16)  # making the statement takes SQLAlchemy longer than the database needs to answer it
def in_line(most: int | None = None) -> Any:
    """Numbers of the waiting runs in the order in which they would be claimed if no run ended meanwhile.

    Beside each stands how many trainings its owner would have with it.

    A run that lost its worker or was put away goes first, for it had its turn: a reason tells it. An owner's k-th
    waiting run, by priority and then by age, counts as many trainings before it as the owner has active, and k - 1:
    the run with the fewest goes first, among equals that of the owner who has waited longest for a turn. So nobody
    waits for another's second run.

    Args:
        most: how many trainings an owner may have at a time; those beyond are left out. None: all are in line.
    """
    busy = (select(runs.c.owner, func.count().label("active"))
            .where(runs.c.state.in_(ACTIVE)).group_by(runs.c.owner).subquery())
    in_queue = select(runs.c.owner).where(runs.c.state.in_(WAITING))
    turns = (select(runs.c.owner, func.max(runs.c.served).label("last"))
             .where(runs.c.owner.in_(in_queue)).group_by(runs.c.owner).subquery())
    lost = case((or_(runs.c.state == "interrupted", runs.c.reason.is_not(None)), 0), else_=1)
    own: dict[str, Any] = {"partition_by": runs.c.owner, "order_by": (lost, runs.c.priority.desc(), runs.c.place)}
    nth = func.row_number().over(**own)
    ranked = (select(runs.c.number, lost.label("lost"), (nth + func.coalesce(busy.c.active, 0)).label("rank"),
                     nth.label("nth"), func.first_value(lost).over(**own).label("had"), turns.c.last,
                     func.first_value(runs.c.place).over(**own).label("place"))
              .select_from(runs.join(turns, runs.c.owner == turns.c.owner)
                           .outerjoin(busy, runs.c.owner == busy.c.owner))
              .where(runs.c.state.in_(WAITING)).subquery())
    found = (select(runs.c.number, ranked.c.rank).join(ranked, ranked.c.number == runs.c.number)
             .where(runs.c.state.in_(WAITING))
             .order_by(ranked.c.lost, ranked.c.rank, ranked.c.nth, ranked.c.had, ranked.c.last, ranked.c.place,
                      runs.c.number))
    return found if most is None else found.where(ranked.c.rank <= most)


def outlook(connection: Connection, number: int, workers: int, most: int) -> Outlook | None:
    """What stands before the waiting run of `number`; None when it does not wait.

    Args:
        connection: a transaction.
        number: of the run.
        workers: how many trainings go on at the same time.
        most: how many of them one owner may have.
    """
    line = connection.execute(in_line()).all()
    ahead = next((index for index, row in enumerate(line) if row.number == number), None)
    if ahead is None:
        return None
    own = line[ahead].rank > most
    left = connection.scalars(select(runs.c.remaining).where(runs.c.state.in_(ACTIVE))).all()
    return Outlook(ahead + 1, _start(left, ahead, workers, _usual(connection)), own)


def _usual(connection: Connection) -> float | None:
    """The median of the seconds that the last trainings took."""
    found = connection.scalars(select(runs.c.trained).where(runs.c.state == "finished")
                               .order_by(runs.c.ended.desc()).limit(_JUDGED)).all()
    return sorted(found)[len(found) // 2] if found else None


def _start(left: Sequence[float | None], ahead: int, workers: int, usual: float | None) -> float | None:
    """Seconds until a place is free for who has `ahead` before it, where trainings last as long as `usual`."""
    known = [usual if seconds is None else seconds for seconds in left]
    busy = [seconds for seconds in known if seconds is not None]
    if len(busy) < len(known) or (ahead and usual is None):
        return None
    free = [0.0] * max(0, workers - len(busy)) + busy
    heapq.heapify(free)
    for _place in range(ahead):
        heapq.heapreplace(free, free[0] + (usual or 0.0))
    return free[0]


def next_place(connection: Connection) -> int:
    """The place behind all others, for a run that comes into the queue now."""
    return int(connection.scalar(select(func.max(runs.c.place))) or 0) + 1


def next_turn(connection: Connection) -> int:
    """The number of the turn that is given now."""
    return int(connection.scalar(select(func.max(runs.c.served))) or 0) + 1
