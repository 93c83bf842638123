"""What is to be said of a thing that somebody makes: whether it can be used, what comes out, what learns nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel

from lib.arch import Architecture
from lib.arch.block import Weight
from lib.arch.own_python import OwnPython
from lib.errors import UserError
from lib.formula import Checked, FormulaError
from lib.own.check import checked, input_count
from lib.training.own_formulas import checked_metric
from lib.training.rates import schedule_problem
from lib.training.rule_check import check_layers, check_rule
from lib.training.rule_words import described
from lib.training.rules import Rule
from lib.training.schedules import Plan

Shape = tuple[int, ...]

LEARNING_RATE: Final = 0.003
BATCHES: Final = 100


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes:
        error: why it cannot be used; None if it can.
        checked: its formula, where it is of one.
        learns: what a gradient reaches, of what shall get one.
        no_gradient: what gets none of that, and why.
        words: what a rule does, as a sentence.
        weights: of a layer, in Keras's order.
        output: of a layer in Python, the shape that was measured.
        grows: of a metric, what is added up batch by batch.
    """

    error: UserError | None = None
    checked: Checked | None = None
    learns: tuple[str, ...] = ()
    no_gradient: Mapping[str, FormulaError] = field(default_factory=dict)
    weights: tuple[Weight, ...] = ()
    words: str = ""
    grows: tuple[str, ...] = ()
    output: Shape | None = None


def judged(kind: str, thing: BaseModel, shape: Shape, network: Architecture | None = None) -> Verdict:
    """Whether `thing` can be used.

    Args:
        shape: of inputs or predictions, without the batch; of a schedule the number of epochs.
        network: whose layers a rule may name; None: any are believed.
    """
    try:
        if isinstance(thing, Rule):
            return _rule(thing, network)
        return _WAYS.get(kind, _formula)(kind, thing, shape)
    except UserError as error:
        return Verdict(error)


def _formula(kind: str, thing: Any, shape: Shape) -> Verdict:
    found = checked(thing.formula, shape, kind=kind)
    return _with_gradients(found, found.names)


def _with_gradients(found: Checked, names: Iterable[str]) -> Verdict:
    wanted = tuple(names)
    return Verdict(checked=found, learns=tuple(name for name in wanted if name in found.differentiable),
                   no_gradient={name: found.why_not[name] for name in wanted if name in found.why_not})


def _layer(_kind: str, thing: Any, shape: Shape) -> Verdict:
    given = (shape,) * input_count(thing.call)
    found = thing.checked(*given)
    fixed = {weight.name for weight in thing.weights if not weight.trainable}
    verdict = _with_gradients(found, (name for name in found.names if name not in fixed))
    return replace(verdict, weights=thing.declared(*given))


def _python(_kind: str, thing: OwnPython, shape: Shape) -> Verdict:
    found = thing.found(shape)
    return Verdict(weights=thing.weights(shape), output=found.output)


def _loss(kind: str, thing: Any, shape: Shape) -> Verdict:
    return _with_gradients(checked(thing.formula, shape, kind=kind), ("y_pred",))


def _metric(kind: str, thing: Any, shape: Shape) -> Verdict:
    found = checked(thing.formula, shape, kind=kind)
    checked_metric(thing.formula, shape[-1], thing.over)
    return Verdict(checked=found)


def _rule(rule: Rule, network: Architecture | None) -> Verdict:
    mistakes = [*check_rule(rule)]
    if network is not None and (layers := check_layers(rule, network)):
        mistakes.append(layers)
    return Verdict(mistakes[0] if mistakes else None, words=described(rule))


def _schedule(kind: str, thing: Any, shape: Shape) -> Verdict:
    checked(thing.formula, shape, kind=kind)
    return Verdict(schedule_problem(thing, plan(shape)))


def plan(shape: Shape) -> Plan:
    """What a schedule is tried with: so many epochs of a hundred batches."""
    return Plan(LEARNING_RATE, BATCHES, shape[0])


_WAYS: Final[dict[str, Callable[[str, Any, Shape], Verdict]]] = {
    "layer": _layer, "python": _python, "loss": _loss, "metric": _metric, "schedule": _schedule,
}
"""For the kinds that are more than one formula."""
