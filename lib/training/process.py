"""The process that a worker is: what it may take, how it answers, how it is told to end, and what it can become."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from typing import Final, NoReturn

import psutil

from lib.runs.processes import python

THREADS: Final = "TF_NUM_INTRAOP_THREADS"
"""TensorFlow reads it once. How an operation parts its sums among its threads decides about their last bits."""
LARGEST_FILE: Final = 4 << 30


class Leaving:
    """Whether this process was told to end. While it is `busy` with a run, that is put away first, to go on elsewhere.

    Nobody tells it anything before `listen()`.
    """

    def __init__(self) -> None:
        self.told = False
        self.busy = False

    def listen(self) -> None:
        """Hear SIGTERM from now on; SIGHUP ends the process at once, whatever its parent made of it."""
        signal.signal(signal.SIGTERM, self._hear)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def _hear(self, _number: int, _frame: object) -> None:
        self.told = True
        if not self.busy:
            os._exit(0)


def threads() -> int | None:
    """How many threads an operation has in this process; None when TensorFlow decides."""
    given = os.environ.get(THREADS, "")
    return int(given) or None if given.isdecimal() else None


def become(module: str, answers: int, count: int, *arguments: str) -> NoReturn:
    """Go on as `module`, with other threads: the same process, with the same input, and `answers` as its output."""
    os.environ[THREADS] = str(count)
    os.dup2(answers, 1)
    command = python("-m", module, *arguments)
    os.execv(command[0], command)


def limit_resources() -> None:
    """Keep a training that goes wrong from taking the machine with it; limits are only ever lowered."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, LARGEST_FILE),
                       (resource.RLIMIT_NOFILE, 4096), (resource.RLIMIT_DATA, memory)):
        _soft, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    os.nice(5)


def take_standard_output() -> int:
    """Keep standard output for the answers: what libraries print goes to the log instead."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def say(answers: int, word: str) -> None:
    """Answer in one line."""
    # Nobody listens any more when the supervisor is gone: the input ends next.
    with contextlib.suppress(BrokenPipeError):
        os.write(answers, f"{word}\n".encode())


def memory() -> int:
    """The memory that this process holds, in bytes. (Its peak is no measure: on Linux it begins as its parent's.)"""
    return int(psutil.Process().memory_info().rss)
