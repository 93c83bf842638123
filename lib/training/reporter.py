"""Brings the events of one training to the store from a thread of its own, so that training never waits for it."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

from lib.errors import UserError
from lib.runs.store import Run, StaleAttemptError, Store
from lib.training.run import Wish

INTERVAL: Final = 0.25
HEARTBEAT: Final = 1.0

_log = logging.getLogger(__name__)


class Reporter:
    """Collects events and writes them at most four times a second, the first at once; carries the wish to stop back.

    `stop_seen` tells whether the training was told to stop; `lost` whether the run is in other hands now.
    """

    def __init__(self, store: Store, run: Run) -> None:
        self.stop_seen = False
        self.lost = False
        self._store = store
        self._run = run
        self._events: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._closing = threading.Event()
        self._stop = False
        self._stop_told = False
        self._beat = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="reporter", daemon=True)
        self._thread.start()

    def emit(self, event: dict[str, Any]) -> None:
        """Have `event` written soon."""
        with self._lock:
            self._events.append(event)
        self._news.set()

    def asked(self) -> Wish:
        """What is wished of the training; reads a flag, so ask at every batch."""
        self.stop_seen = self.stop_seen or self._stop
        return "stop" if self.stop_seen else ""

    def close(self) -> list[dict[str, Any]]:
        """End the thread and return the events that are not written yet."""
        self._closing.set()
        self._news.set()
        self._thread.join()
        return self._take()

    def _work(self) -> None:
        while not self._closing.is_set():
            self._news.wait(INTERVAL)
            self._news.clear()
            try:
                self._step()
            except StaleAttemptError:
                self.lost = self._stop = True
                return
            except UserError as error:
                _log.warning("run %s: %s", self._run.id, error)
                self._closing.wait(HEARTBEAT)
            self._closing.wait(INTERVAL)

    def _step(self) -> None:
        run, store = self._run, self._store
        now = time.monotonic()
        if events := self._take():
            try:
                store.append_events(run.id, run.attempt, events)
            except UserError:
                self._put_back(events)
                raise
            self._beat = now
        elif now - self._beat >= HEARTBEAT:
            store.heartbeat(run.id, run.attempt)
            self._beat = now
        self._stop = self._stop or store.stop_asked(run.id, run.attempt)
        if self.stop_seen and not self._stop_told:
            store.stop_seen(run.id, run.attempt)
            self._stop_told = True

    def _take(self) -> list[dict[str, Any]]:
        with self._lock:
            events, self._events = self._events, []
        return events

    def _put_back(self, events: list[dict[str, Any]]) -> None:
        with self._lock:
            self._events[:0] = events
