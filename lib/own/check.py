"""The one way in for every formula that somebody types: the Formulas page and the command line ask here.

Imports little, for an answer without delay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final

from lib.formula import Checked, Formula, FormulaError, Tensor, check, parse, per_example, weight
from lib.formula.expressions import BatchRule

Shape = tuple[int, ...]

TARGETS: Final = ("y_true", "y_pred")
_INPUT: Final = re.compile(r"x[0-9]{1,3}")


def checked(text: str, shape: Shape, weights: Mapping[str, Tensor | None] | None = None,
            kind: str | None = None) -> Checked:
    """The formula `text`, if it is accepted.

    Args:
        text: as it was typed.
        shape: of every input, of y_true and of y_pred, without the batch.
        weights: that it may read; one that is None takes the first shape that fits.
        kind: what it is made for, one of `KINDS`; None: anything that a formula can be.

    Raises:
        FormulaError: it is refused.
    """
    return _first_that_fits(parse(text), shape, weights or {}) if kind is None else KINDS[kind](text, shape)


def inputs(formula: Formula) -> tuple[str, ...]:
    """What a formula reads from outside: x, or x1, x2 and so on, or y_true and y_pred."""
    several = sorted(name for name in formula.names if _INPUT.fullmatch(name))
    names = TARGETS if formula.names & set(TARGETS) else several or ("x",)
    return (*names, *(["x"] if formula.names & {"x", "inputs"} and "x" not in names else []))


def _first_that_fits(formula: Formula, sizes: Shape, weights: Mapping[str, Tensor | None]) -> Checked:
    """The formula with the first shapes of its weights for which it is accepted.

    Raises:
        FormulaError: there are none; the sentence is that for the shapes with which most of it can be computed.
    """
    given = dict.fromkeys(inputs(formula), per_example(sizes))
    batch: BatchRule = "free" if formula.names & set(TARGETS) else "kept"
    refusals: list[FormulaError] = []
    for tried in _shapes(sizes[-1], weights):
        try:
            return check(formula, {**given, **tried}, batch=batch)
        except FormulaError as error:
            refusals.append(error)
    raise max(refusals, key=lambda refusal: refusal.place)


def _shapes(last: int, weights: Mapping[str, Tensor | None]) -> Iterator[dict[str, Tensor]]:
    """The weights with every combination of shapes for those that have none: a square matrix, a vector, a number."""
    fixed = {name: tensor for name, tensor in weights.items() if tensor is not None}
    free = [name for name in weights if name not in fixed]
    choices = (weight((last, last)), weight((last,)), weight())
    for tensors in product(choices, repeat=len(free)):
        yield {**fixed, **dict(zip(free, tensors, strict=True))}


def input_count(text: str) -> int:
    """How many inputs a layer needs for the formula `text`: as many as it has names for.

    Raises:
        FormulaError: it cannot be read.
    """
    from lib.arch.own_formula import MOST_INPUTS

    numbers = [int(name[1:]) for name in inputs(parse(text)) if _INPUT.fullmatch(name)]
    return min(max([1, *numbers]), MOST_INPUTS)


def _lambda(text: str, shape: Shape) -> Checked:
    from lib.arch import own_formula

    return own_formula.checked(text, (shape,) * input_count(text))


def _activation(text: str, shape: Shape) -> Checked:
    from lib.arch.own_activation import OwnActivation

    # What is too long or has foreign letters is refused as a formula, not as a field.
    return OwnActivation(name="mine", formula=parse(text).text).checked(shape)


def _loss(text: str, shape: Shape) -> Checked:
    from lib.training.own_formulas import checked_loss

    return checked_loss(text, shape[-1])


def _metric(text: str, shape: Shape) -> Checked:
    from lib.training.own_formulas import checked_formula, checked_metric

    checked_metric(text, shape[-1], "batches")
    return checked_formula(text, shape[-1])


def _schedule(text: str, _shape: Shape) -> Checked:
    from lib.training.schedules import NAMES, checked_rate

    return checked_rate(text, NAMES)


KINDS: Final[dict[str, Callable[[str, Shape], Checked]]] = {
    "lambda": _lambda,
    "activation": _activation,
    "loss": _loss,
    "metric": _metric,
    "schedule": _schedule,
}
"""What a formula can be made for beside being one, and the rules of that."""
