"""Keras's own callbacks, watched: they decide, and what they did and why becomes a note on the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import keras
from numpy.typing import NDArray

from lib.i18n import N_
from lib.training import callbacks as configs
from lib.training.live import plain
from lib.training.recipe import Recipe
from lib.training.run import Emit, not_written
from lib.training.tensorboard import TensorBoard
from lib.training.watched import NOT_SAVED, Watched

BEST: Final = "best.keras"

STOPPED: Final = N_("{monitor} has not improved for {wait} epochs; best was epoch {best_epoch}")
STOPPED_ONCE: Final = N_("{monitor} has not improved for one epoch; best was epoch {best_epoch}")
RESTORED: Final = N_("weights of epoch {best_epoch} restored")
REDUCED: Final = N_("learning rate {before} → {after}: {monitor} has not improved for {wait} epochs")
REDUCED_ONCE: Final = N_("learning rate {before} → {after}: {monitor} has not improved for one epoch")
FIRST: Final = N_("{monitor} is {value}: model saved")
BETTER: Final = N_("new best {monitor} {value} (was {before}): model saved")
STEPPED: Final = N_("learning rate {before} → {after}, as planned for this epoch")

_Logs = dict[str, Any] | None


def watched(recipe: Recipe, emit: Emit, folder: Path) -> list[Watched]:
    """The Keras callbacks that `recipe` asks for; `folder` is where the best model goes."""
    return [_MAKERS[type(config)](recipe.decided(config), emit, folder) for config in recipe.callbacks]


def save_model(model: keras.Model, path: Path) -> None:
    """Save `model` under `path` whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    draft = _draft(path)
    with _writing(path), fitting_optimizer(model):
        model.save(draft)
        draft.replace(path)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            _draft(path).unlink(missing_ok=True)
        raise not_written(path.name, NOT_SAVED, error) from error


@contextmanager
def fitting_optimizer(model: keras.Model) -> Iterator[None]:
    """Give a model whose layers were frozen or unfrozen an optimizer of those weights alone that learn now.

    Whoever loads the file makes an optimizer for just those; to one of others its state would not fit.
    """
    whole, learning = model.optimizer, model.trainable_variables
    places = {id(weight): place for place, weight in enumerate(whole._trainable_variables)}
    if list(places) == [id(weight) for weight in learning]:
        yield
        return
    fitting = type(whole).from_config(whole.get_config())
    fitting.build(learning)
    # What an optimizer keeps for each weight is in lists, in the order of the weights.
    for name, kept in vars(fitting).items():
        if isinstance(kept, keras.Variable):
            kept.assign(getattr(whole, name))
        elif isinstance(kept, list) and name not in ("_variables", "_trainable_variables"):
            for variable, weight in zip(kept, learning, strict=False):
                if isinstance(variable, keras.Variable):
                    variable.assign(getattr(whole, name)[places[id(weight)]])
    model.optimizer = fitting
    try:
        yield
    finally:
        model.optimizer = whole


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
        _note(self._emit, self._epoch, self.source, message, best_epoch=self.best_epoch + 1, **values)

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
            _note(self._emit, epoch, self.source, _by_count(wait, REDUCED_ONCE, REDUCED),
                  before=before, after=after, monitor=self.monitor, wait=wait)


class ModelCheckpoint(Watched, keras.callbacks.ModelCheckpoint):  # type: ignore[misc]
    """Keeps the best model, and says when there is a better one."""

    source = "ModelCheckpoint"
    kept = ("best",)

    def __init__(self, emit: Emit, path: Path, **arguments: Any) -> None:
        super().__init__(_draft(path), save_best_only=True, **arguments)
        self._emit = emit
        self._path = path

    def on_epoch_end(self, epoch: int, logs: _Logs = None) -> None:
        """Keras's decision and its saving; what was saved takes the place of the best model so far."""
        before = self.best
        with _writing(self._path), fitting_optimizer(self.model):
            super().on_epoch_end(epoch, logs)
            if self.best == before:
                return
            _draft(self._path).replace(self._path)
        values = {"monitor": self.monitor, "value": _short(self.best)}
        if before is None:
            _note(self._emit, epoch, self.source, FIRST, **values)
        else:
            _note(self._emit, epoch, self.source, BETTER, before=_short(before), **values)


class LearningRateStep(Watched, keras.callbacks.LearningRateScheduler):  # type: ignore[misc]
    """Says when the learning rate takes a planned step."""

    source = "LearningRateStep"

    def __init__(self, emit: Emit, rate: Callable[[int, float], float]) -> None:
        super().__init__(rate)
        self._emit = emit

    def on_epoch_begin(self, epoch: int, logs: _Logs = None) -> None:
        """Keras's scheduling, and a note where the learning rate changed."""
        before = learning_rate(self.model)
        super().on_epoch_begin(epoch, logs)
        if (after := learning_rate(self.model)) != before:
            _note(self._emit, epoch, self.source, STEPPED, before=before, after=after)


def learning_rate(model: keras.Model) -> float:
    """The learning rate of the next step."""
    return plain(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def _note(emit: Emit, epoch: int, source: str, message: str, **values: Any) -> None:
    emit({"kind": "note", "epoch": epoch + 1, "source": source, "message": message, "values": values})


def _by_count(count: int, once: str, often: str) -> str:
    return once if count == 1 else often


def _short(value: Any) -> float:
    return float(f"{float(value):.4g}")


def _arguments(config: Any) -> dict[str, Any]:
    return config.model_dump(exclude={"name"})  # type: ignore[no-any-return]


_MAKERS: Final[dict[type[configs.Callback], Callable[[Any, Emit, Path], Watched]]] = {
    configs.EarlyStopping: lambda config, emit, _folder: EarlyStopping(emit, **_arguments(config)),
    configs.ReduceLROnPlateau: lambda config, emit, _folder: ReduceLROnPlateau(emit, **_arguments(config)),
    configs.ModelCheckpoint: lambda config, emit, folder: ModelCheckpoint(emit, folder / BEST, **_arguments(config)),
    configs.LearningRateStep: lambda config, emit, _folder: LearningRateStep(emit, config.rate),
    configs.TensorBoard: lambda config, _emit, folder: TensorBoard(config, folder),
}
