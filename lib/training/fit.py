"""The one function that trains, wherever it is called from."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import tensorflow as tf

from lib import data
from lib.errors import UserError
from lib.i18n import N_
from lib.training.check import check
from lib.training.checkpoint import Checkpoint
from lib.training.compiled import compiled
from lib.training.evaluate import Judgement, within
from lib.training.history import History, write, write_json
from lib.training.inside import Inside
from lib.training.lessons import lesson
from lib.training.live import Live, not_finite, plain
from lib.training.looks import look_of
from lib.training.order import order_of
from lib.training.patience import unless_stopped
from lib.training.rules import Moment
from lib.training.ruling import Rules, Total, Where
from lib.training.run import (
    BY_HAND,
    STEERED,
    Emit,
    Ended,
    Event,
    Result,
    RunSpec,
    SaveCheckpoint,
    Wish,
    not_written,
)
from lib.training.saving import save_model
from lib.training.scheduling import rates_ahead
from lib.training.state import Memory, Progress, fingerprint
from lib.training.steps import Rows, Step
from lib.training.watch import watched
from lib.training.watched import learning_rate

__all__ = ["Result", "RunSpec", "train"]

MODEL: Final = "model.keras"
BETWEEN_EPOCHS: Final = 5.0
"""Seconds since the last checkpoint after which the end of an epoch makes one."""
WITHIN_EPOCH: Final = 30.0
"""Seconds since the last checkpoint after which the next batch makes one."""
JUDGING_AFTER_STOP: Final = 1.5
NOWHERE: Final = (0, False, 0)
NOT_STEERED: Final = N_("learning rate not changed: it follows its schedule")
OUT_OF_MEMORY: Final = N_("expected a model and a batch that fit in the memory: try a smaller batch")
OTHER_DATA: Final = N_("expected the data set with which this training began ({began}): only with that can it go on")


def train(run: RunSpec, emit: Emit, load_checkpoint: Callable[[], Checkpoint | None], save_checkpoint: SaveCheckpoint,
          asked: Callable[[], Wish], rate: Callable[[], float | None] = lambda: None) -> Result:
    """Train `run` to its end, or until it is `asked()` to end, and leave the results in its folder.

    model.keras (the weights at the end, or the restored best), best.keras (where ModelCheckpoint is asked for),
    history.csv, evaluation.json, architecture.json and recipe.json. The same run gives the same weights on the CPU,
    bit for bit, however often it was paused or killed in between. A training that has ended goes on from its last
    batch when its recipe has more epochs than before.

    Args:
        emit: takes each event: begin, resume, batches (about four a second), epoch, note, evaluation.
        load_checkpoint: gives the newest checkpoint of an earlier attempt.
        save_checkpoint: keeps all that is needed to go on: between epochs, within long ones, and at the end.
        asked: called at every batch, gives what is wished. After a pause nothing is judged; after a stop what was
            learned by then is kept and, where that is quick, judged.
        rate: called at every batch, gives the learning rate that is wished from that batch on; None: the one it has.
            Each wish is answered once, by an event "rate", when a checkpoint holds it.

    Raises:
        NoRoomError: the disk is full; the last checkpoint is whole, and it can go on from there.
        LeftBehindError: a stop was wished in the first batch, which takes long; it still runs.
        UserError: the run cannot be trained, its numbers ran away, or the memory is full. The history of the complete
            epochs is kept.
    """
    try:
        return _Training(run, emit, save_checkpoint, asked, rate).run(load_checkpoint)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise UserError("batch_size", OUT_OF_MEMORY, run.recipe.batch_size) from error
    except OSError as error:
        raise not_written(str(error.filename or ""), N_("could not be used ({problem})"), error) from error


class _Training:
    """One training from its first check to its last file."""

    def __init__(self, run: RunSpec, emit: Emit, save_checkpoint: SaveCheckpoint, asked: Callable[[], Wish],
                 rate: Callable[[], float | None]) -> None:
        self._run, self._emit = run, emit
        self._save_checkpoint, self._asked = save_checkpoint, asked
        self._rate = rate
        self._steered: float | None = None
        self._recipe = recipe = run.recipe
        self._data = data.load(recipe.data)
        for problem in check(run.architecture, recipe, len(self._data.y_train)):
            raise problem
        self._split = data.split(self._data, recipe.validation_fraction, recipe.seed, recipe.train_images)
        self._images = len(self._split.train)
        self._steps = math.ceil(self._images / recipe.batch_size)
        self._model = compiled(run, self._steps, self._split)
        self._lesson = lesson(run, self._split, self._model)
        self._measures = self._lesson.measures
        self._callbacks = watched(recipe, self._note, run.folder)
        self._every_batch = [callback for callback in self._callbacks if callback.every_batch]
        self._lenient = any(callback.lenient for callback in self._callbacks)
        for callback in self._callbacks:
            callback.set_model(self._model)
            callback.shown(partial(look_of, run, self._model, self._split))
        self._rules = Rules(recipe, run.architecture, self._model, self._note, run.folder,
                            Total(recipe.epochs, self._steps))
        self._memory = Memory(self._model, self._measures, [*self._callbacks, self._rules],
                              [*(file for callback in self._callbacks for file in callback.files), *self._rules.files])
        self._live = Live(self._tell, self._images, self._steps, recipe.epochs, lenient=self._lenient)
        self._inside = Inside(run, self._model, self._split, self._steps, self._tell)
        self._history = History(run.folder / "history.csv", list(recipe.measured))
        self._batch_steps: dict[frozenset[str], Step] = {}
        self._frozen = self._rules.frozen
        self._ahead = rates_ahead(self._model)
        self._ended: Ended = "finished"
        self._late: Callable[[], bool] | None = None
        self._epoch, self._begun, self._batch, self._notes = 0, False, 0, 0
        self._kept, self._saved, self._began = NOWHERE, 0.0, 0.0

    def run(self, load_checkpoint: Callable[[], Checkpoint | None]) -> Result:
        folder = self._run.folder
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "architecture.json", self._run.architecture.to_json(indent=1))
        write(folder / "recipe.json", self._recipe.to_json())
        self._emit({
            "kind": "begin", "epochs": self._recipe.epochs, "steps_per_epoch": self._steps,
            "train_images": self._images, "validation_images": len(self._split.validation),
            "source": self._data.source,
        })
        self._model.stop_training = False
        for callback in self._callbacks:
            callback.on_train_begin()
        if not self._go_on(load_checkpoint):
            self._consult("on_train_begin", Where())
        self._saved = time.monotonic()
        while self._more and self._ended == "finished":
            if self._one_epoch() and self._more and self._asked() == "stop_after_epoch":
                self._ended = "stopped"
        # Before anything is restored or averaged: from here it goes on when more epochs are wanted.
        self._keep()
        if self._ended == "paused":
            return self._result(None)
        for callback in self._callbacks:
            callback.before_end()
        self._model.optimizer.finalize_variable_values(self._model.trainable_variables)
        self._rules.tell_rest(Where(self._epoch + 1))
        for callback in self._callbacks:
            callback.on_train_end()
        last = self._history.rows[-1] if self._history.rows else {}
        self._consult("on_train_end", Where(self._epoch, 0, self._live.learned), lambda: last)
        return self._end(folder)

    @property
    def _more(self) -> bool:
        """Whether another epoch is to come, or the rest of one."""
        return self._begun or (self._epoch < self._recipe.epochs and not self._model.stop_training)

    def _go_on(self, load_checkpoint: Callable[[], Checkpoint | None]) -> bool:
        """Go back to where the last attempt was, as far as it was kept; False if nothing was."""
        found = self._memory.newest(load_checkpoint, fingerprint(self._run))
        if found:
            self._put_back(*found)
        elif self._run.attempt > 1:
            self._history.restore([])
        if found or self._run.attempt > 1:
            # What an earlier attempt told beyond this point comes again.
            self._emit({"kind": "resume", "step": self._live.steps, "epoch": self._epoch, "notes": self._notes,
                        "attempt": self._run.attempt})
        return found is not None

    def _put_back(self, checkpoint: Checkpoint, progress: Progress) -> None:
        if progress.data != self._data_mark:
            raise UserError("data", OTHER_DATA, self._data_mark, began=progress.data)
        self._epoch, self._begun, self._batch = self._kept = progress.epoch, progress.begun, progress.batch
        self._notes = progress.notes
        self._began = time.monotonic() - progress.seconds
        self._model.stop_training = progress.over
        # A rule may have ended it within an epoch, which is still to be completed.
        ended = progress.epoch + progress.begun
        if progress.over and (ended <= self._run.beyond or self._recipe.epochs != progress.asked):
            self._model.stop_training = False
            for callback in self._callbacks:
                callback.go_on()
        self._inside.updates = progress.updates
        self._history.restore(progress.rows)
        self._frozen = self._rules.frozen
        self._live.begin(self._epoch + 1, learning_rate(self._model))
        self._live.restore(progress.live)

    def _one_epoch(self) -> bool:
        """Train and validate one epoch, or the rest of it; False if it was left before its end."""
        if not self._begun:
            self._begin_epoch()
        if not self._learn():
            return False
        rate = self._live.learning_rate
        judging = time.monotonic()
        judgement = self._validated()
        if judgement is None:
            return False
        now = time.monotonic()
        self._inside.epoch(self._epoch + 1)
        self._live.judged(now - judging)
        self._complete(self._logs(judgement), rate, round(now - self._began, 3))
        if now - self._saved >= BETWEEN_EPOCHS:
            # Short epochs need not wait for the disk.
            self._keep()
        return True

    def _validated(self) -> Judgement | None:
        """The judgement on the images that are held out; None if it was left."""
        for callback in self._callbacks:
            callback.on_test_begin()
        try:
            return self._lesson.validate(self._leave)
        finally:
            for callback in self._callbacks:
                callback.on_test_end()

    def _begin_epoch(self) -> None:
        self._began = time.monotonic()
        for callback in self._callbacks:
            callback.on_epoch_begin(self._epoch)
        self._consult("on_epoch_begin", self._where())
        self._live.begin(self._epoch + 1, learning_rate(self._model))
        self._measures.reset()
        self._begun = True

    def _learn(self) -> bool:
        """Go once through the training images, in an order that the seed and the epoch decide; False if left."""
        order = order_of(self._recipe.seed, self._epoch, self._images)
        size = self._recipe.batch_size
        first, planned = self._batch, self._ahead(self._steps - self._batch) if self._ahead else []
        # As in Keras a batch is over before a wish of a rule to stop counts.
        while self._batch < self._steps and not (self._batch and self._model.stop_training) and not self._leave():
            self._steer()
            self._consult("on_train_batch_begin", self._where(self._batch + 1))
            if planned:
                self._live.learning_rate = planned[self._batch - first]
            rows = order[self._batch * size : (self._batch + 1) * size]
            step: Step = self._batch_steps.get(self._frozen, self._first_step)
            self._inside.before(self._epoch, self._batch)
            drawn = self._lesson.augmenter.drawn(self._epoch, self._batch, len(rows))
            self._live.add(*step(rows, *drawn), len(rows))
            if self._inside.after():
                self._live.rested()
            self._batch += 1
            for callback in self._every_batch:
                callback.on_train_batch_end(self._batch - 1, self._live.means_so_far())
            self._consult("on_train_batch_end", self._where(self._batch), self._live.means_so_far)
            if time.monotonic() - self._saved >= WITHIN_EPOCH:
                self._keep()
        self._live.flush()
        return self._ended == "finished"

    def _steer(self) -> None:
        """Set the learning rate that is wished for, tell it, and keep that: an attempt after this one has it too."""
        wished = self._rate()
        if wished == self._steered:
            return
        self._steered = wished
        if wished is None:
            return
        if self._recipe.schedule is not None:
            self._note({"kind": "note", "epoch": self._epoch + 1, "source": BY_HAND, "message": NOT_STEERED,
                        "values": {}})
            self._emit({"kind": "rate", "value": wished})
            return
        before = learning_rate(self._model)
        self._model.optimizer.learning_rate = wished
        if (after := learning_rate(self._model)) != before:
            self._live.flush()
            self._live.learning_rate = after
            self._note({"kind": "note", "epoch": self._epoch + 1, "source": BY_HAND, "message": STEERED,
                        "values": {"before": before, "after": after, "step": self._live.steps + 1}})
            self._kept = NOWHERE
            self._keep()
        self._emit({"kind": "rate", "value": wished})

    def _first_step(self, *given: Rows) -> tuple[Any, Any]:
        """The first batch in which just these layers learn waits for the compiler, and must not be deaf meanwhile."""
        def work() -> tuple[Any, Any]:
            step = self._batch_steps[self._frozen] = self._lesson.step()
            return step(*given)

        return unless_stopped(work, self._asked)

    def _logs(self, judgement: Judgement) -> dict[str, float | None]:
        if not math.isfinite(judgement.loss) and not self._lenient:
            raise not_finite("val_loss", judgement.loss, self._steps, self._epoch + 1)
        told = {name: _number(value) for name, value in self._live.means().items()}
        judged = {"val_loss": _number(judgement.loss), "val_accuracy": _number(judgement.accuracy)}
        return {**told, **self._measures.results(), **judged,
                **{f"val_{name}": value for name, value in judgement.metrics.items()}}

    def _complete(self, logs: dict[str, float | None], rate: float, seconds: float) -> None:
        """Keep and tell the numbers of the epoch, and let the callbacks decide by them."""
        epoch, self._epoch, self._begun, self._batch = self._epoch, self._epoch + 1, False, 0
        self._history.add(epoch + 1, logs, rate, seconds)
        self._emit({"kind": "epoch", "epoch": epoch + 1, "logs": logs, "learning_rate": rate, "seconds": seconds})
        known = {name: value for name, value in logs.items() if value is not None}
        shared: dict[str, Any] = dict(known)
        with warnings.catch_warnings():
            # What a number that is none means to a callback, its notes tell.
            warnings.filterwarnings("ignore", message=".*which is not available|.*available, skipping")
            for callback in self._callbacks:
                callback.on_epoch_end(epoch, shared)
        where = Where(epoch + 1, 0, self._live.learned)
        self._consult("on_epoch_end", where, lambda: known)
        self._rules.tell_rest(where)
        self._rules.compare(known)

    def _consult(self, when: Moment, where: Where, logs: Callable[[], Mapping[str, float | None]] = dict) -> None:
        """Let the rules decide whose moment it is."""
        if when in self._rules.listening and self._rules.at(when, where, logs):
            self._frozen = self._rules.frozen
            self._live.learning_rate = learning_rate(self._model)

    def _where(self, batch: int = 0) -> Where:
        return Where(self._epoch + 1, batch, self._live.learned)

    def _leave(self) -> bool:
        """Whether a pause or a stop is wished; a stop after a pause is a stop."""
        wish = self._asked()
        if wish == "stop":
            self._ended = "stopped"
        elif wish == "pause" and self._ended == "finished":
            self._ended = "paused"
        return self._ended != "finished"

    def _tell(self, event: Event) -> None:
        self._emit(event)
        for callback in self._callbacks:
            callback.told(event)

    def _note(self, note: Event) -> None:
        self._notes += 1
        self._emit(note)

    @property
    def _data_mark(self) -> str:
        return f"{self._data.source}, {len(self._data.y_train):,}"

    def _keep(self) -> None:
        """A checkpoint of this very moment, unless the last one is of it."""
        self._live.flush()
        place = (self._epoch, self._begun, self._batch)
        if place != self._kept:
            progress = Progress(
                fingerprint=fingerprint(self._run), data=self._data_mark, variables=self._memory.names,
                asked=self._recipe.epochs, epoch=self._epoch, begun=self._begun, batch=self._batch,
                over=self._model.stop_training, seconds=time.monotonic() - self._began, live=self._live.state(),
                rows=self._history.rows, callbacks=self._memory.remembered(), notes=self._notes,
                updates=self._inside.updates)
            self._save_checkpoint(self._live.steps, self._memory.fill, progress.model_dump())
            self._kept = place
        self._saved = time.monotonic()

    def _end(self, folder: Path) -> Result:
        save_model(self._model, folder / MODEL)
        found = self._evaluate()
        if found is not None:
            write_json(folder / "evaluation.json", found)
            self._emit({"kind": "evaluation", **found})
        return self._result(found)

    def _result(self, evaluated: Event | None) -> Result:
        rows = self._history.rows
        names = [name for name in rows[-1] if name in self._recipe.monitored] if rows else []
        return Result(
            epochs=len(rows),
            ended=self._ended,
            logs={name: rows[-1][name] for name in names},
            best_val_accuracy=max((row["val_accuracy"] for row in rows), default=None),
            test_loss=evaluated["loss"] if evaluated else None,
            test_accuracy=evaluated["accuracy"] if evaluated else None,
            images_per_second=round(self._live.images_per_second, 1),
        )

    def _evaluate(self) -> Event | None:
        """The one look at the test set; None if a stop leaves no time for it, or a pause comes meanwhile."""
        if self._give_up():
            return None
        found = self._lesson.test(self._give_up)
        if found is None:
            return None
        judgement, told = found
        if not math.isfinite(judgement.loss):
            if self._lenient:
                return None
            raise not_finite("test_loss", judgement.loss, self._live.steps, len(self._history.rows))
        return told

    def _give_up(self) -> bool:
        """Whether to leave the test set alone: at once for a pause, soon for a stop."""
        wish = self._asked()
        if wish == "pause":
            self._ended = "paused"
            return True
        if wish == "stop":
            self._late = self._late or within(JUDGING_AFTER_STOP)
            if self._late():
                self._ended = "stopped"
                return True
        return False


def _number(value: float) -> float | None:
    """`value` to seven digits; None where it is none."""
    return plain(value) if math.isfinite(value) else None
