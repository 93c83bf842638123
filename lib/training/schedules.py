"""Learning rates that follow a plan, batch by batch: each is a formula, and Keras's own class where it has one.

Imports no Keras, for the web process draws them before a training.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple

from pydantic import Discriminator, Field, Tag, field_validator

from lib.arch.block import Call
from lib.arch.fields import MULTILINE
from lib.errors import UserError
from lib.formula import Checked, check_scalars, parse
from lib.formula.fields import FormulaText, OwnName
from lib.formula.scalars import refuse_truth
from lib.i18n import N_
from lib.training.config import Config, rising

NAMES: Final = ("step", "steps", "epoch", "epochs", "progress", "learning_rate")
"""What the formula of a schedule reads: step counts the batches learned from so far, from 0, of so many steps in all;
epoch counts from 1; progress is step / steps; learning_rate is that of the optimizer."""

NO_RATE: Final = N_("expected a number as the learning rate")


class Plan(NamedTuple):
    """What a schedule is stretched over: the optimizer's learning rate, the batches of an epoch, the epochs."""

    learning_rate: float
    batches: int
    epochs: int

    @property
    def steps(self) -> int:
        """All batches of the training."""
        return self.batches * self.epochs


class Schedule(Config):
    """How the learning rate changes over a training."""

    def formula_of(self, plan: Plan) -> str:
        """It as a formula of `NAMES`."""
        raise NotImplementedError(f"{type(self).__name__} has no formula")

    def keras(self, plan: Plan) -> Call | None:
        """The schedule of `keras.optimizers.schedules` that it is, if there is one."""
        return None

    def problem(self, epochs: int) -> UserError | None:
        """What keeps it from being used for so many epochs."""
        return None


class StepDecay(Schedule):
    """Multiplied at the start of chosen epochs."""

    summary: ClassVar[str] = N_("Multiplies the learning rate by a factor from each of the chosen epochs on")
    reference: ClassVar[str] = "keras.optimizers.schedules.PiecewiseConstantDecay"
    name: Literal["StepDecay"] = "StepDecay"
    epochs: tuple[Annotated[int, Field(ge=2, le=1000)], ...] = Field(
        default=(4, 7, 9), strict=False, min_length=1, max_length=20, title=N_("Epochs"), description=N_(
            "Epochs, counted from 1, from which on the learning rate is multiplied"))
    factor: float = Field(default=0.1, gt=0, le=10, title=N_("Factor"), description=N_(
        "What the learning rate is multiplied by"))

    _rising = field_validator("epochs")(rising)

    def formula_of(self, plan: Plan) -> str:
        """Powers of the factor, counted by the epochs that have begun."""
        passed = " + ".join(f"(epoch >= {epoch})" for epoch in self.epochs)
        return f"learning_rate * exp(log({self.factor!r}) * ({passed}))"

    def keras(self, plan: Plan) -> Call:
        values = [plan.learning_rate * self.factor**count for count in range(len(self.epochs) + 1)]
        boundaries = [(epoch - 1) * plan.batches - 1 for epoch in self.epochs]
        return _call("PiecewiseConstantDecay", boundaries=boundaries, values=values)


class ExponentialDecay(Schedule):
    """A constant share in every so many epochs."""

    summary: ClassVar[str] = N_("Multiplies the learning rate by the same number in every stretch of the training")
    reference: ClassVar[str] = "keras.optimizers.schedules.ExponentialDecay"
    name: Literal["ExponentialDecay"] = "ExponentialDecay"
    decay_rate: float = Field(default=0.5, gt=0, le=10, title=N_("Decay rate"), description=N_(
        "What the learning rate is multiplied by in each stretch"))
    decay_epochs: float = Field(default=1.0, gt=0, le=1000, title=N_("Stretch in epochs"), description=N_(
        "How many epochs a stretch has; with parts of one, as 0.5"))
    staircase: bool = Field(default=False, title=N_("Staircase"), description=N_(
        "In one step at the end of each stretch instead of a little at every batch"))

    def formula_of(self, plan: Plan) -> str:
        """A power of the rate, the exponent whole for a staircase."""
        passed = f"step / {float(self._steps(plan))!r}"
        return f"learning_rate * exp(log({self.decay_rate!r}) * {f'floor({passed})' if self.staircase else passed})"

    def keras(self, plan: Plan) -> Call:
        return _call("ExponentialDecay", initial_learning_rate=plan.learning_rate, decay_steps=self._steps(plan),
                     decay_rate=self.decay_rate, **({"staircase": True} if self.staircase else {}))

    def _steps(self, plan: Plan) -> int:
        return max(1, round(self.decay_epochs * plan.batches))


