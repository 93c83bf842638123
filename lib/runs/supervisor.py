"""The supervisor: the one process of a home folder that keeps its trainings going, also when the page is closed."""

from __future__ import annotations

import argparse
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from lib.errors import UserError
from lib.executors.local import LocalExecutor
from lib.i18n import N_
from lib.runs import bell, holder, presence
from lib.runs.database import NO_FOLDER, make_folder
from lib.runs.keeper import Keeper
from lib.runs.logs import log_file
from lib.runs.processes import environment, python
from lib.runs.store import Store
from lib.runs.version import on_disk
from lib.settings import settings
from lib.training.worker import JOB

LINGER: Final = 30.0
TICK: Final = 1.0
QUICK_TICK: Final = 0.2
LEAVE_SECONDS: Final = 10.0
"""So long a supervisor that is told to end waits for its workers to put away what they train."""
WARM_UP_ATTEMPTS: Final = 3
NOT_STARTED: Final = N_("the process that runs trainings could not be started; {log} may say why")
NO_WORKER: Final = N_("no training process could be started; {log} may say why")

_log = logging.getLogger(__name__)
_starting = threading.Lock()
_met: set[tuple[int, Path]] = set()


class Status(NamedTuple):
    """Whether a supervisor runs, its pid, and how many runs are in training and wait."""

    running: bool
    pid: int | None
    training: int
    waiting: int


def ensure_running(job: str = JOB, linger: float = LINGER, seconds: float = 3 * LEAVE_SECONDS) -> None:
    """Have a supervisor for the home of the settings until this process ends; returns when it is ready.

    Costs some microseconds when there is one, so call it before every submit and whenever a page watches a run. One
    that was started with other code than there is now is replaced when a process asks for the first time, and at any
    time if it understands the store differently; what it trained goes on.

    Args:
        job: the module that says what a training is.
        linger: seconds for which an idle supervisor stays when no process needs it any more.
        seconds: how long to wait for it.

    Raises:
        UserError: it could not be started, or the home folder cannot be used.
    """
    home = settings().home.resolve()
    make_folder(home)
    try:
        presence.attend(home)
    except OSError as error:
        raise UserError(str(home), NO_FOLDER, problem=error.strerror or str(error)) from error
    try:
        if bell.answered(home) and _fits(home):
            return
        with _starting:
            if bell.answered(home) and not _fits(home):
                stop(seconds)
            if not bell.answered(home):
                _start(home, job, linger, seconds)
            _met.add((os.getpid(), home))
    except (OSError, subprocess.SubprocessError) as error:
        raise UserError(str(home), NOT_STARTED, log="supervisor.log") from error


def status() -> Status:
    """How it stands with the home of the settings.

    Raises:
        UserError: the store cannot be used.
    """
    store = Store()
    runs, waiting = store.in_hand()
    running = bell.answered(store.home)
    return Status(running, holder.of(store.home).process.pid if running else None, len(runs), waiting)


def stop(seconds: float = 2 * LEAVE_SECONDS) -> bool:
    """End the supervisor of the home of the settings and its workers; returns whether it has ended.

    What they train is put away and goes on with the next supervisor.
    """
    process = holder.of(settings().home.resolve()).process
    process.signal(signal.SIGTERM)
    until = time.monotonic() + seconds
    while process.alive and time.monotonic() < until:
        time.sleep(0.02)
    return not process.alive


def main(arguments: Sequence[str] | None = None) -> int:
    """Be the supervisor of the home of the settings until nobody needs one; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--detach", action="store_true")
    parser.add_argument("--job", default=JOB)
    parser.add_argument("--linger", type=float, default=LINGER)
    given = parser.parse_args(arguments)
    if given.detach and os.fork():
        # The parent ends at once: nobody waits for the supervisor, and it belongs to no thread of a web server.
        os._exit(0)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s: %(message)s")
    home = settings().home.resolve()
    make_folder(home)
    # The one before may still be waiting for its workers.
    lock = holder.take(home, 2 * LEAVE_SECONDS)
    if lock is None:
        _log.info("another supervisor is at work")
        return 0
    with lock:
        try:
            Supervisor(home, given.job, given.linger).run()
        except UserError as error:
            _log.error("%s", error)
            return 2
    return 0


class Supervisor:
    """The loop around a `Keeper`: it wakes for the bell, for a word of a worker, and every second."""

    def __init__(self, home: Path, job: str, linger: float) -> None:
        self._home = home
        self._linger = linger
        self._store = Store()
        self._executor = LocalExecutor(settings().workers, log_file(home, "workers.log"), job)
        self._keeper = Keeper(self._store, self._executor)
        self._told_to_end = False
        self._needed = time.monotonic()
        self._complaint = ""

    def run(self) -> None:
        """Work until told to end, until nobody needs it, or until its home is gone."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)
        self._keeper.reconcile()
        door = bell.Bell(self._home)
        _log.info("at work for %s", self._home)
        try:
            while door.present and not self._told_to_end and (self._work() or self._is_needed()):
                tick = QUICK_TICK if self._keeper.hurried else TICK
                select.select([door.fileno(), *(worker.fileno() for worker in self._executor.pool)], [], [], tick)
                door.hush()
        finally:
            at_home = door.present
            # First of all nobody should count on this process any more.
            door.close()
            if at_home:
                self._executor.put_away(LEAVE_SECONDS)
            self._executor.close()
            with suppress(UserError):
                self._keeper.shut_down()
            _log.info("ended")

    def _work(self) -> bool:
        """Do what is due; returns whether there is something in training or waiting."""
        try:
            self._executor.tend()
            busy = self._keeper.look()
            if self._executor.failures >= WARM_UP_ATTEMPTS and not self._executor.busy:
                self._store.fail_waiting(UserError("", NO_WORKER, log=log_file(self._home, "workers.log")))
            self._complain("")
        except UserError as error:
            self._complain(str(error))
            return True
        if busy:
            self._needed = time.monotonic()
        return busy

    def _is_needed(self) -> bool:
        """Whether to stay though nothing is to do. After a no, nobody can count on this process before it is gone."""
        lock = presence.if_nobody(self._home)
        if lock is None:
            self._needed = time.monotonic()
            return True
        with suppress(UserError):
            if time.monotonic() - self._needed > self._linger and self._store.in_hand() == ([], 0):
                return False
        os.close(lock)
        return True

    def _complain(self, sentence: str) -> None:
        """Log a trouble once, not every second."""
        if sentence and sentence != self._complaint:
            _log.warning("%s", sentence)
        self._complaint = sentence

    def _end(self, _number: int, _frame: object) -> None:
        self._told_to_end = True
        bell.ring(self._home)


def _fits(home: Path) -> bool:
    """Whether the supervisor of `home` may stay: no other would come in its place, or there is no need for one."""
    met, found = (os.getpid(), home), holder.of(home)
    if (met in _met and found.knows_store) or found.code == on_disk():
        _met.add(met)
        return True
    return False


def _start(home: Path, job: str, linger: float, seconds: float) -> None:
    """Start a detached supervisor and wait until one answers, this one or one that was quicker."""
    Store()  # A store that cannot be used is said here and now, not after waiting in vain.
    log = log_file(home, "supervisor.log")
    command = python("-m", "lib.runs.supervisor", "--detach", "--job", job, "--linger", str(linger))
    until = time.monotonic() + seconds
    with log.open("ab") as output:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                       env={**environment(), "BLOCKYARD_HOME": str(home)}, timeout=seconds, check=False)
    while not bell.answered(home):
        if time.monotonic() > until:
            raise UserError(str(home), NOT_STARTED, log=log)
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
