"""Which process is the supervisor of a home: the one that holds a lock, with its identity and version inside."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

from lib.runs import bell
from lib.runs.processes import ProcessId
from lib.runs.schema import VERSION
from lib.runs.version import on_disk

NAME: Final = "supervisor.lock"
_LOOK_EVERY: Final = 0.02


class Holder(NamedTuple):
    """The supervisor that wrote itself down last, which may be dead, the version of the store that it knows, and the
    code with which it was started."""

    process: ProcessId
    schema: str
    code: str

    @property
    def knows_store(self) -> bool:
        """Whether it understands the store as this process does."""
        return self.schema == str(VERSION)


def take(home: Path, seconds: float) -> IO[str] | None:
    """The lock of `home`, with this process written down in it; None when another has it for so long."""
    lock = (home / NAME).open("a+")
    until = time.monotonic() + seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        if time.monotonic() > until or bell.answered(home):
            lock.close()
            return None
        time.sleep(_LOOK_EVERY)
    lock.truncate(0)
    lock.write(f"{ProcessId.of(os.getpid())}\n{VERSION}\n{on_disk()}")
    lock.flush()
    return lock


def of(home: Path) -> Holder:
    """Who wrote itself down last; where nobody did, a process that does not live."""
    try:
        written = (home / NAME).read_text().split("\n")
    except OSError:
        written = []
    # Earlier ones have written less.
    identity, schema, code = (*written, "", "", "")[:3]
    return Holder(ProcessId.parse(identity), schema, code)