class CosineDecay(Schedule):
    """Warm-up, then half a cosine down to the end."""

    summary: ClassVar[str] = N_("Rises in a straight line, then falls as half a cosine until the end of the training")
    reference: ClassVar[str] = "keras.optimizers.schedules.CosineDecay; Loshchilov & Hutter 2017, SGDR"
    name: Literal["CosineDecay"] = "CosineDecay"
    warmup_epochs: float = Field(default=0.5, ge=0, le=1000, title=N_("Warm-up in epochs"), description=N_(
        "Epochs in which the learning rate rises to that of the optimizer; with parts of one, as 0.5"))
    initial: float = Field(default=0.1, ge=0, le=1, title=N_("Share at the start"), description=N_(
        "The share of the learning rate that the warm-up begins with"))
    alpha: float = Field(default=0.0, ge=0, le=1, title=N_("Share at the end"), description=N_(
        "The share of the learning rate that is left at the end"))

    def formula_of(self, plan: Plan) -> str:
        """A line, then half a cosine."""
        warm, rest = float(self._warm(plan)), float(self._rest(plan))
        falls = f"{self.alpha!r} + {1 - self.alpha!r} * (1 + cos(pi * (step - {warm}) / {rest})) / 2"
        if not warm:
            return f"learning_rate * ({falls})"
        rises = f"{self.initial!r} + {1 - self.initial!r} * step / {warm}"
        return f"learning_rate * where(step < {warm}, {rises}, {falls})"

    def keras(self, plan: Plan) -> Call:
        warm, top = self._warm(plan), plan.learning_rate
        whole: dict[str, Any] = {"decay_steps": self._rest(plan), "alpha": self.alpha}
        if not warm:
            return _call("CosineDecay", initial_learning_rate=top, **whole)
        return _call("CosineDecay", initial_learning_rate=top * self.initial, **whole, warmup_target=top,
                     warmup_steps=warm)

    def problem(self, epochs: int) -> UserError | None:
        if self.warmup_epochs < epochs:
            return None
        return UserError("warmup_epochs", N_("expected a warm-up that is shorter than the training"),
                         self.warmup_epochs)

    def _warm(self, plan: Plan) -> int:
        return round(self.warmup_epochs * plan.batches)

    def _rest(self, plan: Plan) -> int:
        return max(1, plan.steps - self._warm(plan))


class OneCycle(Schedule):
    """Up, down, and far down at the end."""

    summary: ClassVar[str] = N_("Rises in a straight line, falls back as slowly, and comes down far at the end")
    reference: ClassVar[str] = "Smith 2018, A disciplined approach to neural network hyper-parameters"
    name: Literal["OneCycle"] = "OneCycle"
    initial: float = Field(default=0.1, gt=0, le=1, title=N_("Share at the start"), description=N_(
        "The share of the learning rate that the cycle begins and ends with"))
    rise: float = Field(default=0.45, gt=0, le=0.5, title=N_("Share of the rise"), description=N_(
        "The share of the training in which it rises; as long it falls, and what is left is the end"))
    final: float = Field(default=0.001, ge=0, le=1, title=N_("Share at the end"), description=N_(
        "The share of the learning rate that is left at the end"))

    def formula_of(self, plan: Plan) -> str:
        """Three straight lines."""
        low, part, over = repr(self.initial), repr(self.rise), repr(round(2 * self.rise, 12))
        lines = (f"rise = {low} + {1 - self.initial!r} * progress / {part}",
                 f"fall = 1 - {1 - self.initial!r} * (progress - {part}) / {part}")
        first = f"where(progress < {part}, rise, {{rest}})"
        if self.rise >= 0.5:
            return "\n".join([*lines, f"learning_rate * {first.format(rest='fall')}"])
        left = repr(round(1 - 2 * self.rise, 12))
        end = f"end = {low} - {self.initial - self.final!r} * (progress - {over}) / {left}"
        rest = f"where(progress < {over}, fall, end)"
        return "\n".join([*lines, end, f"learning_rate * {first.format(rest=rest)}"])


class OwnSchedule(Schedule):
    """A schedule that a student has written."""

    summary: ClassVar[str] = N_("A formula of your own gives the learning rate of every batch")
    name: OwnName = Field(default="my_schedule", title=N_("Name"), description=N_(
        "What this schedule is called in the script"))
    formula: FormulaText = Field(default="learning_rate * (1 - progress) ** 0.9", title=N_("Formula"), description=N_(
        "The learning rate of a batch from `step` (from 0), `steps`, `epoch` (from 1), `epochs`, `progress` (from 0 to "
        "1) and `learning_rate`, that of the optimizer"), json_schema_extra=MULTILINE)

    def formula_of(self, plan: Plan) -> str:
        return self.formula


SCHEDULES: Final[dict[str, type[Schedule]]] = {kind.__name__: kind for kind in (
    StepDecay, ExponentialDecay, CosineDecay, OneCycle)}
"""Those that are there already, by their names."""


def _kind(value: Any) -> str | None:
    """Whether `value` is one's own, which has a formula, or the name of one that is there already."""
    if isinstance(value, Schedule):
        return "OwnSchedule" if isinstance(value, OwnSchedule) else type(value).__name__
    if not isinstance(value, Mapping):
        return None
    name = value.get("name")
    return "OwnSchedule" if "formula" in value else name if isinstance(name, str) else None


AnySchedule = Annotated[
    Annotated[StepDecay, Tag("StepDecay")] | Annotated[ExponentialDecay, Tag("ExponentialDecay")]
    | Annotated[CosineDecay, Tag("CosineDecay")] | Annotated[OneCycle, Tag("OneCycle")]
    | Annotated[OwnSchedule, Tag("OwnSchedule")], Discriminator(_kind)]
"""Any of them; what has a formula is one's own, of the others the key `name` says which."""


@lru_cache(maxsize=256)
def checked_rate(text: str, names: tuple[str, ...]) -> Checked:
    """The formula `text` of a learning rate, which may read `names`.

    Raises:
        FormulaError: it cannot be computed, or is no number.
    """
    found = check_scalars(parse(text), names)
    refuse_truth(found, NO_RATE)
    return found


def _call(name: str, **arguments: Any) -> Call:
    return Call(f"optimizers.schedules.{name}", arguments)
