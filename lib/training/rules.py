"""Callbacks of one's own as rules instead of code: when, under which condition, what. Imports no Keras."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar, Final, Literal, get_args

from pydantic import Field, field_validator

from lib.arch.fields import ADVANCED, MULTILINE
from lib.formula.fields import FormulaText, OwnName
from lib.i18n import N_
from lib.training.callbacks import MONITORED
from lib.training.config import Config, rising

MOST_RULES: Final = 10
LARGEST_RATE: Final = 100.0
_LAYERS: Final = Field(default=(), strict=False, max_length=200, title=N_("Layers"), description=N_(
    "The layers of the network, by their names"))

Moment = Literal["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", "on_epoch_end",
                 "on_train_end"]
"""The hooks of Keras's callbacks, in their order."""
MOMENTS: Final[tuple[Moment, ...]] = get_args(Moment)
BATCHES: Final = ("on_train_batch_begin", "on_train_batch_end")
EPOCHS: Final = ("on_epoch_begin", "on_epoch_end")
ENDS: Final = ("on_train_begin", "on_train_end")


class Action(Config):
    """What a rule does."""

    moments: ClassVar[tuple[Moment, ...]] = MOMENTS[:-1]
    """When that has a meaning."""


class MultiplyLearningRate(Action):
    """Multiply the learning rate."""

    summary: ClassVar[str] = N_("multiply the learning rate")
    name: Literal["MultiplyLearningRate"] = "MultiplyLearningRate"
    factor: float = Field(default=0.1, gt=0, le=1000, title=N_("Factor"), description=N_(
        "What the learning rate is multiplied by"))


class SetLearningRate(Action):
    """Set the learning rate to a number or to what a formula gives."""

    summary: ClassVar[str] = N_("set the learning rate")
    name: Literal["SetLearningRate"] = "SetLearningRate"
    rate: FormulaText = Field(default="0.0001", title=N_("Learning rate"), description=N_(
        "A number, or a formula of what the condition knows too: `learning_rate / sqrt(epoch)`"),
        json_schema_extra=MULTILINE)


class StopTraining(Action):
    """End the training."""

    summary: ClassVar[str] = N_("stop the training")
    moments: ClassVar[tuple[Moment, ...]] = MOMENTS[1:-1]
    name: Literal["StopTraining"] = "StopTraining"


class SaveModel(Action):
    """Save the model as it is now; each time in place of the one before."""

    summary: ClassVar[str] = N_("save the model")
    moments: ClassVar[tuple[Moment, ...]] = MOMENTS
    name: Literal["SaveModel"] = "SaveModel"


class Freeze(Action):
    """Let layers learn no more."""

    summary: ClassVar[str] = N_("freeze layers")
    name: Literal["Freeze"] = "Freeze"
    layers: tuple[str, ...] = _LAYERS


class Unfreeze(Action):
    """Let frozen layers learn."""

    summary: ClassVar[str] = N_("let layers learn")
    name: Literal["Unfreeze"] = "Unfreeze"
    layers: tuple[str, ...] = _LAYERS


class WriteNote(Action):
    """Write something on the timeline."""

    summary: ClassVar[str] = N_("write a note")
    moments: ClassVar[tuple[Moment, ...]] = MOMENTS
    name: Literal["WriteNote"] = "WriteNote"
    text: str = Field(default="", max_length=200, title=N_("Note"), description=N_(
        "What stands on the timeline; the numbers of the moment are added"))

    @field_validator("text")
    @classmethod
    def _on_one_line(cls, text: str) -> str:
        return " ".join(text.split())


AnyAction = Annotated[
    MultiplyLearningRate | SetLearningRate | StopTraining | SaveModel | Freeze | Unfreeze | WriteNote,
    Field(discriminator="name")]
"""Any of them; the key `name` says which."""
ACTIONS: Final[dict[str, type[Action]]] = {kind.__name__: kind for kind in (
    MultiplyLearningRate, SetLearningRate, StopTraining, SaveModel, Freeze, Unfreeze, WriteNote)}


class Rule(Config):
    """Something that happens at certain moments of a training, if a condition holds."""

    summary: ClassVar[str] = N_("A callback of your own: when, under which condition, what")
    reference: ClassVar[str] = "keras.callbacks.Callback"
    name: OwnName = Field(title=N_("Name"), description=N_(
        "What this rule is called on the timeline and in the script"))
    when: Moment = Field(default="on_epoch_begin", title=N_("When"), description=N_(
        "The moment, as Keras's callbacks name it"))
    epochs: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = Field(
        default=(), strict=False, max_length=100, title=N_("At epochs"), description=N_(
            "The epochs, counted from 1, in which it applies, as in 4, 7, 9; none: in all of them"))
    every: int = Field(default=1, ge=1, le=1_000_000, title=N_("Every"), description=N_(
        "Only at every so many of these moments, counted from the beginning of the training"),
        json_schema_extra=ADVANCED)
    condition: FormulaText = Field(default="", title=N_("Condition"), description=N_(
        "A formula that is true when it shall happen, such as `val_loss > 2 * best_val_loss`; none: always"),
        json_schema_extra=MULTILINE)
    once: bool = Field(default=False, title=N_("Only once"), description=N_(
        "Only the first time in a training that the condition holds"), json_schema_extra=ADVANCED)
    action: AnyAction = Field(default=MultiplyLearningRate(), title=N_("Action"), description=N_(
        "What happens then"))

    _rising = field_validator("epochs")(rising)

    def due(self, epoch: int, batch: int) -> bool:
        """Whether its moment may be in epoch `epoch`, with batch `batch` of the training; both count from 1."""
        if self.epochs and epoch not in self.epochs:
            return False
        return self.every == 1 or (batch if self.when in BATCHES else epoch) % self.every == 0

    @property
    def changes_rate(self) -> bool:
        """Whether it changes the learning rate."""
        return isinstance(self.action, MultiplyLearningRate | SetLearningRate)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that it freezes or lets learn."""
        return self.action.layers if isinstance(self.action, Freeze | Unfreeze) else ()

    @property
    def file(self) -> str | None:
        """The file that it saves the model in, in the folder of the run."""
        return f"{self.name}.saved.keras" if isinstance(self.action, SaveModel) else None


def known(when: Moment, logs: Iterable[str] = MONITORED) -> tuple[str, ...]:
    """The names that a condition may read at that moment.

    epoch and batch count from 1, batch within its epoch; step is how many batches were learned from so far; epochs,
    batches (an epoch) and steps are how many there are. Of the `logs` of an epoch, those at the end of a batch are the
    means over its epoch so far, as Keras has them. What begins with "best_" is the best of the epochs that were
    complete before; before the first it is infinite, so that everything is better.
    """
    return tuple(_known(when, tuple(logs)))


def _known(when: Moment, logs: tuple[str, ...]) -> Iterator[str]:
    if when != "on_train_begin":
        yield "epoch"
    if when in BATCHES:
        yield "batch"
    yield from ("step", "learning_rate")
    if when == "on_train_batch_end":
        yield from (name for name in ("loss", "accuracy") if name in logs)
    if when in ("on_epoch_end", "on_train_end"):
        yield from logs
    if when != "on_train_begin":
        yield from (f"best_{name}" for name in logs)
    yield from ("epochs", "batches", "steps")
