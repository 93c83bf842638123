"""Whether a rule fires, and what the learning rate becomes: by numbers alone, in a training and before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

from lib.formula import Checked
from lib.formula.scalars import read_by
from lib.training.numbers import computed
from lib.training.rule_check import condition, rate
from lib.training.rules import LARGEST_RATE, MultiplyLearningRate, Rule, SetLearningRate

Fact = Callable[[str], float]
"""Gives a number of the moment by its name."""


class Decision:
    """What one rule decides; `fired` counts how often it did."""

    def __init__(self, rule: Rule, logs: tuple[str, ...]) -> None:
        self.rule = rule
        self.fired = 0
        self._condition = condition(rule.condition, rule.when, logs) if rule.condition.strip() else None
        action = rule.action
        self._rate = rate(action.rate, rule.when, logs) if isinstance(action, SetLearningRate) else None
        self.asks = read_by(self._condition) if self._condition else ()
        self.reads = tuple(dict.fromkeys([*self.asks, *(read_by(self._rate) if self._rate else ())]))

    def fires(self, epoch: int, batch: int, fact: Fact) -> dict[str, float] | None:
        """The numbers by which it fires now, in epoch `epoch` at batch `batch` of the training; None if it does not.

        A number that is NaN is neither more nor less than another, nor equal to it.
        """
        if (self.rule.once and self.fired) or not self.rule.due(epoch, batch):
            return None
        numbers = {name: float(fact(name)) for name in self.asks}
        if self._condition is not None and not computed(self._condition, numbers):
            return None
        self.fired += 1
        return numbers

    def rate(self, before: float, fact: Fact) -> float | None:
        """The learning rate after it has fired; None where that would be none.

        Args:
            before: the learning rate, with all its digits.
        """
        if isinstance(self.rule.action, MultiplyLearningRate):
            after = before * self.rule.action.factor
        else:
            assert self._rate is not None
            after = _number(self._rate, {name: float(fact(name)) for name in read_by(self._rate)})
        return after if isfinite(after) and 0 < after <= LARGEST_RATE else None


def _number(checked: Checked, numbers: Mapping[str, float]) -> float:
    return float(computed(checked, numbers))
