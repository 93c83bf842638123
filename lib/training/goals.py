"""What each output of a network has to tell for the task of a recipe, by which loss, and by what it is measured.

Imports no Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from lib.arch import Architecture
from lib.data.catalogue import DATASETS, DatasetInfo
from lib.data.tasks import TASKS, Kind, Target, TaskName
from lib.i18n import N_
from lib.training.config import Config
from lib.training.metrics import METRICS, AnyMetric, Better, Metric, OwnMetric

OutputLossName = Literal["SparseCategoricalCrossentropy", "BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError",
                         "Huber", "LogCosh"]
LOSSES_OF: Final[Mapping[Kind, tuple[OutputLossName, ...]]] = MappingProxyType({
    "classes": ("SparseCategoricalCrossentropy",),
    "binary": ("BinaryCrossentropy", "MeanSquaredError"),
    "number": ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh"),
    "image": ("MeanSquaredError", "BinaryCrossentropy", "MeanAbsoluteError"),
})
"""The losses by which each kind of answer can be learned, the usual one first."""
_DIFFERENCES: Final = ("MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError")
METRICS_OF: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType({
    "classes": tuple(METRICS),
    "binary": tuple(name for name in METRICS if name not in (
        "TopKCategoricalAccuracy", "CategoricalCrossentropy", "CosineSimilarity")),
    "number": _DIFFERENCES,
    "image": _DIFFERENCES,
})
"""The metrics of Keras that mean something for each kind of answer."""
OWN_METRICS_OF: Final[tuple[Kind, ...]] = ("classes", "binary", "number")
"""The kinds of answers that are rows of numbers, of which formulas of one's own can be."""
MOST_OUTPUTS: Final = 8
MOST_METRICS: Final = 12
HALF: Final = 0.5
Metrics = Annotated[tuple[AnyMetric, ...], Field(strict=False, max_length=MOST_METRICS)]


class OutputRecipe(Config):
    """How much an output counts, its loss where that is not the usual one of its kind, and what is told of it beside
    loss and accuracy."""

    output: str = Field(max_length=40, title=N_("Output"), description=N_("Which answer of the task"))
    weight: float = Field(default=1.0, ge=0, le=1000, title=N_("Weight"), description=N_(
        "What its loss is multiplied by in the sum"))
    loss: OutputLossName | None = Field(default=None, title=N_("Loss"), description=N_(
        "none: the usual one for such an answer"))
    metrics: Metrics = Field(default=(), title=N_("Metrics"), description=N_(
        "What is told of this answer beside its loss and its accuracy"))


Outputs = Annotated[tuple[OutputRecipe, ...], Field(strict=False, max_length=MOST_OUTPUTS)]


@dataclass(frozen=True)
class Goal:
    """What one output has to tell.

    Attributes:
        name: that of the target.
        output: that of the output in the architecture, and `node` where it comes from.
        weight, loss: what it counts, and by which loss of Keras.
        metrics: by what it is measured beside loss and accuracy.
        prefix: what stands before the names of its numbers; nothing where it is the only one.
    """

    name: str
    output: str
    node: str
    target: Target
    weight: float
    loss: OutputLossName
    metrics: tuple[Metric, ...] = ()
    prefix: str = ""

    @property
    def columns(self) -> int:
        """How many numbers answer one example."""
        return prod(self.target.shape)

    @property
    def one_hot(self) -> bool:
        """Whether its classes have to be rows: only some metrics of Keras take class numbers."""
        return self.target.kind == "classes" and not all(metric.sparse for metric in self.metrics)


def inputs_of(architecture: Architecture, task: TaskName, info: DatasetInfo) -> dict[str, str]:
    """For each input of `architecture` the input of the task that it takes: of the same name where all names agree,
    otherwise in order. Where their numbers differ, the surplus is left out."""
    return _matched(list(architecture.inputs), list(TASKS[task].inputs(info)))


def goals(architecture: Architecture, task: TaskName, outputs: tuple[OutputRecipe, ...],
          info: DatasetInfo) -> list[Goal]:
    """What the outputs of `architecture` have to tell, in their order; matched as the inputs are."""
    targets, chosen = TASKS[task].targets(info), {each.output: each for each in outputs}
    found = []
    for output, name in _matched(list(architecture.outputs), list(targets)).items():
        target, how = targets[name], chosen.get(name, OutputRecipe(output=name))
        loss = how.loss if how.loss in LOSSES_OF[target.kind] else None
        found.append(Goal(name, output, architecture.outputs[output], target, how.weight,
                          loss or LOSSES_OF[target.kind][0], how.metrics, _prefix(name, targets)))
    return found


def targets_of(task: TaskName) -> dict[str, Target]:
    """The targets of `task` as far as they are the same for every data set: names and kinds."""
    return TASKS[task].targets(DATASETS["mnist"])


def task_metrics(task: TaskName, outputs: tuple[OutputRecipe, ...]) -> dict[str, Better]:
    """The numbers of an epoch beside loss and accuracy, and whether more of each is better: of each of several
    outputs its loss and its accuracy, and the metrics of each."""
    targets, chosen = targets_of(task), {each.output: each.metrics for each in outputs}
    told: dict[str, Better] = {}
    for name in targets:
        prefix = _prefix(name, targets)
        if prefix:
            told[f"{prefix}loss"], told[f"{prefix}accuracy"] = "min", "max"
        told |= {f"{prefix}{metric.log_name}": metric.direction for metric in chosen.get(name, ())}
    return told


def suits(metric: Metric, kind: Kind) -> bool:
    """Whether `metric` means something for such an answer."""
    if isinstance(metric, OwnMetric):
        return kind in OWN_METRICS_OF
    return type(metric).__name__ in METRICS_OF[kind]


def usual_metric(name: str, kind: Kind) -> Metric:
    """The metric of Keras of this name as it suits such an answer: of one number none is the highest."""
    metric = METRICS[name]
    halved = kind == "binary" and "threshold" in metric.model_fields
    return metric.model_validate({"threshold": HALF} if halved else {})


def with_metrics(recipes: tuple[OutputRecipe, ...], output: str, metrics: tuple[Any, ...]) -> tuple[OutputRecipe, ...]:
    """`recipes` in which `output` is measured by `metrics`."""
    present = {each.output: each for each in recipes}
    present[output] = present.get(output, OutputRecipe(output=output)).model_copy(update={"metrics": metrics})
    return tuple(each for each in present.values() if each != OutputRecipe(output=each.output))


def _prefix(name: str, targets: Mapping[str, Target]) -> str:
    return f"{name}_" if len(targets) > 1 else ""


def _matched(own: list[str], wanted: list[str]) -> dict[str, str]:
    if set(own) == set(wanted):
        return {name: name for name in own}
    return dict(zip(own, wanted, strict=False))
