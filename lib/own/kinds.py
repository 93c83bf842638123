"""The kinds of things that students make themselves, each with the model that reads and checks them."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ValidationError

from lib import strict_json
from lib.arch.own_activation import OwnActivation
from lib.arch.own_layer import OwnLayer
from lib.arch.own_python import OwnPython
from lib.errors import UserError
from lib.own.lambdas import OwnLambda
from lib.training.losses import OwnLoss
from lib.training.metrics import OwnMetric
from lib.training.rules import Rule
from lib.training.schedules import OwnSchedule

LONGEST: Final = 20_000

KINDS: Final[dict[str, type[BaseModel]]] = {
    "lambda": OwnLambda,
    "activation": OwnActivation,
    "layer": OwnLayer,
    "python": OwnPython,
    "loss": OwnLoss,
    "metric": OwnMetric,
    "rule": Rule,
    "schedule": OwnSchedule,
}
"""Each has a field `name`, by which it is saved."""


def read(kind: str, text: str) -> BaseModel:
    """The thing of this `kind` that the JSON `text` describes.

    Raises:
        UserError: it is none; the sentence names the place and the value.
    """
    strict_json.read(text, kind, LONGEST, lines=True)
    try:
        return KINDS[kind].model_validate_json(text)
    except ValidationError as error:
        raise UserError.from_validation(kind, error) from None


def written(thing: BaseModel) -> str:
    """The JSON text from which `read` makes an equal thing."""
    return thing.model_dump_json()
