"""Where a training is: it is kept, so that another attempt goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lib.errors import UserError
from lib.i18n import N_
from lib.training.checkpoint import Checkpoint
from lib.training.prepared import Prepared
from lib.training.run import SaveCheckpoint
from lib.training.state import Progress, fingerprint
from lib.training.telling import Telling
from lib.training.watched import learning_rate

BETWEEN_EPOCHS: Final = 5.0
"""Seconds since the last checkpoint after which the end of an epoch makes one."""
WITHIN_EPOCH: Final = 30.0
"""Seconds since the last checkpoint after which the next batch makes one."""
NOWHERE: Final = (0, False, 0)
OTHER_DATA: Final = N_("expected the data set with which this training began ({began}): only with that can it go on")


@dataclass
class Place:
    """Where a training is.

    Attributes:
        epoch: epochs that are complete.
        begun: whether the next one has begun.
        batch: batches of it that were learned from.
    """

    epoch: int = 0
    begun: bool = False
    batch: int = 0
    _since: float = 0.0

    def begin(self, seconds: float = 0.0) -> None:
        """The next epoch begins now, or has begun `seconds` ago."""
        self._since = time.monotonic() - seconds

    @property
    def seconds(self) -> float:
        """How long the epoch that has begun takes so far."""
        return time.monotonic() - self._since


class Keeper:
    """Keeps where a training is, and goes back to it.

    Attributes:
        place: where the training is; who trains moves it.
    """

    def __init__(self, work: Prepared, telling: Telling, save_checkpoint: SaveCheckpoint) -> None:
        self.place = Place()
        self._work, self._telling, self._save_checkpoint = work, telling, save_checkpoint
        self._kept, self._saved = NOWHERE, 0.0

    def go_on(self, load_checkpoint: Callable[[], Checkpoint | None]) -> bool:
        """Go back to where the last attempt was, as far as it was kept; False if nothing was.

        Raises:
            UserError: it began with other data.
        """
        work, attempt = self._work, self._work.run.attempt
        found = work.memory.newest(load_checkpoint, fingerprint(work.run))
        if found:
            self._put_back(found[1])
        elif attempt > 1:
            work.history.restore([])
        if found or attempt > 1:
            # What an earlier attempt told beyond this point comes again.
            self._telling.emit({"kind": "resume", "step": work.live.steps, "epoch": self.place.epoch,
                                "notes": self._telling.notes, "attempt": attempt})
        return found is not None

    def begin(self) -> None:
        """From now on the time to the next checkpoint counts."""
        self._saved = time.monotonic()

    def between_epochs(self) -> None:
        """An epoch is complete: keep that, unless epochs are short, which need not wait for the disk."""
        if time.monotonic() - self._saved >= BETWEEN_EPOCHS:
            self.keep()

    def within_epoch(self) -> None:
        """A batch is over: keep that, if the last checkpoint is long ago."""
        if time.monotonic() - self._saved >= WITHIN_EPOCH:
            self.keep()

    def keep(self, *, again: bool = False) -> None:
        """A checkpoint of this very moment, unless the last one is of it; `again`: even then."""
        work, at = self._work, self.place
        work.live.flush()
        place = (at.epoch, at.begun, at.batch)
        if again or place != self._kept:
            progress = Progress(
                fingerprint=fingerprint(work.run), data=self._data_mark, variables=work.memory.names,
                asked=work.recipe.epochs, epoch=at.epoch, begun=at.begun, batch=at.batch,
                over=work.model.stop_training, seconds=at.seconds, live=work.live.state(),
                rows=work.history.rows, callbacks=work.memory.remembered(), notes=self._telling.notes,
                updates=work.inside.updates)
            self._save_checkpoint(work.live.steps, work.memory.fill, progress.model_dump())
            self._kept = place
        self._saved = time.monotonic()

    def _put_back(self, progress: Progress) -> None:
        work, place = self._work, self.place
        if progress.data != self._data_mark:
            raise UserError("data", OTHER_DATA, self._data_mark, began=progress.data)
        place.epoch, place.begun, place.batch = self._kept = progress.epoch, progress.begun, progress.batch
        self._telling.notes = progress.notes
        place.begin(progress.seconds)
        work.model.stop_training = progress.over
        # A rule may have ended it within an epoch, which is still to be completed.
        ended = progress.epoch + progress.begun
        if progress.over and (ended <= work.run.beyond or work.recipe.epochs != progress.asked):
            work.model.stop_training = False
            for callback in work.callbacks:
                callback.go_on()
        work.inside.updates = progress.updates
        work.history.restore(progress.rows)
        work.live.begin(place.epoch + 1, learning_rate(work.model))
        work.live.restore(progress.live)

    @property
    def _data_mark(self) -> str:
        return f"{self._work.data.source}, {len(self._work.data.y_train):,}"
