"""Who needs the supervisor of a home: every process that holds this lock shared, and none after its death."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from lib.errors import UserError
from lib.i18n import N_

NAME: Final = "presence.lock"
_PATIENCE: Final = 15.0
_PAUSE: Final = 0.02
NOT_ENDED: Final = N_("an earlier supervisor does not end; end it, or restart the machine")

_held: dict[tuple[int, Path], int] = {}
_lock = threading.Lock()


def attend(home: Path) -> None:
    """From now until it ends, this process needs the supervisor of `home`. Waits for one that is just ending.

    Raises:
        UserError: the supervisor that is ending takes too long.
    """
    with _lock:
        if (os.getpid(), home) in _held:
            return
        descriptor = os.open(home / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + _PATIENCE
        while not _try(descriptor, fcntl.LOCK_SH):
            if time.monotonic() > until:
                os.close(descriptor)
                raise UserError(str(home), NOT_ENDED)
            time.sleep(_PAUSE)
        _held[os.getpid(), home] = descriptor


def leave(home: Path) -> None:
    """This process needs the supervisor of `home` no more."""
    with _lock, suppress(KeyError):
        os.close(_held.pop((os.getpid(), home)))


def if_nobody(home: Path) -> int | None:
    """A descriptor when no process needs the supervisor, else None. Until it is closed, none can begin to."""
    descriptor = os.open(home / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    if _try(descriptor, fcntl.LOCK_EX):
        return descriptor
    os.close(descriptor)
    return None


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
