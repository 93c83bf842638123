"""What a training tells while it runs, and who hears it."""

from __future__ import annotations

from collections.abc import Sequence

from lib.training.run import Emit, Event
from lib.training.watched import Watched


class Telling:
    """The way of all events out of a training.

    Attributes:
        emit: takes each event.
        notes: how many notes came so far.
        callbacks: those that hear what `tell` tells.
    """

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.notes = 0
        self.callbacks: Sequence[Watched] = ()

    def tell(self, event: Event) -> None:
        """Tell an event that the callbacks hear as well: bundles of batches, and what was seen inside."""
        self.emit(event)
        for callback in self.callbacks:
            callback.told(event)

    def note(self, note: Event) -> None:
        """Put a note on the timeline."""
        self.notes += 1
        self.emit(note)
