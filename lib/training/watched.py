"""What Keras's callbacks have in common here: they can be left and taken up again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import keras
from numpy.typing import NDArray

from lib.training.live import plain
from lib.training.looks import Looking
from lib.training.run import Emit, Event


class Watched(keras.callbacks.Callback):  # type: ignore[misc]  # Keras comes without types
    """What the callbacks here have in common: what they remember can be taken and given back."""

    source: ClassVar[str]
    kept: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    """The files that it writes, each whole."""
    every_batch = False
    """Whether it is called after every batch, with the means of the epoch so far."""
    lenient = False
    """Whether a loss that is no number is its matter, and no error."""

    def remembered(self) -> dict[str, Any]:
        """What it remembers but for arrays, by the names of its attributes."""
        return {name: getattr(self, name) for name in self.kept}

    def arrays(self) -> list[NDArray[Any]]:
        """The arrays that it remembers."""
        return []

    def remember(self, state: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """Take back what `remembered` and `arrays` gave.

        Raises:
            ValueError: it is not what such a callback remembers.
        """
        if tuple(state) != self.kept:
            raise ValueError(self.source)
        for name, value in state.items():
            setattr(self, name, value)

    def go_on(self) -> None:
        """The training that it may have ended goes on, for somebody wants more epochs."""

    def before_end(self) -> None:
        """No epoch follows, and what was to be kept to go on is kept."""

    def shown(self, look: Looking) -> None:
        """These are examples that the training does not learn from."""

    def told(self, event: Event) -> None:
        """This is told of the training: bundles of batches, and what was seen inside."""


def learning_rate(model: keras.Model) -> float:
    """The learning rate of the next step."""
    return plain(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def write_note(emit: Emit, epoch: int, source: str, message: str, **values: Any) -> None:
    """Put what a callback did in an epoch, counted from 0, on the timeline."""
    emit({"kind": "note", "epoch": epoch + 1, "source": source, "message": message, "values": values})
