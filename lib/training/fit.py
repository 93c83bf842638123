"""The one function that trains, wherever it is called from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from lib import data
from lib.errors import UserError
from lib.i18n import N_
from lib.keras_bridge import build
from lib.keras_bridge.radam import RAdam
from lib.training.check import check, output_kind
from lib.training.evaluate import Judge, confusion, per_class, within
from lib.training.history import History, write, write_json
from lib.training.live import Live, not_finite, plain
from lib.training.optimizer import Optimizer
from lib.training.run import Emit, Event, Result, RunSpec, SaveCheckpoint, Wish
from lib.training.steps import training_step
from lib.training.watch import learning_rate, save_model, watched

__all__ = ["Result", "RunSpec", "train"]

MODEL: Final = "model.keras"
CHECKPOINT_EVERY: Final = 5.0
JUDGING_AFTER_STOP: Final = 1.5
OUT_OF_MEMORY: Final = N_("expected a model and a batch that fit in the memory: try a smaller batch")


def train(run: RunSpec, emit: Emit, load_checkpoint: Callable[[], object], save_checkpoint: SaveCheckpoint,
          asked: Callable[[], Wish]) -> Result:
    """Train `run` to its end, or until it is `asked()` to end, and leave the results in its folder.

    model.keras (the weights at the end, or the restored best), best.keras (where ModelCheckpoint is asked for),
    history.csv, evaluation.json, architecture.json and recipe.json. The same run gives the same curve on the CPU.

    Args:
        emit: takes each event: begin, batches (about four a second), epoch, note, evaluation.
        load_checkpoint: gives what an earlier attempt left; a run starts anew whatever that is.
        save_checkpoint: keeps the model and its optimizer between epochs.
        asked: called at every batch, gives what is wished; what was learned by then is kept and, where that is
            quick, judged.

    Raises:
        UserError: the run cannot be trained, its numbers ran away, or the memory or the disk is full. The history
            of the complete epochs is kept.
    """
    try:
        return _Training(run, emit, save_checkpoint, asked).run()
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise UserError("batch_size", OUT_OF_MEMORY, run.recipe.batch_size) from error
    except OSError as error:
        raise UserError(str(error.filename or ""), N_("could not be used ({problem})"),
                        problem=error.strerror or str(error)) from error


def make_optimizer(config: Optimizer) -> keras.optimizers.Optimizer:
    """The Keras optimizer that a recipe's `config` describes."""
    arguments = config.model_dump()
    name = arguments.pop("name")
    kind = RAdam if name == "RAdam" else getattr(keras.optimizers, name)
    return kind(**arguments)


