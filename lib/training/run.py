"""What goes into a training and what comes out of it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from lib.arch import Architecture
from lib.errors import UserError
from lib.i18n import N_
from lib.training.recipe import Recipe

Event = dict[str, Any]
Emit = Callable[[Event], None]
Wish = Literal["", "pause", "stop", "stop_after_epoch"]
"""What is asked of a training: nothing, or how it shall end before its time."""
Ended = Literal["finished", "stopped", "paused"]
BY_HAND: Final = "by hand"
"""The source of a note about what somebody changed while it trained."""
STEERED: Final = N_("learning rate {before} → {after}, from batch {step} on")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SaveCheckpoint = Callable[[int, Callable[[Path], None], dict[str, Any]], object]
"""Takes the global steps done, what fills an empty folder, and the rest of the state as a JSON object."""


class NoRoomError(UserError):
    """The disk, a quota or a limit of file size left no room; what was written before is whole."""


class LeftBehindError(Exception):
    """A stop was wished while a step took its time, and the step was left behind.

    Nothing more is to be had of the training than its last checkpoint, and the process has to end, for the step
    still runs in it.
    """


def not_written(where: str, sentence: str, error: OSError) -> UserError:
    """The error of a file that could not be written; `sentence` may hold {problem}."""
    kind = NoRoomError if error.errno in _NO_ROOM else UserError
    return kind(where, sentence, problem=error.strerror or str(error))


@dataclass(frozen=True)
class RunSpec:
    """One training: what to train, how, and the folder that its results go to.

    Attributes:
        attempt: which attempt at it this is, from 1.
        beyond: complete epochs when more were wanted; what ended it by then holds no more. 0: never.
    """

    id: str
    name: str
    architecture: Architecture
    recipe: Recipe
    folder: Path
    attempt: int = 1
    beyond: int = 0


@dataclass(frozen=True)
class Result:
    """How a training ended.

    Attributes:
        epochs: epochs that were completed.
        ended: by itself, or as it was asked to; a paused one is not judged and goes on another time.
        logs: of the last complete epoch, loss, accuracy and metrics, with "val_" those of the validation; empty if
            there was none.
        best_val_accuracy: the best of all complete epochs.
        test_loss, test_accuracy: on the test set; None where a stop left no time for it.
        images_per_second: training images by the time spent on them, validation and compilation left out.
    """

    epochs: int
    ended: Ended
    logs: dict[str, float | None]
    best_val_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    images_per_second: float
