"""Through which names of a formula gradients flow, and where the others are stopped."""

from __future__ import annotations

from collections.abc import Iterable

from lib.formula.errors import FormulaError, Place
from lib.formula.values import Applied, AsFloat, Item, Known, Local, Read, Value
from lib.i18n import N_

Flow = dict[str, FormulaError | None]
"""For each name that a value depends on: None where a gradient flows, else why not."""

_WHOLE = N_("true and false and whole numbers have no gradient")
_STOPS = N_("{function} lets no gradient through")
_UNUSED = N_("the result does not depend on {name}")


def flows(lines: Iterable[tuple[str | None, Value]]) -> Flow:
    """How gradients flow to the result, the value of the last line."""
    by_line: dict[str, Flow] = {}
    last: Flow = {}
    for name, value in lines:
        last = _flow(value, by_line)
        if name is not None:
            by_line[name] = last
    return last


def unused(name: str, place: Place) -> FormulaError:
    """That nothing reaches the result from `name`."""
    return FormulaError(place, _UNUSED, name=name)


def _flow(value: Value, lines: dict[str, Flow]) -> Flow:
    match value:
        case Known():
            return {}
        case Read(name=name, tensor=tensor):
            return {name: None if tensor.dtype == "float" else FormulaError(value.place, _WHOLE)}
        case Local(name=name):
            return lines.get(name, {})
        case AsFloat(value=inner) | Item(value=inner):
            return _flow(inner, lines)
    return _applied(value, lines)


def _applied(value: Applied, lines: dict[str, Flow]) -> Flow:
    """A gradient that flows on one way flows; what is stopped everywhere is stopped for the first reason."""
    together: Flow = {}
    for argument in value.values:
        for name, why_not in _flow(argument, lines).items():
            if why_not is None or name not in together:
                together[name] = why_not
    if value.function.through:
        return together
    stops = FormulaError(value.place, _STOPS, function=value.function.name)
    return {name: why_not or stops for name, why_not in together.items()}
