"""A sandboxed process as the one that started it sees it: what it says, what it takes, and its end."""

from __future__ import annotations

import hashlib
import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil

from lib import machine
from lib.errors import UserError
from lib.i18n import N_
from lib.sandbox import kernel, landlock
from lib.sandbox.enter import Plan
from lib.sandbox.folder import Room

MEMORY: Final = 4 << 30
FILE_BYTES: Final = 1 << 30
FILES: Final = 256
THREADS: Final = 256
_SPARE_THREADS: Final = 512
_LONGEST_LINE: Final = 1 << 20
_MOST_SAID: Final = 128 << 20
_LOOK_EVERY: Final = 0.25
_USERS: Final = (61184, 65519)
"""Those that no one has: systemd takes users for a time out of these."""
SCRATCH: Final = ".scratch"
START: Final = Path(__file__).with_name("start.py")

LACKS: Final = N_("this machine cannot shut Python in, so layers in Python do not run here ({problem})")
SAID_TOO_MUCH: Final = N_("the sandboxed process said more than a training can say, and was ended")
TOOK_MEMORY: Final = N_("the sandboxed process took more than {most} MB of memory, and was ended")
TOOK_THREADS: Final = N_("the sandboxed process started more than {most} threads, and was ended")
TOOK_TIME: Final = N_("the sandboxed process took more than {seconds} seconds, and was ended")
ENDED: Final = N_("the sandboxed process ended without a word (status {status}): it may have reached a limit of "
                  "memory, time or files")


def problem() -> str | None:
    """Why this machine has no sandbox; None where it has one."""
    try:
        kernel.machine()
        landlock.abi()
    except OSError as error:
        return error.strerror or str(error)
    # Asks for the filter without one: a kernel that has none does not know the question.
    return None if kernel.prctl(kernel.PR_GET_SECCOMP) >= 0 else "seccomp"


class Box:
    """A process in the sandbox, whose only folder is `folder`. What it leaves there is for nobody to execute.

    Args:
        job: the module that it runs, whose `main` is given the descriptor to tell on.
        folder: its folder; made where it is missing.
        order: what it is told first.
        seconds: that it may take.
        room: bytes that its folder may have.
        threads: how many an operation has.
        data: a descriptor of what it may read besides.

    Raises:
        UserError: from the constructor, when this machine has no sandbox.
    """

    def __init__(self, job: str, folder: Path, order: dict[str, Any], seconds: float, room: int,
                 threads: int | None = None, data: int | None = None) -> None:
        if (lacking := problem()) is not None:
            raise UserError("", LACKS, problem=lacking)
        self._seconds, self._began, self._looked = seconds, time.monotonic(), 0.0
        self._heard, self._said, self._most = b"", 0, min(MEMORY, machine.memory() // 2)
        self._room = Room(folder, room)
        folder.mkdir(parents=True, exist_ok=True)
        self._room.tidy()
        (folder / SCRATCH).mkdir()
        kept = () if data is None else (data,)
        plan = Plan(_given_to(folder), self._most, int(seconds * machine.cores()) + 60, FILE_BYTES, FILES,
                    _threads(), kept, os.getpid())
        given = json.dumps({"plan": plan, "job": job, "threads": threads})
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(START), given], env={}, cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=kept, bufsize=0)
        assert self._process.stdin
        assert self._process.stdout
        os.set_blocking(self._process.stdout.fileno(), False)
        self.tell(order)
        os.set_blocking(self._process.stdin.fileno(), False)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def tell(self, order: dict[str, Any]) -> None:
        """Send it a line; one that has ended does not hear it."""
        assert self._process.stdin
        # One that does not listen is ended for what it does not do then.
        with suppress(BrokenPipeError, BlockingIOError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")

    def hear(self, seconds: float) -> list[dict[str, Any]]:
        """What it has said, within so many seconds; nothing may have been.

        Raises:
            UserError: it took more than it may, or has ended; it is ended then.
        """
        assert self._process.stdout
        ready = select.select([self._process.stdout], [], [], seconds)[0]
        said = os.read(self._process.stdout.fileno(), 1 << 16) if ready else b""
        self._look()
        if ready and not said:
            raise UserError("", ENDED, status=self._process.wait())
        self._said += len(said)
        *lines, self._heard = (self._heard + said).split(b"\n")
        if self._said > _MOST_SAID or any(len(line) > _LONGEST_LINE for line in (*lines, self._heard)):
            self._refuse(UserError("", SAID_TOO_MUCH))
        return [_read(line) for line in lines]

    def close(self) -> None:
        """End it, with all that it may still do, and leave nothing of it in the folder but what belongs there."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()
        self._room.tidy()

    def _look(self) -> None:
        """See what it takes, now and then."""
        now = time.monotonic()
        if now - self._looked < _LOOK_EVERY:
            return
        self._looked = now
        if now - self._began > self._seconds:
            self._refuse(UserError("", TOOK_TIME, seconds=int(self._seconds)))
        with suppress(psutil.Error):
            process = psutil.Process(self._process.pid)
            if process.memory_info().rss > self._most:
                self._refuse(UserError("", TOOK_MEMORY, most=f"{self._most >> 20:,}"))
            if process.num_threads() > THREADS:
                self._refuse(UserError("", TOOK_THREADS, most=THREADS))
        if (full := self._room.problem() or self._room.full()) is not None:
            self._refuse(full)

    def _refuse(self, reason: UserError) -> None:
        self._process.kill()
        raise reason


def _read(line: bytes) -> dict[str, Any]:
    """What one line says.

    Raises:
        UserError: nothing that can be understood.
    """
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UserError("", SAID_TOO_MUCH)
    if "refused" in found:
        raise UserError("", LACKS, problem=str(found["refused"])[:200])
    return found


def _given_to(folder: Path) -> int | None:
    """The user that the process becomes, to whom the folder is given; None where this process cannot do that."""
    if os.geteuid() != 0:
        return None
    first, last = _USERS
    user = first + int(hashlib.sha256(str(folder.resolve()).encode()).hexdigest(), 16) % (last - first + 1)
    try:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)
    except OSError:
        return None
    return user


def _threads() -> int:
    """How many threads the process's user may have: those that there are, when it is not a user of its own."""
    if os.geteuid() == 0:
        return THREADS
    own = os.getuid()
    return THREADS + _SPARE_THREADS + sum(_of(process, own) for process in psutil.process_iter())


def _of(process: psutil.Process, user: int) -> int:
    with suppress(psutil.Error):
        return process.num_threads() if process.uids().real == user else 0
    return 0
