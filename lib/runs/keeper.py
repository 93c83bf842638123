"""What the supervisor does: gives queued runs to workers, watches them, and ends what must end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from lib.errors import UserError
from lib.executors import Executor
from lib.i18n import N_
from lib.runs.records import Run
from lib.runs.store import Store

STOP_PATIENCE: Final = 5.0
SAVING_PATIENCE: Final = 60.0
KILL_PATIENCE: Final = 5.0
LONGEST_SILENCE: Final = 60.0
SILENT: Final = N_("the training process gave no sign of life for {seconds} seconds and was ended")
SHUT_DOWN: Final = N_("Blockyard was shut down during the training")

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps the runs of one store going on one executor; `look` does once what there is to do.

    `clock` gives seconds that only ever grow; a machine that slept has not let them grow.
    """

    def __init__(self, store: Store, executor: Executor, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._executor = executor
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._heard: dict[str, tuple[float | None, float]] = {}

    def reconcile(self) -> None:
        """At the start: runs whose worker is gone are interrupted, those whose worker lives are watched on."""
        runs, _waiting = self._store.in_hand()
        for run in self._executor.reconcile(runs):
            self._end(run, self._executor.status(run))

    def look(self) -> bool:
        """End, stop and start what is due; returns whether anything is in training or waits."""
        runs, waiting = self._store.in_hand()
        for run in runs:
            reason = self._executor.status(run)
            if reason:
                self._end(run, reason)
            else:
                self._watch(run)
        known = {run.id for run in runs}
        self._asked = {run_id: since for run_id, since in self._asked.items() if run_id in known}
        self._heard = {run_id: heard for run_id, heard in self._heard.items() if run_id in known}
        started = self._start() if waiting else 0
        self._store.purge()
        return bool(runs or waiting or started)

    def shut_down(self) -> None:
        """Mark what is still in training as interrupted; its workers have been ended."""
        for run in self._store.in_hand()[0]:
            self._end(run, UserError("", SHUT_DOWN))

    def _start(self) -> int:
        """Claim runs for as long as there are workers; returns how many."""
        started = 0
        while (worker := self._executor.vacancy()) and (run := self._store.claim(worker)):
            _log.info("run %s goes to %s", run.id, worker)
            self._executor.submit(run)
            started += 1
        return started

    def _watch(self, run: Run) -> None:
        now = self._clock()
        if run.stop_requested:
            waited = now - self._asked.setdefault(run.id, now)
            patience = SAVING_PATIENCE if run.stop_seen else STOP_PATIENCE
            if waited >= patience:
                self._executor.cancel(run, hard=waited >= patience + KILL_PATIENCE)
        beat, since = self._heard.get(run.id, (None, now))
        if beat != run.heartbeat:
            since = now
        self._heard[run.id] = (run.heartbeat, since)
        if now - since > LONGEST_SILENCE:
            self._executor.cancel(run, hard=True)

    def _end(self, run: Run, reason: UserError | None) -> None:
        _beat, since = self._heard.get(run.id, (None, self._clock()))
        if self._clock() - since > LONGEST_SILENCE:
            reason = UserError("", SILENT, seconds=int(LONGEST_SILENCE))
        if run.stop_requested:
            ended = self._store.end_if_held(run, "stopped", None)
        else:
            ended = self._store.end_if_held(run, "interrupted", reason)
        if ended:
            _log.warning("run %s ended without its worker: %s", run.id, reason)
