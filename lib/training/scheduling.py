"""The schedules of a recipe as Keras has them."""

from __future__ import annotations

import keras
import tensorflow as tf

from lib.keras_bridge.build import make
from lib.keras_bridge.formula_schedule import FormulaSchedule
from lib.training.live import plain
from lib.training.schedules import Plan, Schedule


def make_schedule(schedule: Schedule, plan: Plan) -> keras.optimizers.schedules.LearningRateSchedule:
    """The Keras object that gives the learning rate of every step: Keras's own where it has one."""
    known = schedule.keras(plan)
    return make(known) if known else FormulaSchedule(schedule.formula_of(plan), *plan)


def rates_from(model: keras.Model, count: int) -> list[float] | None:
    """The learning rates of the next `count` steps by the schedule of the model's optimizer; None without one."""
    schedule = model.optimizer._learning_rate
    if not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return None
    first = int(model.optimizer._iterations.numpy())
    rates = _each(schedule)(tf.range(first, first + count, dtype=tf.int64))
    return [plain(rate) for rate in rates.numpy()]


def _each(schedule: keras.optimizers.schedules.LearningRateSchedule) -> tf.types.experimental.PolymorphicFunction:
    """As the compiled step computes it, for many steps at once."""
    return tf.function(lambda steps: tf.map_fn(schedule, steps, fn_output_signature=tf.float32))
