"""What is wrong with the rules of a recipe, said before a training starts; no Keras."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from lib.arch import Architecture, analyse
from lib.errors import UserError
from lib.formula import Checked, FormulaError, check_scalars, parse
from lib.formula.language import Name, walk
from lib.formula.scalars import refuse_truth
from lib.formula.values import Known
from lib.i18n import N_
from lib.names import close_to
from lib.training.callbacks import MONITORED
from lib.training.rules import (
    ENDS,
    EPOCHS,
    LARGEST_RATE,
    MOMENTS,
    Freeze,
    Moment,
    Rule,
    SetLearningRate,
    Unfreeze,
    known,
)
from lib.training.schedules import NO_RATE

NOT_NOW: Final[dict[Moment, str]] = {
    "on_train_begin": N_("expected what is known at the beginning of the training: {names}"),
    "on_epoch_begin": N_("expected what is known at the beginning of an epoch: {names}"),
    "on_train_batch_begin": N_("expected what is known before a batch: {names}"),
    "on_train_batch_end": N_("expected what is known after a batch: {names}"),
    "on_epoch_end": N_("expected what is known at the end of an epoch: {names}"),
    "on_train_end": N_("expected what is known at the end of the training: {names}"),
}


def check_rule(rule: Rule, logs: Iterable[str] = MONITORED) -> tuple[UserError, ...]:
    """Everything that is wrong with a rule, whatever the network; `logs` are the numbers of an epoch."""
    return tuple(_mistakes(rule, tuple(logs)))


def check_layers(rule: Rule, architecture: Architecture) -> UserError | None:
    """What is wrong with the layers that a rule names."""
    if not isinstance(rule.action, Freeze | Unfreeze):
        return None
    where, there = f"{rule.name}.layers", freezable(architecture)
    if not rule.layers:
        return UserError(where, N_("expected at least one layer"))
    unknown = next((name for name in rule.layers if name not in there), None)
    if unknown is None:
        return None
    if near := close_to(unknown, there):
        return UserError(where, N_("expected a layer of the network that has weights (did you mean {near}?)"), unknown,
                         near=near)
    return UserError(where, N_("expected a layer of the network that has weights"), unknown)


def freezable(architecture: Architecture) -> tuple[str, ...]:
    """The blocks of an architecture that own weights, by their names."""
    found = analyse(architecture).nodes
    return tuple(node.id for node in architecture.nodes
                 if node.shares is None and any(layer.weights for layer in found[node.id].layers))


def keras_layers(architecture: Architecture, names: Iterable[str]) -> tuple[str, ...]:
    """The names that the Keras layers of these blocks have in the model."""
    found = analyse(architecture).nodes
    return tuple(dict.fromkeys(layer.shares or layer.id for name in names for layer in found[name].layers
                               if layer.weights))


@lru_cache(maxsize=256)
def condition(text: str, when: Moment, logs: tuple[str, ...]) -> Checked:
    """The condition `text` of a rule.

    Raises:
        FormulaError: it cannot be computed, or is no comparison.
    """
    found = _checked(text, when, logs)
    last = found.lines[-1][1]
    if isinstance(last, Known) or last.tensor.dtype != "bool":
        raise FormulaError(last.place, N_("expected a comparison, such as epoch >= 3"))
    return found


@lru_cache(maxsize=256)
def rate(text: str, when: Moment, logs: tuple[str, ...]) -> Checked:
    """The formula `text` of a learning rate.

    Raises:
        FormulaError: it cannot be computed, or is no number.
    """
    found = _checked(text, when, logs)
    refuse_truth(found, NO_RATE)
    last = found.lines[-1][1]
    fixed = last.value if isinstance(last, Known) else None
    if isinstance(fixed, int | float) and not 0 < fixed <= LARGEST_RATE:
        raise FormulaError(last.place, N_("expected a learning rate above 0 and of at most {largest:g}"), repr(fixed),
                           largest=LARGEST_RATE)
    return found


def _checked(text: str, when: Moment, logs: tuple[str, ...]) -> Checked:
    formula, now = parse(text), known(when, logs)
    ever = {name for moment in MOMENTS for name in known(moment, logs)}
    own = {line.name for line in formula.lines}
    for line in formula.lines:
        for node in walk(line.value):
            if isinstance(node, Name) and node.name in ever - own and node.name not in now:
                raise FormulaError(node.place, NOT_NOW[when], node.name, names=", ".join(now))
    return check_scalars(formula, now)


def _mistakes(rule: Rule, logs: tuple[str, ...]) -> Iterator[UserError]:
    if rule.when not in rule.action.moments:
        yield UserError(f"{rule.name}.when", N_("expected a moment at which this action has an effect: {moments}"),
                        rule.when, moments=", ".join(rule.action.moments))
    if rule.when in ENDS and (rule.epochs or rule.every > 1):
        yield UserError(f"{rule.name}.{'epochs' if rule.epochs else 'every'}", N_(
            "expected neither epochs nor every so many, for a training begins and ends once"))
    if rule.when in EPOCHS and rule.epochs and rule.every > 1:
        yield UserError(f"{rule.name}.every", N_("expected 1 where epochs are chosen"), rule.every)
    try:
        if rule.condition.strip():
            condition(rule.condition, rule.when, logs)
    except FormulaError as error:
        yield error.within(f"{rule.name}.condition")
    try:
        if isinstance(rule.action, SetLearningRate):
            rate(rule.action.rate, rule.when, logs)
    except FormulaError as error:
        yield error.within(f"{rule.name}.rate")
