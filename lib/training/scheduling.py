"""The schedules of a recipe as Keras has them."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from lib.keras_bridge.formula_schedule import FormulaSchedule
from lib.training.live import plain
from lib.training.schedules import Plan, Schedule


def make_schedule(schedule: Schedule, plan: Plan) -> keras.optimizers.schedules.LearningRateSchedule:
    """The Keras object that gives the learning rate of every step: Keras's own where it has one."""
    known = schedule.keras(plan)
    if known is None:
        return FormulaSchedule(schedule.formula_of(plan), *plan)
    return getattr(keras.optimizers.schedules, known.name.rpartition(".")[2])(**known.arguments)


def rates_ahead(model: keras.Model) -> Callable[[int], list[float]] | None:
    """A function that gives the learning rates of so many next steps, by the schedule of the model's optimizer; None
    where it has no schedule. They are computed for many steps at once, as the compiled step computes each."""
    # Around it may be one that scales the loss.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    schedule = optimizer._learning_rate
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return None

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int64)])  # type: ignore[untyped-decorator]
    def each(steps: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(schedule, steps, fn_output_signature=tf.float32)

    def ahead(count: int) -> list[float]:
        first = int(optimizer._iterations.numpy())
        return [plain(rate) for rate in each(tf.range(first, first + count, dtype=tf.int64)).numpy()]

    return ahead
