"""The warm worker: a process that has imported Keras, waits on its pipe for a run, trains it, and waits again.

It reads one JSON object a line, {"run": id, "attempt": n}, and answers "ready" once and "done" after each run. The
end of its input is the end of its work, so a worker outlives its supervisor only to finish a run. Told to end by
SIGTERM, it puts away what it trains, so that another goes on with it.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from lib.errors import UserError
from lib.runs.database import NO_FOLDER
from lib.runs.records import Run
from lib.runs.store import StaleAttemptError, Store
from lib.runs.temporary import use_own_folder
from lib.sandbox import relay
from lib.settings import settings
from lib.training import checkpoint, process
from lib.training.outcome import PUT_AWAY, Outcome, SilentStoreError, outcome
from lib.training.process import Leaving
from lib.training.reporter import Reporter
from lib.training.run import Ended, Wish, not_written

JOB: Final = "lib.training.job"
MODULE: Final = "lib.training.worker"
RUNS_UNTIL_REPLACED: Final = 50
MEMORY_UNTIL_REPLACED: Final = 2 << 30
LAST_WORD_SECONDS: Final = 60.0

SaveCheckpoint = Callable[[int, Callable[[Path], None], dict[str, Any]], Path]
LoadCheckpoint = Callable[[], checkpoint.Checkpoint | None]

_log = logging.getLogger(__name__)


class Job(Protocol):
    """What a worker does, as a module: the real one is `lib.training.job`."""

    def warm_up(self) -> None:
        """Do now what would make the first run slow."""

    def train(self, run: Run, emit: Callable[[dict[str, Any]], None], load_checkpoint: LoadCheckpoint,
              save_checkpoint: SaveCheckpoint, asked: Callable[[], Wish], rate: Callable[[], float | None]) -> Ended:
        """Train `run` until it is done or is `asked()` to end, and tell how it ended; `rate()` is the learning rate
        that is wished.

        Raises:
            NoRoomError: the disk is full; the run goes on when there is room.
            LeftBehindError: it stopped as asked, but something of it still runs in this process.
            UserError: why it has failed.
        """


def perform(store: Store, run_id: str, attempt: int, job: Job, leaving: Leaving | None = None) -> bool:
    """Train one run to its end, whatever that is; returns whether this process is fit for another.

    Told to end by `leaving`, it puts the run back into the queue, to go on from where it is.

    Raises:
        OtherThreadsError: the run was begun with another number of threads, and its sums would be others here.
        UserError: the store could not be told how the run ended.
    """
    try:
        has = process.threads()
        run = store.begin(run_id, attempt, has)
        if run.wish == "stop" and checkpoint.load(run.folder / checkpoint.FOLDER):
            # There is something to make a model of; that takes a moment.
            store.stop_seen(run_id, attempt)
        elif run.wish in ("stop", "pause"):
            store.finish(run_id, attempt, "stopped" if run.wish == "stop" else "paused")
            return True
        elif leaving and leaving.told:
            store.finish(run_id, attempt, "queued", UserError("", PUT_AWAY))
            return True
        elif run.threads and has and run.threads != has:
            raise OtherThreadsError(run.threads)
        reporter = Reporter(store, run, leaving)
        how = outcome(run, lambda: _trained(run, reporter, job), lambda: reporter.leaves)
        _last_word(store, run, how, reporter)
    except StaleAttemptError:
        _log.warning("run %s is not this worker's any more", run_id)
        return False
    return how.sound


def main(arguments: Sequence[str] | None = None) -> int:
    """Wait for runs on standard input until it ends; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", default=JOB)
    parser.add_argument("--order", help="do this alone, as the process that was told to has become this one for it")
    given = parser.parse_args(arguments)
    answers = process.take_standard_output()
    if not given.order:
        process.limit_resources()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s: %(message)s")
    faulthandler.enable()
    with contextlib.suppress(OSError):
        use_own_folder(settings().home)
    job: Job = importlib.import_module(given.job)
    store, leaving = Store(), Leaving()
    leaving.busy = bool(given.order)
    leaving.listen()
    if not given.order:
        job.warm_up()
        process.say(answers, "ready")
    for count, line in enumerate([given.order] if given.order else sys.stdin, 1):
        order = json.loads(line)
        leaving.busy = True
        try:
            sound = perform(store, order["run"], order["attempt"], job, leaving)
        except OtherThreadsError as error:
            process.become(MODULE, answers, error.count, "--job", given.job, "--order", line.strip())
        leaving.busy = False
        if not sound:
            # Something of the run may still be at work in this process, and nobody waits for its end.
            os._exit(0)
        if given.order or leaving.told or count >= RUNS_UNTIL_REPLACED or process.memory() > MEMORY_UNTIL_REPLACED:
            break
        process.say(answers, "done")
    return 0


class OtherThreadsError(Exception):
    """The run needs a process whose operations have `count` threads."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


def _trained(run: Run, reporter: Reporter, job: Job) -> Ended:
    """Have the job train, or the sandbox where Python of a student is in the network."""
    folder = run.folder / checkpoint.FOLDER

    def flush() -> None:
        try:
            reporter.flush()
        except UserError as error:
            raise SilentStoreError(error) from error

    def save(step: int, write: Callable[[Path], None], state: dict[str, Any]) -> Path:
        # What leads to a checkpoint is in the store before it: who goes on from there finds no gap in the curves.
        flush()
        path = checkpoint.save(folder, step, write, state)
        reporter.emit({"kind": "checkpoint", "step": step})
        return path

    _make(run.folder)
    if relay.needed(run):
        return relay.train(run, reporter.emit, flush, reporter.asked, reporter.rate, process.threads())
    return job.train(run, reporter.emit, lambda: checkpoint.load(folder), save, reporter.asked, reporter.rate)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(str(folder), NO_FOLDER, error) from error


def _last_word(store: Store, run: Run, how: Outcome, reporter: Reporter) -> None:
    """Tell the store how it ended; a store that is full or busy gets a minute to recover."""
    events = reporter.close()
    until = time.monotonic() + LAST_WORD_SECONDS
    while True:
        try:
            return store.finish(run.id, run.attempt, how.state, how.reason, events, reporter.trained, how.needs_room)
        except UserError:
            if time.monotonic() > until:
                raise
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
