"""Trains in the calling process, at once and to the end: for tests and for looking into a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.records import Run
from lib.runs.store import Store
from lib.training.worker import Job, perform

NAME: Final = "inline"
NOT_HERE: Final = N_("no process trains this run")


class InlineExecutor:
    """An executor whose only worker is the process itself: `submit` returns when the run has ended."""

    def __init__(self, store: Store, job: Job) -> None:
        self._store = store
        self._job = job

    def vacancy(self) -> str | None:
        """Always: who asks is not training."""
        return NAME

    def submit(self, run: Run) -> None:
        """Train `run` here and now."""
        perform(self._store, run.id, run.attempt, self._job)

    def cancel(self, run: Run, hard: bool) -> None:
        """Nothing: a run that was submitted has ended."""

    def status(self, run: Run) -> UserError | None:
        """No run is in hand between two submits."""
        return UserError("", NOT_HERE)

    def reconcile(self, runs: Sequence[Run]) -> list[Run]:
        """No worker survives from an earlier process."""
        return list(runs)
