"""The model of a run, seeded and compiled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from lib.arch import Architecture
from lib.data import Split
from lib.data.infos import info
from lib.data.tasks import CLASSIFY
from lib.keras_bridge import build
from lib.keras_bridge.build import make
from lib.keras_bridge.own import FormulaLoss, FormulaMetric
from lib.keras_bridge.radam import RAdam
from lib.machine import Precision
from lib.training.goals import Goal, goals
from lib.training.last_layer import last_layers, logits_of, output_kinds
from lib.training.losses import OwnLoss
from lib.training.measured import loss_call, metric_call, output_loss_call
from lib.training.metrics import Metric, OwnMetric
from lib.training.normalizing import normalized
from lib.training.optimizer import Optimizer
from lib.training.recipe import Recipe
from lib.training.rule_check import keras_layers
from lib.training.run import RunSpec
from lib.training.schedules import Plan
from lib.training.scheduling import make_schedule
from lib.weights import start


def compiled(run: RunSpec, batches: int, parts: Split | None = None) -> keras.Model:
    """The model of `run` with its first weights, of chance or of its folder, compiled as its file shall be found again.

    Every output has its own loss and metrics, in lists where there are several; the model's loss is their sum. The
    optimizer is made for all weights that may learn at any time, those of layers that a rule unfreezes among them.

    Args:
        batches: how many an epoch has, over which a schedule is stretched.
        parts: how the images were divided, those to learn from among them.
    """
    with _computing_in(run.recipe.precision):
        model = build(normalized(run.architecture, run.recipe, parts), run.recipe.activation, run.recipe.seed)
    if run.recipe.precision != "float32":
        for name in last_layers(run.architecture):
            model.get_layer(name).dtype_policy = keras.DTypePolicy("float32")
    for layer, arrays in start.read(run.folder).items():
        model.get_layer(layer).set_weights(arrays)
    losses, metrics, weights = _measured(run)
    several = len(losses) > 1
    optimizer = make_optimizer(run.recipe.optimizer, _schedule(run.recipe, batches))
    # In float16 Keras puts a LossScaleOptimizer around it.
    model.compile(optimizer, losses if several else losses[0], loss_weights=weights if several else None,
                  metrics=metrics if several else metrics[0])
    layers = keras_layers(run.architecture, (name for rule in run.recipe.rules for name in rule.layers))
    frozen = [layer for layer in map(model.get_layer, layers) if not layer.trainable]
    for layer in frozen:
        layer.trainable = True
    model.optimizer.build(model.trainable_variables)
    for layer in frozen:
        layer.trainable = False
    return model


@contextmanager
def _computing_in(precision: Precision) -> Iterator[None]:
    """What is made meanwhile computes so."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _measured(run: RunSpec) -> tuple[list[keras.losses.Loss], list[list[Any]], list[float] | None]:
    """Loss and metrics of each output, and what the losses weigh where they do not all weigh the same."""
    recipe = run.recipe
    if recipe.task == CLASSIFY:
        kinds = [kind == "logits" for kind in output_kinds(run.architecture)]
        return ([_loss(recipe, logits) for logits in kinds],
                [["accuracy", *_metrics(recipe.metrics, recipe.one_hot, logits)] for logits in kinds], None)
    told = goals(run.architecture, recipe.task, recipe.outputs, info(recipe.data))
    logits = logits_of(run.architecture, told)
    return ([make(output_loss_call(goal, logits[goal.name])) for goal in told],
            [[*(["accuracy"] if goal.target.labels else []), *_metrics(goal.metrics, goal.one_hot, logits[goal.name])]
             for goal in told], [goal.weight for goal in told])


def make_metrics(architecture: Architecture, recipe: Recipe) -> list[keras.metrics.Metric]:
    """New metrics for the first output."""
    return _metrics(recipe.metrics, recipe.one_hot, output_kinds(architecture)[0] == "logits")


def goal_metrics(goal: Goal, logits: bool) -> list[keras.metrics.Metric]:
    """New metrics for the output of `goal`, under the names that its numbers have among those of the others."""
    return _metrics(goal.metrics, goal.one_hot, logits, goal.prefix)


def _schedule(recipe: Recipe, batches: int) -> Any:
    if recipe.schedule is None:
        return None
    return make_schedule(recipe.schedule, Plan(recipe.optimizer.learning_rate, batches, recipe.epochs))


def make_optimizer(config: Optimizer, learning_rate: Any = None) -> keras.optimizers.Optimizer:
    """The Keras optimizer that a recipe's `config` describes, with a schedule as `learning_rate` where it has one."""
    arguments = config.model_dump()
    name = arguments.pop("name")
    if learning_rate is not None:
        arguments["learning_rate"] = learning_rate
    kind = RAdam if name == "RAdam" else getattr(keras.optimizers, name)
    return kind(**arguments)


def _loss(recipe: Recipe, logits: bool) -> keras.losses.Loss:
    if isinstance(recipe.loss, OwnLoss):
        return FormulaLoss(recipe.loss.formula, name=recipe.loss.name)
    return make(loss_call(recipe, logits))


def _metrics(metrics: Sequence[Metric], one_hot: bool, logits: bool, prefix: str = "") -> list[keras.metrics.Metric]:
    return [FormulaMetric(metric.formula, metric.over, name=f"{prefix}{metric.name}") if isinstance(metric, OwnMetric)
            else make(metric_call(metric, one_hot, logits, prefix)) for metric in metrics]
