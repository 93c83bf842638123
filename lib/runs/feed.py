"""The curves of a run for everybody who watches it: gathered once in this process, told as what is new.

A hundred viewers cost one look at the store every half second, and one making of JSON for each cursor that they have.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from sqlalchemy import bindparam, select

from lib.runs.history import History
from lib.runs.records import Event
from lib.runs.rows import of
from lib.runs.schema import events as event_table
from lib.runs.schema import runs, views
from lib.runs.states import ACTIVE, ENDED, State
from lib.runs.store import Store

FRESH: Final = 0.5
"""Seconds for which what was read serves everybody."""
EAGER: Final = 0.2
"""The same while everybody waits for the first point."""
MOST_FEEDS: Final = 64
MOST_ANSWERS: Final = 256
FRAMES: Final = (20, 50, 100, 200, 500)
QUICK: Final = 400
STEADY: Final = 1000
REST: Final = 3000
_CURSOR: Final = re.compile(r"(\d{1,9})-(\d{1,9})-(\d{1,9})-\d{1,9}")
_ROW: Final = (
    select(runs.c.owner, runs.c.name, runs.c.state, runs.c.recipe, runs.c.last_event, views.c.link)
    .select_from(runs.outerjoin(views, views.c.run_id == runs.c.id)).where(of(None), runs.c.id == bindparam("run")))
_EVENTS: Final = (select(event_table).where(event_table.c.run_id == bindparam("run"),
                                            event_table.c.seq > bindparam("after")).order_by(event_table.c.seq))


class Feed:
    """One run, as far as it was read; safe in threads.

    Attributes:
        owner: whose run it is.
        link: by which others may watch it; None while it is not shared.
        stale: from when it is to be read again, by the clock of `Feeds`.
    """

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.owner = ""
        self.link: str | None = None
        self.stale = -math.inf
        self.reading = Lock()
        self._lock = Lock()
        self._history = History()
        self._row: Any = None
        self._answers: dict[tuple[int, int] | None, bytes] = {}
        self._changes = 0

    def refresh(self, store: Store) -> bool:
        """Read what is new; False when there is no such run any more.

        Raises:
            UserError: the store cannot be read.
        """
        with store.database.read() as connection:
            row = connection.execute(_ROW, {"run": self.run_id}).one_or_none()
            if row is None:
                return False
            after = self._history.last
            found = connection.execute(_EVENTS, {"run": self.run_id, "after": after}).all() if (
                row.last_event > after) else []
        events = [Event(each.seq, each.time, each.kind, json.loads(each.data)) for each in found]
        with self._lock:
            if events or row != self._row:
                self._answers.clear()
                self._changes += 1
            self._history.add(events)
            self._row, self.owner, self.link = row, row.owner, row.link
        return True

    @property
    def serves(self) -> float:
        """Seconds for which what was read is new enough."""
        waited_for = self._row.state in ACTIVE and not self._history.batches["step"]
        return EAGER if waited_for else FRESH

    def answer(self, after: str = "") -> bytes | None:
        """What came after the cursor `after`, as JSON; everything after a cursor that means nothing; None: nothing."""
        with self._lock:
            if after == self._cursor():
                return None
            known = self._known(after)
            found = self._answers.get(known)
            if found is None:
                if len(self._answers) >= MOST_ANSWERS:
                    self._answers.clear()
                found = self._answers[known] = _json(self._told(known))
        return found

    def _cursor(self) -> str:
        history = self._history
        return f"{history.rewritten}-{len(history.batches['step'])}-{len(history.epochs)}-{self._changes}"

    def _told(self, known: tuple[int, int] | None) -> dict[str, Any]:
        history, row = self._history, self._row
        batch, epoch = known or (0, 0)
        began = history.began or {}
        epochs = began.get("epochs") or json.loads(row.recipe).get("epochs", 1)
        state: State = row.state
        return {
            "cursor": self._cursor(), "whole": known is None, "name": row.name, "state": state,
            "over": state in ENDED, "epochs": epochs, "epoch": history.epoch,
            "steps": began.get("steps_per_epoch"), "frame": frame(history, epochs, state in ENDED),
            "progress": 1.0 if state == "finished" else history.progress,
            "speed": history.speed, "remaining": history.remaining if state in ACTIVE else None,
            "batches": {name: values[batch:] for name, values in history.batches.items()},
            "tail": _tail(history), "rows": history.epochs[epoch:],
            "test": (history.evaluation or {}).get("accuracy"), "again": pace(state, bool(history.batches["step"])),
        }

    def _known(self, after: str) -> tuple[int, int] | None:
        """How many rows of batches and of epochs who has the cursor `after` knows; None: none that still hold."""
        found = _CURSOR.fullmatch(after)
        if found is None:
            return None
        rewritten, batches, epochs = map(int, found.groups())
        history = self._history
        same = rewritten == history.rewritten and batches <= len(history.batches["step"]) and (
            epochs <= len(history.epochs))
        return (batches, epochs) if same else None


class Feeds:
    """The runs that are being watched, the last asked for kept; safe in threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._feeds: OrderedDict[tuple[str, str], Feed] = OrderedDict()
        self._links: OrderedDict[tuple[str, str], str] = OrderedDict()

    def fresh(self, home: str, run_id: str) -> Feed | None:
        """The run, if it was read a moment ago: takes no time."""
        with self._lock:
            feed = self._feeds.get((home, run_id))
        return feed if feed is not None and self._now() < feed.stale else None

    def fresh_by_link(self, home: str, link: str) -> Feed | None:
        """The run that `link` leads to, if it was read a moment ago."""
        with self._lock:
            run_id = self._links.get((home, link))
        feed = self.fresh(home, run_id) if run_id else None
        return feed if feed is not None and feed.link == link else None

    def look(self, store: Store, home: str, run_id: str) -> Feed | None:
        """The run as it is now; None when there is none. Of many who ask at the same time, one reads.

        Raises:
            UserError: the store cannot be read.
        """
        with self._lock:
            feed = self._feeds.setdefault((home, run_id), Feed(run_id))
            _keep_last(self._feeds, (home, run_id))
        with feed.reading:
            if (moment := self._now()) >= feed.stale:
                if not feed.refresh(store):
                    self._forget(home, run_id)
                    return None
                feed.stale = moment + feed.serves
        return feed

    def look_by_link(self, store: Store, home: str, link: str) -> Feed | None:
        """The run that `link` leads to, as it is now; None when it leads nowhere.

        Raises:
            UserError: the store cannot be read.
        """
        run_id = store.watched(link)
        feed = self.look(store, home, run_id) if run_id else None
        if feed is None or run_id is None:
            return None
        with self._lock:
            self._links[home, link] = run_id
            _keep_last(self._links, (home, link))
        return feed

    def _forget(self, home: str, run_id: str) -> None:
        with self._lock:
            self._feeds.pop((home, run_id), None)


