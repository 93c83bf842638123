"""What each output of a network has to tell for the task of a recipe, and by which loss. Imports no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from lib.arch import Architecture
from lib.data.catalogue import DATASETS, DatasetInfo
from lib.data.tasks import TASKS, Kind, Target, TaskName
from lib.i18n import N_
from lib.training.config import Config

OutputLossName = Literal["SparseCategoricalCrossentropy", "BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError",
                         "Huber", "LogCosh"]
LOSSES_OF: Final[Mapping[Kind, tuple[OutputLossName, ...]]] = MappingProxyType({
    "classes": ("SparseCategoricalCrossentropy",),
    "binary": ("BinaryCrossentropy", "MeanSquaredError"),
    "number": ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh"),
    "image": ("MeanSquaredError", "BinaryCrossentropy", "MeanAbsoluteError"),
})
"""The losses by which each kind of answer can be learned, the usual one first."""
MOST_OUTPUTS: Final = 8


class OutputLoss(Config):
    """How much an output counts, and its loss where that is not the usual one of its kind."""

    output: str = Field(max_length=40, title=N_("Output"), description=N_("Which answer of the task"))
    weight: float = Field(default=1.0, ge=0, le=1000, title=N_("Weight"), description=N_(
        "What its loss is multiplied by in the sum"))
    loss: OutputLossName | None = Field(default=None, title=N_("Loss"), description=N_(
        "none: the usual one for such an answer"))


Outputs = Annotated[tuple[OutputLoss, ...], Field(strict=False, max_length=MOST_OUTPUTS)]


@dataclass(frozen=True)
class Goal:
    """What one output has to tell.

    Attributes:
        name: that of the target.
        output: that of the output in the architecture, and `node` where it comes from.
        weight, loss: what it counts, and by which loss of Keras.
    """

    name: str
    output: str
    node: str
    target: Target
    weight: float
    loss: OutputLossName


def inputs_of(architecture: Architecture, task: TaskName, info: DatasetInfo) -> dict[str, str]:
    """For each input of `architecture` the input of the task that it takes: of the same name where all names agree,
    otherwise in order. Where their numbers differ, the surplus is left out."""
    return _matched(list(architecture.inputs), list(TASKS[task].inputs(info)))


def goals(architecture: Architecture, task: TaskName, outputs: tuple[OutputLoss, ...], info: DatasetInfo) -> list[Goal]:
    """What the outputs of `architecture` have to tell, in their order; matched as the inputs are."""
    targets, chosen = TASKS[task].targets(info), {each.output: each for each in outputs}
    found = []
    for output, name in _matched(list(architecture.outputs), list(targets)).items():
        target, how = targets[name], chosen.get(name, OutputLoss(output=name))
        loss = how.loss if how.loss in LOSSES_OF[target.kind] else None
        found.append(Goal(name, output, architecture.outputs[output], target, how.weight,
                          loss or LOSSES_OF[target.kind][0]))
    return found


def task_metrics(task: TaskName) -> dict[str, Literal["max", "min"]]:
    """The numbers of an epoch beside loss and accuracy, and whether more of each is better: of each of several
    outputs its loss and its accuracy."""
    names = list(TASKS[task].targets(DATASETS["mnist"]))
    told: dict[str, Literal["max", "min"]] = {}
    for name in names if len(names) > 1 else ():
        told[f"{name}_loss"], told[f"{name}_accuracy"] = "min", "max"
    return told


def _matched(own: list[str], wanted: list[str]) -> dict[str, str]:
    if set(own) == set(wanted):
        return {name: name for name in own}
    return dict(zip(own, wanted, strict=False))
