"""What the supervisor does: gives waiting runs to workers, watches them, and ends what must end."""

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
from lib.runs.sweep import sweep
from lib.settings import settings

STOP_PATIENCE: Final = 5.0
FIRST_BATCH_PATIENCE: Final = 2.0
SAVING_PATIENCE: Final = 60.0
KILL_PATIENCE: Final = 5.0
LONGEST_SILENCE: Final = 60.0
ROOM_EVERY: Final = 5.0
SWEEP_EVERY: Final = 3600.0
SILENT: Final = N_("the training process gave no sign of life for {seconds} seconds and was ended")
SHUT_DOWN: Final = N_("Blockyard was shut down during the training")

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps the runs of one store going on one executor; `look` does once what there is to do.

    `clock` gives seconds that only ever grow; a machine that slept has not let them grow. `hurried` tells whether
    someone waits for a stop or a pause, so that the next look should come soon.
    """

    def __init__(self, store: Store, executor: Executor, clock: Callable[[], float] = time.monotonic) -> None:
        self.hurried = False
        self._store = store
        self._executor = executor
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._heard: dict[str, tuple[float | None, float]] = {}
        self._room_due = self._sweep_due = clock()

    def reconcile(self) -> None:
        """At the start: runs whose worker is gone wait for another, those whose worker lives are watched on."""
        runs, _waiting = self._store.in_hand()
        for run in self._executor.reconcile(runs):
            self._lost(run, self._executor.status(run))

    def look(self) -> bool:
        """End, stop and start what is due; returns whether anything is in training or waits."""
        runs, waiting = self._store.in_hand()
        lost = 0
        for run in runs:
            reason = self._executor.status(run)
            if reason:
                self._lost(run, reason)
                lost += 1
            else:
                self._watch(run)
        known = {run.id for run in runs}
        self._asked = {run_id: since for run_id, since in self._asked.items() if run_id in known}
        self._heard = {run_id: heard for run_id, heard in self._heard.items() if run_id in known}
        self.hurried = bool(self._asked)
        started = self._start() if waiting or lost else 0
        self._store.purge()
        self._find_room()
        self._sweep()
        return bool(runs or waiting or started)

    def shut_down(self) -> None:
        """Let what is still in training wait for the next start; its workers have been ended."""
        for run in self._store.in_hand()[0]:
            self._lost(run, UserError("", SHUT_DOWN), blame=False)

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
        if run.wish in ("stop", "pause"):
            waited = now - self._asked.setdefault(run.id, now)
            patience = _patience(run)
            if waited >= patience:
                self._executor.cancel(run, hard=waited >= patience + KILL_PATIENCE)
        else:
            self._asked.pop(run.id, None)
            minutes = settings().run_minutes
            if run.trained > 60 * minutes:
                self._store.end_for_time(run, minutes)
        beat, since = self._heard.get(run.id, (None, now))
        if beat != run.heartbeat:
            since = now
        self._heard[run.id] = (run.heartbeat, since)
        if now - since > LONGEST_SILENCE:
            self._executor.cancel(run, hard=True)

    def _lost(self, run: Run, reason: UserError | None, blame: bool = True) -> None:
        _beat, since = self._heard.get(run.id, (None, self._clock()))
        if self._clock() - since > LONGEST_SILENCE:
            reason = UserError("", SILENT, seconds=int(LONGEST_SILENCE))
        if self._store.lost(run, reason, blame):
            _log.warning("run %s lost its worker: %s", run.id, reason)

    def _find_room(self) -> None:
        """Now and then, have runs go on that waited for room on the disk."""
        if self._clock() >= self._room_due:
            self._room_due = self._clock() + ROOM_EVERY
            self._store.resume_with_room()

    def _sweep(self) -> None:
        """At the start and now and then, have what nobody needs leave the disk."""
        if self._clock() >= self._sweep_due:
            self._sweep_due = self._clock() + SWEEP_EVERY
            sweep(self._store.database, self._store.home)


def _patience(run: Run) -> float:
    """Seconds that a worker has to stop or to pause before it is ended."""
    if run.stop_seen:
        return SAVING_PATIENCE
    # Before its first batch a worker has learned nothing that could be lost, and may not hear for minutes.
    return STOP_PATIENCE if run.images_per_second is not None else FIRST_BATCH_PATIENCE
