"""What a recipe measures a model by, its loss and its metrics, as calls of Keras: made for a training, spelled in a
script. Imports no Keras."""

from __future__ import annotations

from typing import Any, Final

from lib.arch.block import Call
from lib.training.goals import Goal
from lib.training.losses import Loss
from lib.training.metrics import Metric
from lib.training.recipe import Recipe

_WITH_LOGITS: Final = ("classes", "each")


def loss_call(recipe: Recipe, logits: bool) -> Call:
    """The loss of `recipe`, which is none of one's own, for an output of `logits` or of probabilities."""
    name = recipe.loss.name
    if name == "SparseCategoricalCrossentropy" and recipe.one_hot:
        # The same number from rows, which the metrics want.
        name = "CategoricalCrossentropy"
    return Call(f"losses.{name}", {**_fields(recipe.loss), **_logits(recipe.loss, logits)})


def output_loss_call(goal: Goal, logits: bool) -> Call:
    """The loss of one output of a task."""
    takes = goal.loss in ("SparseCategoricalCrossentropy", "BinaryCrossentropy")
    # The same number from rows, which the metrics want.
    name = goal.loss.removeprefix("Sparse") if goal.one_hot else goal.loss
    return Call(f"losses.{name}", {"from_logits": logits} if takes else {})


def metric_call(metric: Metric, one_hot: bool, logits: bool, prefix: str = "") -> Call:
    """`metric`, which is none of one's own, under its name in the logs.

    Args:
        one_hot: whether it gets classes as rows, or as numbers.
        prefix: what stands before its name.
    """
    kind = type(metric).__name__
    if metric.sparse and not one_hot:
        kind = f"Sparse{kind}"
    return Call(f"metrics.{kind}", {**_fields(metric), **_logits(metric, logits), "name": f"{prefix}{metric.log_name}"})


def _fields(config: Loss | Metric) -> dict[str, Any]:
    return {name: value for name, value in config.model_dump(exclude={"name"}).items() if value is not None}


def _logits(config: Loss | Metric, logits: bool) -> dict[str, bool]:
    return {"from_logits": logits} if config.takes in _WITH_LOGITS else {}
