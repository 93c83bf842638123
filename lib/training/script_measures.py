"""What a script measures its model by, as code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lib.arch import Architecture
from lib.arch.python_code import call_code
from lib.data import info
from lib.data.tasks import CLASSIFY
from lib.training.goals import goals
from lib.training.last_layer import logits_of, output_kinds
from lib.training.losses import OwnLoss
from lib.training.measured import loss_call, metric_call, output_loss_call
from lib.training.metrics import Metric, OwnMetric
from lib.training.recipe import Recipe
from lib.training.script_own import OwnCode, loss_code, metric_code

_INSIDE = "\n            "


@dataclass(frozen=True)
class Measures:
    """Loss and metrics of a script.

    Attributes:
        loss: what `compile` gets as its loss.
        metrics: what it gets as its metrics.
        code: what defines those of one's own.
        first: what stands before the names of the numbers of the first output, where there are several.
        weights: the argument of `compile` that weighs the losses, where there is one.
        layers: for each of several answers of a task by name, the layer that Keras names its numbers by.
        counted: whether Keras counts an accuracy of the first output.
    """

    loss: str
    metrics: str
    code: tuple[str, ...] = ()
    first: str = ""
    weights: str = ""
    layers: Mapping[str, str] = field(default_factory=dict)
    counted: bool = True

    def log_name(self, name: str) -> str:
        """What Keras calls the number that a run calls `name`: of the first output, but for the loss."""
        bare = name.removeprefix("val_")
        if not self.first or bare == "loss":
            return name
        of = next((target for target in self.layers if bare.startswith(f"{target}_")), None)
        own = f"{self.layers[of]}{bare.removeprefix(of)}" if of else f"{self.first}_{bare}"
        return f"{'val_' if bare != name else ''}{own}"


def measures(architecture: Architecture, recipe: Recipe, used: set[str]) -> Measures:
    """Loss and metrics of every output of `architecture`, which is without mistakes, by `recipe`.

    The names that their code defines are added to `used`, what nothing else may be called.
    """
    if recipe.task != CLASSIFY:
        return _of_task(architecture, recipe, used)
    classes = info(recipe.data).classes
    kinds = [kind == "logits" for kind in output_kinds(architecture)]
    own: dict[OwnLoss | OwnMetric, OwnCode] = {}
    if isinstance(recipe.loss, OwnLoss):
        own[recipe.loss] = loss_code(recipe.loss, classes, used)
    own |= _own_metrics(recipe.metrics, classes, used)
    losses = [own[recipe.loss].made if isinstance(recipe.loss, OwnLoss) else call_code(loss_call(recipe, logits))
              for logits in kinds]
    told = [_metrics(recipe.metrics, recipe.one_hot, logits, own) for logits in kinds]
    several = len(kinds) > 1
    first = architecture.owner_of(architecture.by_id[next(iter(architecture.outputs.values()))]).id
    return Measures(
        loss=_lines(losses) if several else losses[0],
        metrics="[{}]".format(", ".join(told)) if several else told[0],
        code=tuple(dict.fromkeys(code.code for code in own.values())),
        first=first if several else "",
    )


def _of_task(architecture: Architecture, recipe: Recipe, used: set[str]) -> Measures:
    told = goals(architecture, recipe.task, recipe.outputs, info(recipe.data))
    logits = logits_of(architecture, told)
    losses = [call_code(output_loss_call(goal, logits[goal.name])) for goal in told]
    own = [_own_metrics(goal.metrics, goal.columns, used) for goal in told]
    metrics = [_metrics(goal.metrics, goal.one_hot, logits[goal.name], made, bool(goal.target.labels))
               for goal, made in zip(told, own, strict=True)]
    counted = bool(told[0].target.labels)
    code = tuple(each.code for made in own for each in made.values())
    if len(told) == 1:
        return Measures(losses[0], metrics[0], code, counted=counted)
    layers = {goal.name: architecture.owner_of(architecture.by_id[goal.node]).id for goal in told}
    return Measures(_lines(losses), f"[{', '.join(metrics)}]", code, first=layers[told[0].name], layers=layers,
                    weights=f"\n        loss_weights={[goal.weight for goal in told]},", counted=counted)


def _own_metrics(metrics: Sequence[Metric], columns: int, used: set[str]) -> dict[OwnLoss | OwnMetric, OwnCode]:
    """The code of those of one's own, for an output of so many numbers."""
    return {metric: metric_code(metric, columns, used) for metric in metrics if isinstance(metric, OwnMetric)}


def _metrics(metrics: Sequence[Metric], one_hot: bool, logits: bool, own: Mapping[OwnLoss | OwnMetric, OwnCode],
             accuracy: bool = True) -> str:
    """The list that `compile` gets for one output."""
    counted = ['"accuracy"'] * accuracy
    made = [own[metric].made if isinstance(metric, OwnMetric)
            else call_code(metric_call(metric, one_hot, logits)) for metric in metrics]
    return _lines([*counted, *made]) if made else f"[{''.join(counted)}]"


def _lines(codes: list[str]) -> str:
    each = "".join(f"{_INSIDE}{code}," for code in codes)
    return f"[{each}\n        ]"
