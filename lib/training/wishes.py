"""What is wished of a training while it runs, and how it ends by that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lib.training.evaluate import within
from lib.training.run import Ended, Wish

JUDGING_AFTER_STOP: Final = 1.5


class Wishes:
    """Hears what is wished of a training.

    Attributes:
        asked: gives what is wished now.
        ended: how the training ends by what was wished so far.
    """

    def __init__(self, asked: Callable[[], Wish]) -> None:
        self.asked = asked
        self.ended: Ended = "finished"
        self._late: Callable[[], bool] | None = None

    def leave(self) -> bool:
        """Whether a pause or a stop is wished; a stop after a pause is a stop."""
        wish = self.asked()
        if wish == "stop":
            self.ended = "stopped"
        elif wish == "pause" and self.ended == "finished":
            self.ended = "paused"
        return self.ended != "finished"

    def give_up(self) -> bool:
        """Whether to leave the test set alone: at once for a pause, soon for a stop."""
        wish = self.asked()
        if wish == "pause":
            self.ended = "paused"
            return True
        if wish == "stop":
            self._late = self._late or within(JUDGING_AFTER_STOP)
            if self._late():
                self.ended = "stopped"
                return True
        return False
