"""The learning rate of every batch as far as it is known before a training: by its schedule, and by planned changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.errors import UserError
from lib.formula import FormulaError
from lib.i18n import N_
from lib.training.callbacks import Callback, LearningRateScheduler, LearningRateStep, ReduceLROnPlateau
from lib.training.decide import Decision
from lib.training.epoch_rates import EPOCH_NAMES, epoch_rate
from lib.training.live import plain
from lib.training.numbers import computed
from lib.training.recipe import Recipe
from lib.training.rule_check import check_rule
from lib.training.rules import BATCHES, LARGEST_RATE, Moment
from lib.training.schedules import NAMES, OwnSchedule, Plan, Schedule, checked_rate

MOST_STEPS: Final = 50_000
"""So many batches are looked at; of longer trainings, as many of them, evenly spread. Rules that act at batches are
followed only where all are."""
MOST_ASKED: Final = 2_000_000
"""So many letters of formulas are computed at most, for that takes about a second."""
_BESIDE: Final = 10
MOST_CHECKED: Final = 20_000
_FORESEEN: Final = frozenset({"epoch", "batch", "step", "learning_rate", "epochs", "batches", "steps"})

Rates = NDArray[np.float32]


class Planned(NamedTuple):
    """The learning rate of every batch, or of some of very many, and what may change it as the training goes.

    Attributes:
        steps: which batches, counted from 0; the first and the last are among them.
        rates: the learning rate of each.
        open: the names of what may change it.
    """

    steps: NDArray[np.int64]
    rates: Rates
    open: tuple[str, ...]


def scheduled(schedule: Schedule, plan: Plan, steps: NDArray[Any]) -> Rates:
    """The learning rates of these steps, which count from 0.

    Raises:
        FormulaError: its formula cannot be computed.
    """
    whole, batches = np.float32(plan.steps), np.float32(plan.batches)
    step = steps.astype(np.float32)
    values = {"step": step, "steps": whole, "epoch": np.floor(step / batches) + np.float32(1),
              "epochs": np.float32(plan.epochs), "progress": step / whole,
              "learning_rate": np.float32(plan.learning_rate)}
    found = computed(checked_rate(schedule.formula_of(plan), NAMES), values)
    return np.broadcast_to(np.asarray(found, np.float32), step.shape)


def schedule_problem(schedule: Schedule, plan: Plan) -> UserError | None:
    """What keeps `schedule` from being used; of very long trainings not every step is looked at."""
    if problem := schedule.problem(plan.epochs):
        return problem.within("schedule")
    steps = spread(plan.steps, MOST_CHECKED)
    try:
        rates = scheduled(schedule, plan, steps)
    except FormulaError as error:
        return error.within("schedule.formula")
    wrong = np.flatnonzero(~(rates >= 0) | (rates > LARGEST_RATE))
    if not len(wrong):
        return None
    where = "schedule.formula" if isinstance(schedule, OwnSchedule) else "schedule"
    return UserError(
        where, N_("expected a learning rate from 0 to {largest:g} at every step; at step {step} it is not"),
        f"{rates[wrong[0]]:g}", largest=LARGEST_RATE, step=int(steps[wrong[0]]))


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` of the first `count` whole numbers, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def planned(recipe: Recipe, batches: int) -> Planned:
    """The learning rates of a recipe without mistakes, whose epochs have so many batches."""
    plan = Plan(recipe.optimizer.learning_rate, batches, recipe.epochs)
    looked_at = spread(plan.steps, MOST_STEPS)
    if recipe.schedule is not None:
        return Planned(looked_at, scheduled(recipe.schedule, plan, looked_at), ())
    logs = tuple(recipe.monitored)
    deciding = [Decision(rule, logs) for rule in recipe.rules if rule.changes_rate and not check_rule(rule, logs)]
    asked = sum(_BESIDE + len(one.rule.condition) + len(getattr(one.rule.action, "rate", ""))
                for one in deciding if one.rule.when in BATCHES)
    followed = plan.steps <= MOST_STEPS and plan.steps * asked <= MOST_ASKED
    known = [one for one in deciding if _FORESEEN.issuperset(one.reads) and (followed or one.rule.when not in BATCHES)]
    unsure: list[str] = [callback.name for callback in recipe.callbacks if isinstance(callback, ReduceLROnPlateau)]
    unsure += [one.rule.name for one in deciding if one not in known]
    steps = [callback for callback in recipe.callbacks if _plans(callback)]
    each = 1 if any(one.rule.when in BATCHES for one in known) else batches
    rates = np.fromiter(_followed(plan, steps, known, each), np.float32, plan.steps // each)
    return Planned(looked_at, rates[looked_at // each], tuple(unsure))


def _plans(callback: Callback) -> bool:
    """Whether it sets the learning rate at the start of an epoch, and can do so."""
    if not isinstance(callback, LearningRateScheduler):
        return isinstance(callback, LearningRateStep)
    try:
        checked_rate(callback.schedule, EPOCH_NAMES)
    except FormulaError:
        return False
    return True


def _followed(plan: Plan, steps: list[Any], known: list[Decision], each: int) -> Iterator[float]:
    """The rates of every `each` batches, one by one, as the callbacks and rules would make them."""
    rate, moment = float(np.float32(plan.learning_rate)), _Moment(plan)
    at: Callable[[Moment], list[Decision]] = lambda when: [one for one in known if one.rule.when == when]  # noqa: E731
    begins, ends = at("on_epoch_begin"), at("on_epoch_end")
    before, after = at("on_train_batch_begin"), at("on_train_batch_end")
    rate = moment.changed(rate, at("on_train_begin"))
    for moment.epoch in range(1, plan.epochs + 1):
        for callback in steps:
            rate = float(np.float32(epoch_rate(callback, moment.epoch - 1, rate, plan.epochs)))
        rate = moment.changed(rate, begins)
        for moment.batch in range(each, plan.batches + 1, each):
            rate = moment.changed(rate, before)
            yield rate
            moment.step += each
            rate = moment.changed(rate, after)
        rate = moment.changed(rate, ends)


class _Moment:
    """Where the training would be."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.epoch = self.batch = self.step = 0

    def changed(self, rate: float, deciding: list[Decision]) -> float:
        """The rate after these have decided."""
        for one in deciding:
            now = {"epoch": self.epoch, "batch": self.batch, "step": self.step, "learning_rate": plain(rate),
                   "epochs": self.plan.epochs, "batches": self.plan.batches, "steps": self.plan.steps}
            number = (self.epoch - 1) * self.plan.batches + self.batch
            if one.fires(self.epoch, number, now.__getitem__) is not None:
                after = one.rate(rate, now.__getitem__)
                rate = rate if after is None else float(np.float32(after))
        return rate
