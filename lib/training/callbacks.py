"""The callbacks a recipe can name: Keras's own fields, with defaults that suit trainings of a few epochs."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, field_validator

from lib.arch.fields import ADVANCED, MULTILINE
from lib.errors import UserError
from lib.formula.fields import FormulaText
from lib.i18n import N_
from lib.training.config import Config, rising

MONITORED: Final = ("val_loss", "val_accuracy", "loss", "accuracy")
"""The numbers that every training tells of an epoch."""
VECTORS: Final = "vectors.tsv"
"""The file in which the embeddings are."""
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.tsv")
_MOST_BATCHES: Final = 1_000_000
_LONGEST: Final = 40
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
    """Keep the model of the best epoch, or of the last moment that was saved."""

    summary: ClassVar[str] = N_("Saves the model of the best epoch beside the last one")
    reference: ClassVar[str] = "keras.callbacks.ModelCheckpoint"
    name: Literal["ModelCheckpoint"] = "ModelCheckpoint"
    monitor: _Monitor = "val_accuracy"
    mode: _Mode = "auto"
    save_best_only: bool = Field(default=True, title=N_("Only the best"), description=N_(
        "Save only where the monitored value is better than ever before; else every time"))
    initial_value_threshold: float | None = Field(default=None, title=N_("Threshold"), description=N_(
        "A value that has to be beaten before anything is saved"), json_schema_extra=ADVANCED)
    save_freq: int | None = Field(default=None, ge=1, le=_MOST_BATCHES, title=N_("Save every"), description=N_(
        "Batches from one saving to the next; none: at the end of each epoch"), json_schema_extra=ADVANCED)
    save_weights_only: bool = Field(default=False, title=N_("Only the weights"), description=N_(
        "Save the weights without the network and the optimizer"), json_schema_extra=ADVANCED)

    @property
    def file(self) -> str:
        """What the file is called."""
        saved = "best" if self.save_best_only else "checkpoint"
        return f"{saved}.weights.h5" if self.save_weights_only else f"{saved}.keras"


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


class LearningRateScheduler(Callback):
    """A formula gives the learning rate of each epoch."""

    summary: ClassVar[str] = N_("Sets the learning rate at the start of each epoch by a formula of your own")
    reference: ClassVar[str] = "keras.callbacks.LearningRateScheduler"
    name: Literal["LearningRateScheduler"] = "LearningRateScheduler"
    schedule: FormulaText = Field(default="learning_rate * 0.9", title=N_("Learning rate of the epoch"),
                                  description=N_(
        "A formula of `epoch` (from 1), `epochs` (how many there are) and `learning_rate`, that of the epoch before"),
                                  json_schema_extra=MULTILINE)


class SwapEMAWeights(Callback):
    """Judge the running mean of the weights."""

    summary: ClassVar[str] = N_("Judges each epoch by the running mean of the weights, which the optimizer keeps")
    reference: ClassVar[str] = "keras.callbacks.SwapEMAWeights"
    name: Literal["SwapEMAWeights"] = "SwapEMAWeights"
    swap_on_epoch: bool = Field(default=False, title=N_("Swap between epochs"), description=N_(
        "Leave the mean in the network until the next epoch, so that other callbacks save and restore it"))


class TerminateOnNaN(Callback):
    """End the training when the loss is no number."""

    summary: ClassVar[str] = N_("Ends the training at once when the loss is no number any more")
    reference: ClassVar[str] = "keras.callbacks.TerminateOnNaN"
    name: Literal["TerminateOnNaN"] = "TerminateOnNaN"
    raise_error: bool = Field(default=False, title=N_("As an error"), description=N_(
        "Let the training fail in place of ending it as it is"))


class CSVLogger(Callback):
    """Write the numbers of the epochs as a table."""

    summary: ClassVar[str] = N_("Writes the numbers of each epoch into a CSV file, as Keras does")
    reference: ClassVar[str] = "keras.callbacks.CSVLogger"
    name: Literal["CSVLogger"] = "CSVLogger"
    separator: str = Field(default=",", min_length=1, max_length=1, title=N_("Separator"), description=N_(
        "The sign between two numbers of a row, such as , or ;"))
    append: bool = Field(default=False, title=N_("Append"), description=N_(
        "When the training begins anew, write on below what is there already"))

    @field_validator("separator")
    @classmethod
    def _separates(cls, sign: str) -> str:
        if sign.isalnum() or sign in "\r\n\"'._-+" or not (sign == "\t" or " " <= sign <= "~"):
            raise UserError("", N_("expected a sign that stands in no number or name"), ascii(sign).strip("'"))
        return sign


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
    update_freq: Literal["epoch", "batch"] | int = Field(default="epoch", title=N_("Curves by"), description=N_(
        "Whether loss, accuracy and learning rate are also written batch by batch; a whole number, such as 10, writes "
        "one batch of so many"))
    write_graph: bool = Field(default=True, title=N_("Graph"), description=N_(
        "Write the graph of the network"))
    write_images: bool = Field(default=False, title=N_("Weights as images"), description=N_(
        "Write, as often as the histograms, the weights of each layer as images: 0 is grey, the lowest black, the "
        "highest white"), json_schema_extra=ADVANCED)
    write_steps_per_second: bool = Field(default=False, title=N_("Steps per second"), description=N_(
        "Write how many batches are learned in a second, by epoch and as often as the curves"),
        json_schema_extra=ADVANCED)
    embeddings_metadata: str | None = Field(
        default="classes.tsv", min_length=1, max_length=40, title=N_("File of the labels"), description=N_(
            "What the file is called that names the class of each image for the projector; none: none is written"),
        json_schema_extra=ADVANCED)

    @property
    def batches(self) -> int:
        """How many batches lie between two that are written; 0: none is."""
        return self.update_freq if isinstance(self.update_freq, int) else int(self.update_freq == "batch")

    @field_validator("update_freq", mode="before")
    @classmethod
    def _turns(cls, turn: object) -> object:
        if turn in ("epoch", "batch") or (type(turn) is int and 1 <= turn <= _MOST_BATCHES):
            return turn
        raise UserError("", N_("expected epoch, batch, or a whole number of batches from 1 to 1,000,000"),
                        str(turn)[:_LONGEST])

    @field_validator("embeddings_metadata")
    @classmethod
    def _names_a_file(cls, name: str | None) -> str | None:
        if name is None or (_FILE.fullmatch(name) and name.lower() != VECTORS):
            return name
        raise UserError("", N_("expected a name such as labels.tsv, of letters, digits, - and _, but not {taken}"),
                        name, taken=VECTORS)


AnyCallback = Annotated[
    EarlyStopping | ReduceLROnPlateau | ModelCheckpoint | LearningRateStep | LearningRateScheduler | SwapEMAWeights
    | TerminateOnNaN | CSVLogger | TensorBoard,
    Field(discriminator="name")]
"""Any of them; the key `name` says which."""

CALLBACKS: Final[dict[str, type[Callback]]] = {kind.__name__: kind for kind in (
    EarlyStopping, ReduceLROnPlateau, ModelCheckpoint, LearningRateStep, LearningRateScheduler, SwapEMAWeights,
    TerminateOnNaN, CSVLogger, TensorBoard)}
RATE_CHANGERS: Final = (ReduceLROnPlateau, LearningRateStep, LearningRateScheduler)
"""Those that change the learning rate."""
