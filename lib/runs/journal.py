"""How a run changes: by events, each kept, which bring the row of the run up to date in the same transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, insert, update

from lib.errors import UserError
from lib.runs.events import changes, to_text
from lib.runs.schema import events as event_table
from lib.runs.schema import runs
from lib.runs.states import ACTIVE, ENDED, WAITING, State, check_transition

Event = dict[str, Any]


def state_event(state: State, reason: UserError | None = None) -> Event:
    """The event of a change to `state`, with its reason where that is not clear."""
    return {"kind": "state", "state": state, "reason": reason.to_json() if reason else None}


def record(connection: Connection, row: Row[Any], events: Iterable[Event], values: dict[str, Any]) -> None:
    """Append `events` to the run in `row` and set its columns, `values` besides; the caller holds the row."""
    now = time.time()
    before = dict(row._mapping)
    found = dict(values)
    written = []
    for seq, event in enumerate(events, row.last_event + 1):
        if event["kind"] == "state":
            event, change = _new_state(before | found, event, now)
        else:
            change = changes(event, before | found)
        found |= change
        written.append({"run_id": row.id, "seq": seq, "time": now, "kind": event["kind"], "data": to_text(event)})
    if written:
        connection.execute(insert(event_table), written)
    found["last_event"] = row.last_event + len(written)
    connection.execute(update(runs).where(runs.c.number == row.number).values(found))


def _new_state(row: dict[str, Any], event: Event, now: float) -> tuple[Event, dict[str, Any]]:
    """The event of a change of state as it is kept, and the columns that it sets."""
    following = check_transition(row["state"], event["state"])
    reason = event.get("reason")
    if reason is None and row["state"] == "stopping" and following == "stopped" and row["reason"]:
        # Why it was stopped is why it has stopped.
        reason = json.loads(row["reason"])
    found: dict[str, Any] = {"state": following, "reason": to_text(reason) if reason else None}
    if following not in ACTIVE:
        # The wish to stop after the epoch outlives a worker; any other has come true or is void.
        wish = row["wish"] if following in WAITING else ""
        found |= {"heartbeat": None, "wish": wish, "stop_seen": False, "remaining": None}
    if following in ENDED:
        found |= {"ended": now, "rate": None}
    elif following == "queued" and row["state"] not in ACTIVE:
        found |= {"ended": None, "needs_room": None, "deaths": 0}
    return {**event, "reason": reason}, found
