"""Trainings in warm processes on this machine."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lib import machine
from lib.errors import UserError
from lib.executors.process import GONE, Worker
from lib.runs.processes import ProcessId
from lib.runs.records import Run
from lib.training.worker import JOB

SPARE_SECONDS: Final = 60.0
WAIT_AFTER_FAILURE: Final = 2.0
LONGEST_WAIT: Final = 60.0
LOOK_EVERY: Final = 0.02

_log = logging.getLogger(__name__)


class LocalExecutor:
    """At most `workers` processes at a time, one of them warm and waiting whenever a place is free.

    The workers share the cores. One that ended a run soundly takes the next one. `failures` counts the workers in a row
    that never got warm. Belongs to one thread: workers are the children of the process that calls `tend`.
    """

    def __init__(self, workers: int, log: Path, job: str = JOB) -> None:
        self.failures = 0
        self.pool: list[Worker] = []
        self._workers = workers
        self._log_file = log
        self._job = job
        self._adopted: dict[str, ProcessId] = {}
        self._ends: dict[str, UserError] = {}
        self._not_before = 0.0

    def tend(self) -> None:
        """Hear the workers, bury the dead, and have one warm worker when a place is free."""
        for worker in self.pool:
            worker.listen()
            if worker.state == "ready":
                self.failures = 0
        for worker in [worker for worker in self.pool if not worker.alive]:
            self._bury(worker)
        self._adopted = {run_id: process for run_id, process in self._adopted.items() if process.alive}
        free = [worker for worker in self.pool if worker.state in ("warming", "ready")]
        if not free and self.busy < self._workers and time.monotonic() >= self._not_before:
            self._start()
        for worker in free[1:]:
            if worker.state == "ready" and time.monotonic() - worker.since > SPARE_SECONDS:
                worker.dismiss()

    @property
    def busy(self) -> int:
        """How many places are taken."""
        return len(self._adopted) + sum(worker.state == "busy" for worker in self.pool)

    def vacancy(self) -> str | None:
        """The name of a warm worker, if a place is free."""
        if self.busy >= self._workers:
            return None
        return next((worker.name for worker in self.pool if worker.state == "ready" and worker.alive), None)

    def submit(self, run: Run) -> None:
        """Hand `run` to the worker that it was claimed for."""
        for worker in self.pool:
            if worker.name == run.worker:
                worker.train(run.id, run.attempt)

    def cancel(self, run: Run, hard: bool) -> None:
        """End the process that trains `run`."""
        ProcessId.parse(run.worker or "").signal_group(signal.SIGKILL if hard else signal.SIGHUP)

    def status(self, run: Run) -> UserError | None:
        """None while its process lives and has it in hand, else how that process ended."""
        for worker in self.pool:
            if worker.name == run.worker and worker.run_id == run.id:
                return None if worker.alive else worker.why_ended()
        return None if run.id in self._adopted else self._ends.pop(run.id, UserError("", GONE))

    def reconcile(self, runs: Sequence[Run]) -> list[Run]:
        """Adopt the processes that an earlier supervisor left at work; returns the runs that lost theirs."""
        found = {run.id: ProcessId.parse(run.worker or "") for run in runs}
        self._adopted = {run_id: process for run_id, process in found.items() if process.alive}
        return [run for run in runs if run.id not in self._adopted]

    def put_away(self, seconds: float) -> None:
        """Tell every worker to end, adopted ones too, and give them so long to put away first what they train."""
        told = [*(worker.identity for worker in self.pool), *self._adopted.values()]
        for process in told:
            process.signal(signal.SIGTERM)
        until = time.monotonic() + seconds
        while any(process.alive for process in told) and time.monotonic() < until:
            time.sleep(LOOK_EVERY)

    def close(self) -> None:
        """End every worker, adopted ones too, by force."""
        for process in self._adopted.values():
            process.signal_group(signal.SIGKILL)
        for worker in self.pool:
            worker.kill()
            worker.close()
        self._adopted, self.pool = {}, []

    def _start(self) -> None:
        try:
            self.pool.append(Worker(self._job, self._log_file, machine.threads(self._workers)))
        except OSError:
            _log.exception("no worker could be started")
            self._failed()

    def _bury(self, worker: Worker) -> None:
        self.pool.remove(worker)
        worker.close()
        if worker.run_id is not None:
            self._ends[worker.run_id] = worker.why_ended()
        elif worker.state == "warming":
            _log.error("a worker never got warm: %s", worker.why_ended())
            self._failed()

    def _failed(self) -> None:
        self.failures += 1
        self._not_before = time.monotonic() + min(LONGEST_WAIT, WAIT_AFTER_FAILURE * self.failures)
