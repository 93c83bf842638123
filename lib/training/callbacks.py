"""The callbacks a recipe can name: Keras's own fields, with defaults that suit trainings of a few epochs."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, field_validator

from lib.i18n import N_
from lib.training.config import Config, rising

MONITORED: Final = ("val_loss", "val_accuracy", "loss", "accuracy")
"""The numbers that every training tells of an epoch."""
_Monitor = Annotated[str, Field(
    min_length=1, max_length=60, title=N_("Monitored value"),
    description=N_("The number that is watched from epoch to epoch"))]
_Mode = Annotated[Literal["auto", "min", "max"], Field(title=N_("Better is"), description=N_(
    "Whether less or more is better; auto: what is better of the monitored value"))]
_MinDelta = Annotated[float, Field(ge=0, le=100, title=N_("Smallest change"), description=N_(
    "A change smaller than this does not count as better"))]


class Callback(Config):
    """What a recipe may ask to happen between epochs."""


class EarlyStopping(Callback):
    """End the training when a value no longer gets better."""

    summary: ClassVar[str] = N_("Ends the training when the monitored value no longer gets better")
    reference: ClassVar[str] = "keras.callbacks.EarlyStopping"
    name: Literal["EarlyStopping"] = "EarlyStopping"
    monitor: _Monitor = "val_loss"
    patience: int = Field(default=3, ge=0, le=1000, title=N_("Patience"), description=N_(
        "Epochs without a better value before it acts"))
    min_delta: _MinDelta = 0.0
    mode: _Mode = "auto"
    baseline: float | None = Field(default=None, title=N_("Baseline"), description=N_(
        "A value that has to be beaten within the patience"))
    restore_best_weights: bool = Field(default=True, title=N_("Restore the best weights"), description=N_(
        "Go back to the weights of the best epoch at the end"))
    start_from_epoch: int = Field(default=0, ge=0, le=1000, title=N_("Start from epoch"), description=N_(
        "Epochs at the beginning that are not watched"))


class ReduceLROnPlateau(Callback):
    """Lower the learning rate when a value no longer gets better."""

    summary: ClassVar[str] = N_("Lowers the learning rate when the monitored value no longer gets better")
    reference: ClassVar[str] = "keras.callbacks.ReduceLROnPlateau"
    name: Literal["ReduceLROnPlateau"] = "ReduceLROnPlateau"
    monitor: _Monitor = "val_loss"
    factor: float = Field(default=0.1, gt=0, lt=1, title=N_("Factor"), description=N_(
        "What the learning rate is multiplied by"))
    patience: int = Field(default=2, ge=0, le=1000, title=N_("Patience"), description=N_(
        "Epochs without a better value before it acts"))
    min_delta: _MinDelta = 1e-4
    mode: _Mode = "auto"
    cooldown: int = Field(default=0, ge=0, le=1000, title=N_("Cooldown"), description=N_(
        "Epochs to wait after each reduction"))
    min_lr: float = Field(default=0.0, ge=0, le=100, title=N_("Lowest learning rate"), description=N_(
        "The learning rate never falls below this"))


class ModelCheckpoint(Callback):
    """Keep the model of the best epoch."""

    summary: ClassVar[str] = N_("Saves the model of the best epoch beside the last one")
    reference: ClassVar[str] = "keras.callbacks.ModelCheckpoint(save_best_only=True)"
    name: Literal["ModelCheckpoint"] = "ModelCheckpoint"
    monitor: _Monitor = "val_accuracy"
    mode: _Mode = "auto"


class LearningRateStep(Callback):
    """Multiply the learning rate at chosen epochs."""

    summary: ClassVar[str] = N_("Multiplies the learning rate by a factor at the start of chosen epochs")
    reference: ClassVar[str] = "keras.callbacks.LearningRateScheduler"
    name: Literal["LearningRateStep"] = "LearningRateStep"
    epochs: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = Field(
        default=(4, 7, 9), strict=False, min_length=1, max_length=100, title=N_("Epochs"), description=N_(
            "Epochs, counted from 1, at whose start the learning rate is multiplied"))
    factor: float = Field(default=0.1, gt=0, le=10, title=N_("Factor"), description=N_(
        "What the learning rate is multiplied by"))

    _rising = field_validator("epochs")(rising)

    def rate(self, epoch: int, learning_rate: float) -> float:
        """The learning rate of `epoch` (counted from 0, as Keras does), from the one before it."""
        return learning_rate * self.factor if epoch + 1 in self.epochs else learning_rate


class TensorBoard(Callback):
    """Write logs for TensorBoard."""

    summary: ClassVar[str] = N_("Writes logs for TensorBoard: curves, histograms, the graph, images sorted by a layer")
    reference: ClassVar[str] = "keras.callbacks.TensorBoard"
    name: Literal["TensorBoard"] = "TensorBoard"
    histogram_freq: int = Field(default=1, ge=0, le=1000, title=N_("Histograms every"), description=N_(
        "Epochs from one histogram of all weights to the next; 0: none"))
    embeddings_freq: int = Field(default=1, ge=0, le=1000, title=N_("Embeddings every"), description=N_(
        "Epochs from one look to the next at where the layer before the last puts up to 1,000 validation images, which "
        "TensorBoard's projector shows with their pictures; 0: none"))
    update_freq: Literal["epoch", "batch"] = Field(default="epoch", title=N_("Curves by"), description=N_(
        "Whether loss, accuracy and learning rate are also written batch by batch"))
    write_graph: bool = Field(default=True, title=N_("Graph"), description=N_(
        "Write the graph of the network"))


AnyCallback = Annotated[EarlyStopping | ReduceLROnPlateau | ModelCheckpoint | LearningRateStep | TensorBoard,
                        Field(discriminator="name")]
"""Any of them; the key `name` says which."""

CALLBACKS: Final[dict[str, type[Callback]]] = {kind.__name__: kind for kind in (
    EarlyStopping, ReduceLROnPlateau, ModelCheckpoint, LearningRateStep, TensorBoard)}
