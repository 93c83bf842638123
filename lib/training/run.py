"""What goes into a training and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.arch import Architecture
from lib.training.recipe import Recipe

Event = dict[str, Any]
Emit = Callable[[Event], None]
SaveCheckpoint = Callable[[int, Callable[[Path], None], dict[str, Any]], object]
"""Takes the global steps done, what fills an empty folder, and the rest of the state as a JSON object."""


@dataclass(frozen=True)
class RunSpec:
    """One training: what to train, how, and the folder that its results go to."""

    id: str
    name: str
    architecture: Architecture
    recipe: Recipe
    folder: Path


@dataclass(frozen=True)
class Result:
    """How a training ended.

    Attributes:
        epochs: epochs that were completed.
        stopped: whether it was asked to stop.
        logs: loss, accuracy, val_loss and val_accuracy of the last complete epoch; empty if there was none.
        best_val_accuracy: the best of all complete epochs.
        test_loss, test_accuracy: on the test set; None where a stop left no time for it.
        images_per_second: training images by the time spent on them, validation and compilation left out.
    """

    epochs: int
    stopped: bool
    logs: dict[str, float]
    best_val_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    images_per_second: float
