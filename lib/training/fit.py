"""The one function that trains, wherever it is called from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import tensorflow as tf

from lib.errors import UserError
from lib.i18n import N_
from lib.training.checkpoint import Checkpoint
from lib.training.ending import end, result
from lib.training.epochs import Epochs
from lib.training.files import write
from lib.training.keeping import Keeper
from lib.training.prepared import Prepared
from lib.training.ruling import Where
from lib.training.run import Emit, Result, RunSpec, SaveCheckpoint, Wish, not_written
from lib.training.steering import Hand
from lib.training.telling import Telling
from lib.training.wishes import Wishes

__all__ = ["Result", "RunSpec", "train"]

OUT_OF_MEMORY: Final = N_("expected a model and a batch that fit in the memory: try a smaller batch")


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
        return _train(run, emit, load_checkpoint, save_checkpoint, asked, rate)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise UserError("batch_size", OUT_OF_MEMORY, run.recipe.batch_size) from error
    except OSError as error:
        raise not_written(str(error.filename or ""), N_("could not be used ({problem})"), error) from error


def _train(run: RunSpec, emit: Emit, load_checkpoint: Callable[[], Checkpoint | None], save_checkpoint: SaveCheckpoint,
           asked: Callable[[], Wish], rate: Callable[[], float | None]) -> Result:
    telling, wishes = Telling(emit), Wishes(asked)
    work = Prepared(run, telling)
    keeper = Keeper(work, telling, save_checkpoint)
    epochs = Epochs(work, telling, wishes, keeper, Hand(work, telling, keeper, rate))
    _begin(work, telling)
    if not keeper.go_on(load_checkpoint):
        epochs.consult("on_train_begin", Where())
    keeper.begin()
    epochs.run()
    # Before anything is restored or averaged: from here it goes on when more epochs are wanted.
    keeper.keep()
    if wishes.ended == "paused":
        return result(work, wishes.ended)
    _close(work, keeper.place.epoch, epochs)
    return end(work, telling, wishes)


def _begin(work: Prepared, telling: Telling) -> None:
    """Write down what is trained and how, and tell that it begins."""
    folder = work.run.folder
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "architecture.json", work.run.architecture.to_json(indent=1))
    write(folder / "recipe.json", work.recipe.to_json())
    telling.emit({
        "kind": "begin", "epochs": work.recipe.epochs, "steps_per_epoch": work.steps, "train_images": work.images,
        "validation_images": len(work.split.validation), "source": work.data.source,
    })
    work.model.stop_training = False
    for callback in work.callbacks:
        callback.on_train_begin()


def _close(work: Prepared, epoch: int, epochs: Epochs) -> None:
    """No epoch comes after `epoch`: give the weights their last values, and let callbacks and rules do the same."""
    for callback in work.callbacks:
        callback.before_end()
    work.model.optimizer.finalize_variable_values(work.model.trainable_variables)
    work.rules.tell_rest(Where(epoch + 1))
    for callback in work.callbacks:
        callback.on_train_end()
    last = work.history.rows[-1] if work.history.rows else {}
    epochs.consult("on_train_end", Where(epoch, 0, work.live.learned), lambda: last)