def frame(history: History, epochs: int, over: bool) -> int:
    """Where the horizontal axis ends: at the last epoch of the recipe, or sooner in a long training that is not
    there yet, or in one that ended early.

    Args:
        history: what is known so far.
        epochs: how many epochs the recipe asks for.
        over: whether the training has ended.
    """
    if over:
        return max(history.epoch, 1)
    return next((last for last in FRAMES if history.epoch <= last <= epochs), epochs)


def pace(state: State, begun: bool) -> int | None:
    """Milliseconds until it is worth asking again; None when the run is over."""
    if state in ENDED:
        return None
    if state not in ACTIVE:
        return REST
    return STEADY if begun else QUICK


def _tail(history: History) -> list[float] | None:
    """The mean of the batches that do not fill a row yet: the curve goes up to the last batch."""
    rows = history.waiting
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)] if rows else None


def _keep_last(known: OrderedDict[tuple[str, str], Any], key: tuple[str, str]) -> None:
    known.move_to_end(key)
    while len(known) > MOST_FEEDS:
        known.popitem(last=False)


def _json(value: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    except ValueError:
        text = json.dumps(_finite(value), separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _finite(value: Any) -> Any:
    """`value` with null in place of the numbers that JSON does not know."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list():
            return [_finite(each) for each in value]
    return value
