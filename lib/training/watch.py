"""Keras's own callbacks, watched: they decide, and what they did and why becomes a note on the timeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import keras
from numpy.typing import NDArray

from lib.i18n import N_
from lib.training import callbacks as configs
from lib.training.epoch_rates import epoch_rate
from lib.training.files import draft_of, writing
from lib.training.recipe import Recipe, in_turn
from lib.training.run import Emit
from lib.training.saving import fitting_optimizer
from lib.training.tensorboard import TensorBoard
from lib.training.watch_more import LOG, CSVLogger, LearningRateScheduler, SwapEMAWeights, TerminateOnNaN
from lib.training.watched import Watched, learning_rate, write_note

STOPPED: Final = N_("{monitor} has not improved for {wait} epochs; best was epoch {best_epoch}")
STOPPED_ONCE: Final = N_("{monitor} has not improved for one epoch; best was epoch {best_epoch}")
RESTORED: Final = N_("weights of epoch {best_epoch} restored")
REDUCED: Final = N_("learning rate {before} → {after}: {monitor} has not improved for {wait} epochs")
REDUCED_ONCE: Final = N_("learning rate {before} → {after}: {monitor} has not improved for one epoch")
FIRST: Final = N_("{monitor} is {value}: model saved")
KEPT: Final = N_("model saved")
BETTER: Final = N_("new best {monitor} {value} (was {before}): model saved")
STEPPED: Final = N_("learning rate {before} → {after}, as planned for this epoch")

_Logs = dict[str, Any] | None


def watched(recipe: Recipe, emit: Emit, folder: Path) -> list[Watched]:
    """The Keras callbacks that `recipe` asks for, in the order in which they are called; files go to `folder`."""
    return [_MAKERS[type(config)](config, emit, folder, recipe) for config in in_turn(recipe)]


class EarlyStopping(Watched, keras.callbacks.EarlyStopping):  # type: ignore[misc]
    """Says why the training ends, and whose weights come back."""

    source = "EarlyStopping"
    kept = ("wait", "stopped_epoch", "best", "best_epoch", "_epoch")

    def __init__(self, emit: Emit, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._emit = emit
        self._epoch = 0

    def on_epoch_end(self, epoch: int, logs: _Logs = None) -> None:
        """Keras's decision, and a note where it is to stop."""
        super().on_epoch_end(epoch, logs)
        self._epoch = epoch
        if self.stopped_epoch == epoch > 0:
            self._note(_by_count(self.wait, STOPPED_ONCE, STOPPED), monitor=self.monitor, wait=self.wait)

    def on_train_end(self, logs: _Logs = None) -> None:
        """Keras's restoring, and a note where it changed anything."""
        super().on_train_end(logs)
        if self.restore_best_weights and self.best_weights is not None and self.best_epoch != self._epoch:
            self._note(RESTORED)

    def _note(self, message: str, **values: Any) -> None:
        write_note(self._emit, self._epoch, self.source, message, best_epoch=self.best_epoch + 1, **values)

    def arrays(self) -> list[NDArray[Any]]:
        """The weights of the best epoch, if they are kept."""
        return self.best_weights or []

    def remember(self, state: dict[str, Any], arrays: list[NDArray[Any]]) -> None:
        """Take back the count and the weights of the best epoch."""
        if arrays and [array.shape for array in arrays] != [weight.shape for weight in self.model.weights]:
            raise ValueError(self.source)
        super().remember(state, arrays)
        self.best_weights = arrays or None

    def go_on(self) -> None:
        """Count from the beginning; what was best stays the best."""
        self.wait = self.stopped_epoch = 0


