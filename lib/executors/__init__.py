"""Where trainings run. An executor only decides that: what a training is, `lib.training` says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lib.errors import UserError
from lib.runs.records import Run


class Executor(Protocol):
    """Takes claimed runs to workers."""

    def vacancy(self) -> str | None:
        """The name of a worker that could take a run at once; None when there is none."""

    def submit(self, run: Run) -> None:
        """Have `run.worker`, which `vacancy` named, train `run`."""

    def cancel(self, run: Run, hard: bool) -> None:
        """End the worker of `run`: with SIGHUP, or by force with all that it started when `hard`."""

    def status(self, run: Run) -> UserError | None:
        """None while a worker has `run` in hand, else why none has."""

    def reconcile(self, runs: Sequence[Run]) -> list[Run]:
        """Take over the workers that already train `runs`; returns the runs whose worker is gone."""
