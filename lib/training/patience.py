"""Hears a wish to stop while something takes its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from lib.training.run import LeftBehindError, Wish

PATIENCE: Final = 1.5
_LOOK_EVERY: Final = 0.05
_Answer = TypeVar("_Answer")


def unless_stopped(work: Callable[[], _Answer], asked: Callable[[], Wish], patience: float = PATIENCE) -> _Answer:
    """What `work()` gives or raises. It runs in a thread of its own, while this one listens.

    Args:
        work: what may take long and cannot be interrupted.
        asked: says what is wished; asked about twenty times a second.
        patience: seconds that `work` gets to end after a wish to stop.

    Raises:
        LeftBehindError: a stop was wished and `work` did not end in time. It goes on, for nobody can end it but with
            the process.
    """
    given: list[_Answer] = []
    raised: list[BaseException] = []
    thread = threading.Thread(target=_keep, args=(work, given, raised), name="first batch", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_EVERY)
        if asked() == "stop":
            thread.join(patience)
            break
    if raised:
        raise raised[0]
    if not given:
        raise LeftBehindError
    return given[0]


def _keep(work: Callable[[], _Answer], given: list[_Answer], raised: list[BaseException]) -> None:
    try:
        given.append(work())
    except BaseException as error:
        raised.append(error)
