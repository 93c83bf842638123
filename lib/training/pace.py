"""How many batches a training learns in a second, as far as this process sees it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Measures the batches since the epoch began, and since the last look; a paused time belongs to neither.

    Args:
        now: seconds on a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._began: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None

    def begin(self, steps: int) -> None:
        """An epoch begins, after so many batches of the training."""
        self._began = self._last = (self._now(), steps)

    def bundle(self, steps: int) -> float | None:
        """Batches in a second since the last look or the begin; None at the first one of an epoch that goes on."""
        rate, self._last = self._since(self._last, steps), (self._now(), steps)
        self._began = self._began or self._last
        return rate

    def epoch(self, steps: int) -> float | None:
        """Batches in a second since the epoch began or went on, the validation included, as Keras counts."""
        return self._since(self._began, steps)

    def _since(self, mark: tuple[float, int] | None, steps: int) -> float | None:
        if mark is None or steps <= mark[1]:
            return None
        seconds = self._now() - mark[0]
        return (steps - mark[1]) / seconds if seconds > 0 else None
