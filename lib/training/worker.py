"""The warm worker: a process that has imported Keras, waits on its pipe for a run, trains it, and waits again.

It reads one JSON object a line, {"run": id, "attempt": n}, and answers "ready" once and "done" after each run. The
end of its input is the end of its work, so a worker outlives its supervisor only to finish a run.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import importlib
import json
import logging
import os
import resource
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.records import Run
from lib.runs.states import State
from lib.runs.store import StaleAttemptError, Store
from lib.training import checkpoint
from lib.training.reporter import Reporter
from lib.training.run import Wish

JOB: Final = "lib.training.job"
LOG: Final = "worker.log"
CHECKPOINTS: Final = "checkpoints"
RUNS_UNTIL_REPLACED: Final = 50
MEMORY_UNTIL_REPLACED: Final = 2 << 30
LARGEST_FILE: Final = 4 << 30
LAST_WORD_SECONDS: Final = 60.0
UNEXPECTED: Final = N_("the training ended with an unexpected error; the file {log} in its folder says more at {mark}")

SaveCheckpoint = Callable[[int, Callable[[Path], None], dict[str, Any]], Path]
LoadCheckpoint = Callable[[], checkpoint.Checkpoint | None]

_log = logging.getLogger(__name__)


class Job(Protocol):
    """What a worker does, as a module: the real one is `lib.training.job`."""

    def warm_up(self) -> None:
        """Do now what would make the first run slow."""

    def train(self, run: Run, emit: Callable[[dict[str, Any]], None], load_checkpoint: LoadCheckpoint,
              save_checkpoint: SaveCheckpoint, asked: Callable[[], Wish]) -> object:
        """Train `run` until it is done or is `asked()` to end; a `UserError` is the reason of a failure."""


def perform(store: Store, run_id: str, attempt: int, job: Job) -> bool:
    """Train one run to its end, whatever that is; returns whether this process is fit for another.

    Raises:
        UserError: the store could not be told how the run ended.
    """
    try:
        run = store.begin(run_id, attempt)
        if run.stop_requested:
            store.finish(run_id, attempt, "stopped")
            return True
        reporter = Reporter(store, run)
        state, reason, sound = _train(run, reporter, job)
        _last_word(store, run, state, reason, reporter.close())
    except StaleAttemptError:
        _log.warning("run %s is not this worker's any more", run_id)
        return False
    return sound


def main(arguments: Sequence[str] | None = None) -> int:
    """Wait for runs on standard input until it ends; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", default=JOB)
    given = parser.parse_args(arguments)
    answers = _take_standard_output()
    limit_resources()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s: %(message)s")
    faulthandler.enable()
    job: Job = importlib.import_module(given.job)
    store = Store()
    job.warm_up()
    _say(answers, "ready")
    for count, line in enumerate(sys.stdin, 1):
        order = json.loads(line)
        sound = perform(store, order["run"], order["attempt"], job)
        if not sound or count >= RUNS_UNTIL_REPLACED or _peak_memory() > MEMORY_UNTIL_REPLACED:
            break
        _say(answers, "done")
    return 0


def limit_resources() -> None:
    """Keep a training that goes wrong from taking the machine with it; limits are only ever lowered."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, LARGEST_FILE),
                       (resource.RLIMIT_NOFILE, 4096), (resource.RLIMIT_DATA, memory)):
        _soft, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    os.nice(5)


def _train(run: Run, reporter: Reporter, job: Job) -> tuple[State, UserError | None, bool]:
    """The state in which the training ends, the reason if there is one, and whether the process is still sound."""
    folder = run.folder / CHECKPOINTS
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        job.train(run, reporter.emit, lambda: checkpoint.load(folder),
                  lambda step, write, state: checkpoint.save(folder, step, write, state), reporter.asked)
    except UserError as error:
        return "failed", error, True
    except Exception:
        return "failed", _unexpected(run), False
    return ("stopped" if reporter.stop_seen else "finished"), None, True


def _unexpected(run: Run) -> UserError:
    """Put the traceback where the owner's machine keeps it, and make the sentence that leads there."""
    mark = secrets.token_hex(4)
    _log.exception("run %s, %s", run.id, mark)
    with contextlib.suppress(OSError), (run.folder / LOG).open("a", encoding="utf-8") as log:
        log.write(f"{mark}\n{traceback.format_exc()}\n")
    return UserError("", UNEXPECTED, log=LOG, mark=mark)


def _last_word(store: Store, run: Run, state: State, reason: UserError | None, events: list[dict[str, Any]]) -> None:
    """Tell the store how it ended; a store that is full or busy gets a minute to recover."""
    until = time.monotonic() + LAST_WORD_SECONDS
    while True:
        try:
            return store.finish(run.id, run.attempt, state, reason, events)
        except UserError:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def _take_standard_output() -> int:
    """Keep standard output for the answers: what libraries print goes to the log instead."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _say(answers: int, word: str) -> None:
    # Nobody listens any more when the supervisor is gone: the input ends next.
    with contextlib.suppress(BrokenPipeError):
        os.write(answers, f"{word}\n".encode())


def _peak_memory() -> int:
    """The most memory that this process has used, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
