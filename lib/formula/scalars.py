"""Formulas of single numbers, such as the condition of a rule or a learning rate: no tensors, no axes."""

from __future__ import annotations

from collections.abc import Iterable

from lib.formula import functions, shapes
from lib.formula.check import Checked
from lib.formula.errors import FormulaError
from lib.formula.expressions import Expressions
from lib.formula.language import Binary, Call, Formula, Node, Sequence, Subscript, walk
from lib.formula.scope import Scope
from lib.formula.tensor import MOST_ELEMENTS, per_example
from lib.formula.values import Known, Read, Value, inside
from lib.i18n import N_

_ONE_BY_ONE = (shapes.same, shapes.broadcast)


def check_scalars(formula: Formula, names: Iterable[str]) -> Checked:
    """Walk through `formula`, in which each of `names` is one number; so is every value on the way.

    Unlike elsewhere the result may be known beforehand, as 0.001 is.

    Raises:
        FormulaError: it cannot be computed, or works on tensors.
    """
    given = {name: per_example(()) for name in names}
    scope = Scope(given, {})
    expressions = Expressions(scope, "kept", MOST_ELEMENTS)
    lines: list[tuple[str | None, Value]] = []
    for line in formula.lines:
        for node in walk(line.value):
            _one_by_one(node)
        value = expressions.value(line.value)
        if line.name is not None:
            scope.define(line, value)
        lines.append((line.name, value))
    return Checked(formula, given, {}, "kept", tuple(lines), frozenset(expressions.functions), frozenset(), {})


def refuse_truth(found: Checked, expected: str) -> None:
    """Refuse, by the sentence `expected`, a formula whose result is no number.

    Raises:
        FormulaError: it is true, false or None.
    """
    last = found.lines[-1][1]
    truth = isinstance(last.value, bool | None) if isinstance(last, Known) else last.tensor.dtype == "bool"
    if truth:
        raise FormulaError(last.place, expected)


def read_by(found: Checked) -> tuple[str, ...]:
    """The names that it reads, in the order in which they stand there."""
    values = (value for _name, line in found.lines for value in inside(line))
    return tuple(dict.fromkeys(value.name for value in values if isinstance(value, Read)))


def _one_by_one(node: Node) -> None:
    """Refuse what needs more than single numbers."""
    if isinstance(node, Subscript | Sequence):
        raise FormulaError(node.place, N_("expected single numbers, which have no parts and stand in no list"))
    found = functions.find(node.function.name) if isinstance(node, Call) else None
    if found is not None and found[0].shape not in _ONE_BY_ONE:
        raise FormulaError(node.place, N_("expected a function of single numbers"), found[0].name)
    if isinstance(node, Binary) and node.operator == "@":
        raise FormulaError(node.place, N_("expected * between single numbers"), node.operator)
