"""What keeps the metrics of a recipe from being computed; plain arithmetic without Keras."""

from __future__ import annotations

from collections.abc import Iterator

from lib.arch import Architecture
from lib.errors import UserError, Words
from lib.formula import FormulaError
from lib.i18n import N_
from lib.training.goals import METRICS_OF, OWN_METRICS_OF, Goal, suits
from lib.training.last_layer import gives, last_activation
from lib.training.metrics import F1Score, FBetaScore, Metric, OwnMetric
from lib.training.own_formulas import checked_metric


def named_twice(metrics: tuple[Metric, ...], where: str) -> Iterator[UserError]:
    """Why metrics of one output cannot be told apart."""
    names = [metric.log_name for metric in metrics]
    if len(set(names)) < len(names):
        yield UserError(where, N_("expected metrics of different names"), ", ".join(names))


def no_shares(architecture: Architecture, node: str, metric: str) -> UserError:
    """The output that comes from `node` is not what `metric` takes."""
    return UserError(node, N_("expected softmax or sigmoid as the activation of the last layer, for the metric "
                              "{metric} takes numbers from 0 to 1"), last_activation(architecture, node), metric=metric)


def formula_problems(metric: Metric, columns: int) -> Iterator[UserError]:
    """What is wrong with a formula of one's own for an output of so many numbers."""
    if isinstance(metric, OwnMetric):
        try:
            checked_metric(metric.formula, columns, metric.over)
        except FormulaError as error:
            yield error.within(metric.name)


def too_many(metric: Metric, columns: int) -> Iterator[UserError]:
    """Why the top so many cannot be looked for: an output has fewer numbers."""
    top = getattr(metric, "top_k", None)
    if top is not None and top > columns:
        yield UserError(metric.log_name, N_("expected a top k of at most {columns}, for so many numbers are told"), top,
                        columns=columns)


def without_threshold(metric: Metric) -> bool:
    """Whether `metric` takes the highest number of a row for the class that is told."""
    return isinstance(metric, F1Score | FBetaScore) and metric.threshold is None


def output_metric_problems(architecture: Architecture, goal: Goal) -> Iterator[UserError]:
    """What keeps the output of `goal` from being measured by its metrics; the output itself is as it should be."""
    yield from named_twice(goal.metrics, f"{goal.name}.metrics")
    for metric in goal.metrics:
        yield from (problem.within(goal.name) for problem in _of_metric(metric, goal))
        if suits(metric, goal.target.kind) and not gives(architecture, goal.node, metric.takes):
            yield no_shares(architecture, goal.node, f"{goal.name}.{metric.log_name}")


def _of_metric(metric: Metric, goal: Goal) -> Iterator[UserError]:
    kind = goal.target.kind
    if not suits(metric, kind):
        own = ["OwnMetric"] * (kind in OWN_METRICS_OF)
        yield UserError(metric.log_name, N_("expected one of {names} for such an answer"), type(metric).__name__,
                        names=", ".join([*METRICS_OF[kind], *own]))
        return
    yield from formula_problems(metric, goal.columns)
    yield from too_many(metric, goal.columns)
    of_class = getattr(metric, "class_id", None)
    if of_class is not None and of_class >= goal.columns:
        yield UserError(metric.log_name, N_("expected a class from 0 to {last}, or none"), of_class,
                        last=goal.columns - 1)
    if without_threshold(metric) and goal.columns == 1:
        yield UserError(metric.log_name, N_("expected a threshold: of one number none is the highest"),
                        Words(N_("none")))
