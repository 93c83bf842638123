"""What the optimizers of a recipe have in common: the fields of Keras's base class, and those that many share."""

from __future__ import annotations

from math import prod
from typing import Annotated

from pydantic import Field, model_validator

from lib.arch.fields import ADVANCED
from lib.errors import UserError
from lib.i18n import N_
from lib.training.config import Config

Beta1 = Annotated[float, Field(ge=0, lt=1, title=N_("Beta 1"), description=N_(
    "Decay of the running mean of the gradients: closer to 1 remembers longer"))]
Beta2 = Annotated[float, Field(ge=0, lt=1, title=N_("Beta 2"), description=N_(
    "Decay of the running mean of the squared gradients: closer to 1 remembers longer"))]
Epsilon = Annotated[float, Field(gt=0, le=1, title=N_("Epsilon"), description=N_(
    "A small number that keeps a division from reaching zero"))]
Rho = Annotated[float, Field(ge=0, lt=1, title=N_("Rho"), description=N_(
    "Decay of the running mean of the squared gradients: closer to 1 remembers longer"))]
Momentum = Annotated[float, Field(ge=0, lt=1, title=N_("Momentum"), description=N_(
    "Share of the last step that is carried into the next one"))]
Nesterov = Annotated[bool, Field(title=N_("Nesterov momentum"), description=N_(
    "Look ahead along the momentum before the gradient is applied"))]
AMSGrad = Annotated[bool, Field(title=N_("AMSGrad"), description=N_(
    "Divide by the largest squared gradient seen so far, so that steps never grow again"))]
Accumulator = Annotated[float, Field(ge=0, le=100, title=N_("Initial accumulator"), description=N_(
    "Value at which the sums of squared gradients start"))]


class Optimizer(Config):
    """What every optimizer of Keras takes."""

    learning_rate: float = Field(default=0.001, gt=0, le=100, title=N_("Learning rate"), description=N_(
        "How far the weights move at each step"))
    weight_decay: float | None = Field(default=None, ge=0, lt=1, title=N_("Weight decay"), description=N_(
        "Pulls every weight towards zero at each step, apart from the gradient"))
    clipnorm: float | None = Field(default=None, gt=0, title=N_("Clip each norm"), description=N_(
        "Shorten the gradient of each weight array to at most this length"), json_schema_extra=ADVANCED)
    clipvalue: float | None = Field(default=None, gt=0, title=N_("Clip each value"), description=N_(
        "Cut each number of the gradients to at most this size"), json_schema_extra=ADVANCED)
    global_clipnorm: float | None = Field(default=None, gt=0, title=N_("Clip the whole norm"), description=N_(
        "Shorten all gradients together to at most this length"), json_schema_extra=ADVANCED)
    use_ema: bool = Field(default=False, title=N_("Average the weights"), description=N_(
        "Keep a running mean of the weights, which replaces them at the end"), json_schema_extra=ADVANCED)
    ema_momentum: float = Field(default=0.99, ge=0, le=1, title=N_("Averaging momentum"), description=N_(
        "Share of the old mean kept at each step when the weights are averaged"), json_schema_extra=ADVANCED)
    ema_overwrite_frequency: int | None = Field(default=None, ge=1, title=N_("Averaging period"), description=N_(
        "Steps after which the mean replaces the weights; none: only at the end"), json_schema_extra=ADVANCED)
    loss_scale_factor: float | None = Field(default=None, gt=0, title=N_("Loss scale"), description=N_(
        "Multiplies the loss before the gradients and divides them after it, for low precision"),
        json_schema_extra=ADVANCED)
    gradient_accumulation_steps: int | None = Field(default=None, ge=2, title=N_("Accumulated steps"), description=N_(
        "Sum the gradients of this many batches before the weights move"), json_schema_extra=ADVANCED)

    def slots(self, name: str, shape: tuple[int, ...]) -> int:
        """How many numbers it keeps for a trained weight array of this shape, whose path (layer/weight) is `name`.

        What it keeps once for all weights (its step, its learning rate, Nadam's product) is not counted.
        """
        averaged, summed = self.use_ema, self.gradient_accumulation_steps is not None
        return (self.arrays(name, shape) + averaged + summed) * prod(shape)

    def arrays(self, name: str, shape: tuple[int, ...]) -> int:
        """How many arrays of the weight's own shape its rule needs."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it keeps")

    @model_validator(mode="after")
    def _clip_in_one_way(self) -> Optimizer:
        given = [name for name in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(self, name) is not None]
        if len(given) > 1:
            raise UserError("", N_("expected one way to clip the gradients at most"), ", ".join(given))
        return self
