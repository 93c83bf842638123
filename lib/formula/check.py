"""Whether a formula can be computed, from shapes alone, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lib.formula.errors import FormulaError
from lib.formula.expressions import BatchRule, Expressions
from lib.formula.gradients import flows, unused
from lib.formula.language import Formula
from lib.formula.scope import Scope
from lib.formula.tensor import MOST_ELEMENTS, Tensor, shown
from lib.formula.values import Known, Value
from lib.i18n import N_


@dataclass(frozen=True, slots=True)
class Checked:
    """A formula that can be computed.

    Attributes:
        names: the tensors that it may read.
        statics: the numbers of one's own that it may read.
        lines: what it computes, line by line; the last one, which has no name, is the result.
        functions: the functions of the table that it uses.
        differentiable: the names of `names` that a gradient of the result reaches.
        why_not: for every other one, where the gradient ends.
    """

    formula: Formula
    names: Mapping[str, Tensor]
    statics: Mapping[str, int | float]
    batch: BatchRule
    lines: tuple[tuple[str | None, Value], ...]
    functions: frozenset[str]
    differentiable: frozenset[str]
    why_not: Mapping[str, FormulaError]

    @property
    def result(self) -> Tensor:
        """The tensor that comes out."""
        return self.lines[-1][1].tensor


def check(
    formula: Formula,
    names: Mapping[str, Tensor],
    *,
    batch: BatchRule = "kept",
    statics: Mapping[str, int | float] | None = None,
    most_elements: int = MOST_ELEMENTS,
) -> Checked:
    """Walk through `formula` with the shapes of what it reads.

    Args:
        names: inputs and predictions (`per_example`) and weights (`weight`) under their bare names; a weight is also
            known as "self.name", the input "x" also as "inputs".
        batch: "kept" where every example is computed by itself, as in a layer or an activation; "free" where axis 0 may
            be reduced, as in a loss or a metric.
        statics: numbers of one's own that are known beforehand, such as the field `rate` of a layer ("self.rate").
        most_elements: how many numbers any value may have for one example.

    Raises:
        FormulaError: it cannot be computed.
    """
    statics = dict(statics or {})
    scope = Scope(names, statics)
    expressions = Expressions(scope, batch, most_elements)
    lines: list[tuple[str | None, Value]] = []
    for line in formula.lines:
        value = expressions.value(line.value)
        if line.name is not None:
            scope.define(line, value)
        lines.append((line.name, value))
    _result(lines[-1][1], batch)
    flow = flows(lines)
    last = formula.lines[-1].place
    reasons = {name: flow.get(name, unused(name, last)) for name in names}
    why_not = {name: reason for name, reason in reasons.items() if reason is not None}
    used = frozenset(expressions.functions)
    flowing = frozenset(names) - set(why_not)
    return Checked(formula, dict(names), statics, batch, tuple(lines), used, flowing, why_not)


def _result(value: Value, batch: BatchRule) -> None:
    if isinstance(value, Known):
        raise FormulaError(value.place, N_("expected a result that depends on the inputs"), repr(value.value))
    if batch == "kept" and not value.tensor.per_example:
        raise FormulaError(value.place, N_("expected a result for every example, which the input goes into"),
                           shown(value.tensor.shape))  # fmt: skip