class ReduceLROnPlateau(Watched, keras.callbacks.ReduceLROnPlateau):  # type: ignore[misc]
    """Says when and why the learning rate falls."""

    source = "ReduceLROnPlateau"
    kept = ("wait", "best", "cooldown_counter")

    def __init__(self, emit: Emit, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._emit = emit

    def on_epoch_end(self, epoch: int, logs: _Logs = None) -> None:
        """Keras's decision, and a note where the learning rate changed."""
        before = learning_rate(self.model)
        super().on_epoch_end(epoch, logs)
        if (after := learning_rate(self.model)) != before:
            # Keras has just set its count back to zero; it acts exactly when the count has reached the patience.
            wait = max(1, self.patience)
            write_note(self._emit, epoch, self.source, _by_count(wait, REDUCED_ONCE, REDUCED),
                       before=before, after=after, monitor=self.monitor, wait=wait)


class ModelCheckpoint(Watched, keras.callbacks.ModelCheckpoint):  # type: ignore[misc]
    """Keeps the best model, or the last one, and says when there is a better one."""

    source = "ModelCheckpoint"

    def __init__(self, emit: Emit, path: Path, **arguments: Any) -> None:
        super().__init__(draft_of(path), **arguments)
        self._emit = emit
        self._path = path
        self._current_epoch = 0
        self.files = (path,)
        self.every_batch = self.save_freq != "epoch"
        of_batches = ("_batches_seen_since_last_saving", "_last_batch_seen", "_current_epoch")
        self.kept = ("best", *of_batches) if self.every_batch else ("best",)

    def _save_model(self, epoch: int, batch: int | None, logs: _Logs) -> None:
        """Keras's decision and its saving, called when one is due; what was saved replaces the model so far."""
        before = self.best
        with writing(self._path) as draft, fitting_optimizer(self.model):
            super()._save_model(epoch, batch, logs)
            saved = draft.exists()
        if not saved:
            return
        if not self.save_best_only:
            write_note(self._emit, epoch, self.source, KEPT)
            return
        values = {"monitor": self.monitor, "value": _short(self.best)}
        if before is None:
            write_note(self._emit, epoch, self.source, FIRST, **values)
        else:
            write_note(self._emit, epoch, self.source, BETTER, before=_short(before), **values)


class LearningRateStep(LearningRateScheduler):
    """Says when the learning rate takes a planned step."""

    source = "LearningRateStep"
    said = STEPPED


def _by_count(count: int, once: str, often: str) -> str:
    return once if count == 1 else often


def _short(value: Any) -> float:
    return float(f"{float(value):.4g}")


def _arguments(config: Any) -> dict[str, Any]:
    return config.model_dump(exclude={"name"})  # type: ignore[no-any-return]


def _checkpoint(config: configs.ModelCheckpoint, emit: Emit, folder: Path) -> ModelCheckpoint:
    arguments = {**_arguments(config), "save_freq": config.save_freq or "epoch"}
    return ModelCheckpoint(emit, folder / config.file, **arguments)


_Maker = Callable[[Any, Emit, Path, Recipe], Watched]
_MAKERS: Final[dict[type[configs.Callback], _Maker]] = {
    configs.EarlyStopping: lambda config, emit, _folder, _recipe: EarlyStopping(emit, **_arguments(config)),
    configs.ReduceLROnPlateau: lambda config, emit, _folder, _recipe: ReduceLROnPlateau(emit, **_arguments(config)),
    configs.ModelCheckpoint: lambda config, emit, folder, _recipe: _checkpoint(config, emit, folder),
    configs.LearningRateStep: lambda config, emit, _folder, _recipe: LearningRateStep(emit, config.rate),
    configs.LearningRateScheduler: lambda config, emit, _folder, recipe: LearningRateScheduler(
        emit, lambda epoch, rate: epoch_rate(config, epoch, rate, recipe.epochs)),
    configs.SwapEMAWeights: lambda config, _emit, _folder, _recipe: SwapEMAWeights(**_arguments(config)),
    configs.TerminateOnNaN: lambda config, emit, _folder, _recipe: TerminateOnNaN(emit, **_arguments(config)),
    configs.CSVLogger: lambda config, _emit, folder, _recipe: CSVLogger(folder / LOG, **_arguments(config)),
    configs.TensorBoard: lambda config, _emit, folder, _recipe: TensorBoard(config, folder),
}
