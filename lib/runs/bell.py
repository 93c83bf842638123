"""A bell at the supervisor's door: whoever has work for it rings, and rings in vain when nobody is there."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

NAME: Final = "supervisor.bell"


def ring(home: Path) -> bool:
    """Wake the supervisor of `home`; returns whether there is one. Takes some 10 microseconds.

    The bell is a named pipe: opening it to write succeeds exactly while a living process holds it open to read.
    """
    pipe = _open(home)
    if pipe is None:
        return False
    # A full pipe rings already, and a broken one has just lost its supervisor.
    with suppress(BlockingIOError, BrokenPipeError):
        os.write(pipe, b"!")
    os.close(pipe)
    return True


def answered(home: Path) -> bool:
    """Whether `home` has a supervisor that is ready, without waking it."""
    pipe = _open(home)
    if pipe is not None:
        os.close(pipe)
    return pipe is not None


def _open(home: Path) -> int | None:
    with suppress(OSError):
        pipe = os.open(home / NAME, os.O_WRONLY | os.O_NONBLOCK)
        if stat.S_ISFIFO(os.fstat(pipe).st_mode):
            return pipe
        os.close(pipe)
    return None


class Bell:
    """The supervisor's end of the bell of `home`; `fileno()` becomes readable when someone rings.

    Raises:
        OSError: the pipe cannot be made.
    """

    def __init__(self, home: Path) -> None:
        self._path = path = home / NAME
        path.unlink(missing_ok=True)
        os.mkfifo(path, mode=0o600)
        # Open to write as well: with no writer at all, the pipe would be readable for ever.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._pipe

    @property
    def present(self) -> bool:
        """Whether it still hangs at the door: false once its home folder was removed or replaced."""
        try:
            return self._path.stat().st_ino == os.fstat(self._pipe).st_ino
        except OSError:
            return False

    def hush(self) -> None:
        """Forget all rings so far."""
        with suppress(BlockingIOError):
            while os.read(self._pipe, 4096):
                pass

    def close(self) -> None:
        """Nobody is there any more."""
        os.close(self._pipe)
