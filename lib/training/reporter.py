"""Brings the events of one training to the store from a thread of its own, so that training never waits for it."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

from lib.errors import UserError
from lib.runs.store import Run, StaleAttemptError, Store
from lib.training.process import Leaving
from lib.training.run import Wish

INTERVAL: Final = 0.25
HEARTBEAT: Final = 1.0
FLUSH_SECONDS: Final = 60.0
FLUSH_PAUSE: Final = 0.5

_log = logging.getLogger(__name__)


class Reporter:
    """Collects events and writes them at most four times a second, the first at once; carries wishes back.

    `seen` is the wish to stop or to pause that the training was told; `lost` whether the run is in other hands now;
    `leaves` whether it was told to pause only because the process is `leaving`.
    """

    def __init__(self, store: Store, run: Run, leaving: Leaving | None = None) -> None:
        self.seen: Wish = ""
        self.lost = self.leaves = False
        self._leaving = leaving or Leaving()
        self._store = store
        self._run = run
        self._events: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        # Held while events are on their way to the store, so that they get there in their order.
        self._writing = threading.Lock()
        self._news = threading.Event()
        self._closing = threading.Event()
        self._wish: Wish = run.wish
        self._rate = run.rate
        self._seen_told = False
        self._began = self._beat = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="reporter", daemon=True)
        self._thread.start()

    def emit(self, event: dict[str, Any]) -> None:
        """Have `event` written soon."""
        with self._lock:
            self._events.append(event)
        self._news.set()

    def flush(self) -> None:
        """Have everything that was emitted on the disk before this returns; waits for a store that is busy or full.

        Raises:
            UserError: the store cannot be written for a long time.
            StaleAttemptError: the run is in other hands.
        """
        until = time.monotonic() + FLUSH_SECONDS
        while True:
            try:
                return self._write(durable=True)
            except UserError:
                if time.monotonic() > until:
                    raise
                self._closing.wait(FLUSH_PAUSE)

    def asked(self) -> Wish:
        """What is wished of the training; reads a variable, so ask at every batch."""
        wish: Wish = self._wish
        if self._leaving.told and wish not in ("stop", "pause"):
            self.leaves, wish = True, "pause"
        if wish in ("stop", "pause"):
            self.seen = wish
        return wish

    def rate(self) -> float | None:
        """The learning rate that is wanted instead of the present one; reads a variable, so ask at every batch."""
        return self._rate

    def close(self) -> list[dict[str, Any]]:
        """End the thread and return the events that are not written yet."""
        self._closing.set()
        self._news.set()
        self._thread.join()
        return self._take()

    @property
    def trained(self) -> float:
        """Seconds spent on this run, in all attempts."""
        return self._run.trained + time.monotonic() - self._began

    def _work(self) -> None:
        while not self._closing.is_set():
            self._news.wait(INTERVAL)
            self._news.clear()
            try:
                self._step()
            except StaleAttemptError:
                self.lost, self._wish = True, "stop"
                return
            except UserError as error:
                _log.warning("run %s: %s", self._run.id, error)
                self._closing.wait(HEARTBEAT)
            self._closing.wait(INTERVAL)

    def _step(self) -> None:
        run, store = self._run, self._store
        if self._events:
            self._write()
        elif time.monotonic() - self._beat >= HEARTBEAT:
            store.heartbeat(run.id, run.attempt, self.trained)
            self._beat = time.monotonic()
        self._wish, self._rate = store.wishes(run.id, run.attempt)
        if self.seen and not self._seen_told:
            store.stop_seen(run.id, run.attempt)
            self._seen_told = True

    def _write(self, durable: bool = False) -> None:
        with self._writing:
            events = self._take()
            try:
                self._store.append_events(self._run.id, self._run.attempt, events, self.trained, durable)
            except UserError:
                self._put_back(events)
                raise
            self._beat = time.monotonic()

    def _take(self) -> list[dict[str, Any]]:
        with self._lock:
            events, self._events = self._events, []
        return events

    def _put_back(self, events: list[dict[str, Any]]) -> None:
        with self._lock:
            self._events[:0] = events