class _Training:
    """One training from its first check to its last file."""

    def __init__(self, run: RunSpec, emit: Emit, save_checkpoint: SaveCheckpoint,
                 asked: Callable[[], Wish]) -> None:
        self._run, self._emit = run, emit
        self._save_checkpoint, self._asked = save_checkpoint, asked
        self._recipe = recipe = run.recipe
        self._data = data.load(recipe.data)
        for problem in check(run.architecture, recipe, len(self._data.y_train)):
            raise problem
        self._split = data.split(self._data, recipe.validation_fraction, recipe.seed, recipe.train_images)
        self._model = _compiled(run)
        self._judge = Judge(self._model, recipe.batch_size)
        self._callbacks = watched(recipe.callbacks, emit, run.folder)
        for callback in self._callbacks:
            callback.set_model(self._model)
        self._images = len(self._split.train)
        self._steps = math.ceil(self._images / recipe.batch_size)
        self._live = Live(emit, self._images, self._steps, recipe.epochs)
        self._history = History(run.folder / "history.csv")
        self._stopped = False
        self._saved = -math.inf

    def run(self) -> Result:
        folder = self._run.folder
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "architecture.json", self._run.architecture.to_json(indent=1))
        write(folder / "recipe.json", self._recipe.to_json())
        self._emit({
            "kind": "begin", "epochs": self._recipe.epochs, "steps_per_epoch": self._steps,
            "train_images": self._images, "validation_images": len(self._split.validation),
            "source": self._data.source,
        })
        self._step = training_step(self._model, self._split.x_train, self._split.y_train)
        for callback in self._callbacks:
            callback.on_train_begin()
        self._model.stop_training = False
        for epoch in range(self._recipe.epochs):
            if not self._epoch(epoch) or self._model.stop_training:
                break
        self._model.optimizer.finalize_variable_values(self._model.trainable_variables)
        for callback in self._callbacks:
            callback.on_train_end()
        return self._end(folder)

    def _epoch(self, epoch: int) -> bool:
        """Train and validate epoch `epoch` (from 0); False if it was stopped before its end."""
        began = time.monotonic()
        for callback in self._callbacks:
            callback.on_epoch_begin(epoch)
        rate = learning_rate(self._model)
        if not self._learn(epoch, rate):
            return False
        judging = time.monotonic()
        judgement = self._judge(self._split.x_val, self._split.y_val, self._asked_to_stop)
        if judgement is None:
            return False
        now = time.monotonic()
        self._live.judged(now - judging)
        logs = {**self._live.means(), "val_loss": judgement.loss, "val_accuracy": judgement.accuracy}
        if not math.isfinite(judgement.loss):
            raise not_finite("val_loss", judgement.loss, self._steps, epoch + 1)
        logs = {name: plain(value) for name, value in logs.items()}
        self._history.add(epoch + 1, logs, rate, round(now - began, 3))
        self._emit({"kind": "epoch", "epoch": epoch + 1, "logs": logs, "learning_rate": rate,
                    "seconds": round(now - began, 3)})
        for callback in self._callbacks:
            callback.on_epoch_end(epoch, dict(logs))
        self._keep(epoch, now)
        return True

    def _learn(self, epoch: int, rate: float) -> bool:
        """Go once through the training images, in an order that the seed and the epoch decide."""
        order = np.random.default_rng((self._recipe.seed, epoch)).permutation(self._images).astype(np.int32)
        size = self._recipe.batch_size
        self._live.begin(epoch + 1, rate)
        for first in range(0, self._images, size):
            if self._asked_to_stop():
                break
            rows = order[first : first + size]
            self._live.add(*self._step(rows), len(rows))
        self._live.flush()
        return not self._stopped

    def _asked_to_stop(self) -> bool:
        self._stopped = self._stopped or self._asked() == "stop"
        return self._stopped

    def _keep(self, epoch: int, now: float) -> None:
        """A checkpoint, unless the last one is only seconds old: short epochs need not wait for the disk."""
        if now - self._saved < CHECKPOINT_EVERY:
            return
        self._save_checkpoint(self._live.steps, lambda folder: self._model.save(folder / MODEL),
                              {"epoch": epoch + 1, "history": self._history.rows})
        self._saved = time.monotonic()

    def _end(self, folder: Path) -> Result:
        save_model(self._model, folder / MODEL)
        evaluation = self._evaluate()
        if evaluation is not None:
            write_json(folder / "evaluation.json", evaluation)
            self._emit({"kind": "evaluation", **evaluation})
        rows = self._history.rows
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        return Result(
            epochs=len(rows),
            ended="stopped" if self._stopped else "finished",
            logs={name: rows[-1][name] for name in names} if rows else {},
            best_val_accuracy=max((row["val_accuracy"] for row in rows), default=None),
            test_loss=evaluation["loss"] if evaluation else None,
            test_accuracy=evaluation["accuracy"] if evaluation else None,
            images_per_second=round(self._live.images_per_second, 1),
        )

    def _evaluate(self) -> Event | None:
        """The one look at the test set; None if a stop leaves no time for it."""
        give_up = within(JUDGING_AFTER_STOP) if self._stopped else lambda: False
        judgement = self._judge(self._data.x_test, self._data.y_test, give_up)
        if judgement is None:
            return None
        if not math.isfinite(judgement.loss):
            raise not_finite("test_loss", judgement.loss, self._live.steps, len(self._history.rows))
        matrix = confusion(self._data.y_test, judgement.predicted, self._data.classes)
        return {"loss": plain(judgement.loss), "accuracy": judgement.accuracy, "per_class": per_class(matrix),
                "confusion": matrix.tolist(), "labels": list(self._data.labels)}


def _compiled(run: RunSpec) -> Any:
    """The model, seeded and compiled as its file shall be found again."""
    model = build(run.architecture, run.recipe.activation, run.recipe.seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=output_kind(run.architecture) == "logits")
    model.compile(make_optimizer(run.recipe.optimizer), loss, metrics=["accuracy"])
    return model
