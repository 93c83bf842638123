"""How a worker is told to end: by SIGTERM, from its supervisor or from a machine that is shut down."""

from __future__ import annotations

import os
import signal


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
