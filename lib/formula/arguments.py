"""Which argument of a call is for which parameter, and what a parameter takes that must be known beforehand."""

from __future__ import annotations

from typing import Final, TypeGuard

from lib.formula.errors import FormulaError, Place
from lib.formula.function import REQUIRED, Function, Kind, Parameter
from lib.formula.language import LARGEST_EXPONENT, Call, Keyword, Node
from lib.formula.values import Static
from lib.i18n import N_
from lib.names import close_to

_EXPECTED: Final[dict[Kind, str]] = {
    "axis": N_("expected the number of an axis, such as -1, for {parameter}"),
    "axes": N_("expected the number of an axis or several in brackets, such as (1, 2), for {parameter}"),
    "sizes": N_("expected whole numbers in brackets, such as (-1, 14, 14), for {parameter}"),
    "flag": N_("expected True or False for {parameter}"),
    "number": N_("expected a number that is known beforehand for {parameter}"),
    "exponent": N_("expected a number from -{largest} to {largest} as the exponent; exp(y * log(x)) is x ** y"),
}


def bound(call: Call, function: Function) -> dict[str, Node]:
    """The nodes of `call` by the names of the parameters that they are for.

    Raises:
        FormulaError: one is missing, one is too many, or a name is none of the function's.
    """
    if len(call.arguments) > len(function.parameters):
        raise FormulaError(call.arguments[len(function.parameters)].place,
                           N_("expected at most {most} arguments for {function}"), len(call.arguments),
                           most=len(function.parameters), function=function.name)  # fmt: skip
    given = dict(zip((parameter.name for parameter in function.parameters), call.arguments, strict=False))
    for keyword in call.keywords:
        parameter = _parameter(function, keyword)
        if parameter.name in given:
            raise FormulaError(keyword.place, N_("expected each argument once"), keyword.name)
        given[parameter.name] = keyword.value
    for parameter in function.parameters:
        if parameter.default is REQUIRED and parameter.name not in given:
            raise FormulaError(call.place, N_("expected {signature}: {missing} is missing"),
                               signature=signature(function), missing=parameter.name)  # fmt: skip
    return given


def takes(parameter: Parameter, value: Static) -> bool:
    """Whether `value` can be given for an option."""
    return (value is None and parameter.default is None) or _is(parameter.kind, value)


def refused(parameter: Parameter, place: Place, received: str) -> FormulaError:
    """The refusal of what is no value for an option."""
    return FormulaError(place, _EXPECTED[parameter.kind], received, parameter=parameter.name, largest=LARGEST_EXPONENT)


def signature(function: Function) -> str:
    """How a function is called: "sum(x, axis=None, keepdims=False)"."""
    return f"{function.name}({', '.join(_shown(parameter) for parameter in function.parameters)})"


def _shown(parameter: Parameter) -> str:
    name = f"[{parameter.name}, ...]" if parameter.kind == "tensors" else parameter.name
    return name if parameter.default is REQUIRED else f"{name}={parameter.default}"


def _parameter(function: Function, keyword: Keyword) -> Parameter:
    for parameter in function.parameters:
        if keyword.name == parameter.name:
            return parameter
    for parameter in function.parameters:
        if keyword.name in parameter.also:
            return parameter
    near = close_to(keyword.name, [parameter.name for parameter in function.parameters])
    if near:
        raise FormulaError(keyword.place, N_("expected {signature} (did you mean {near}?)"), keyword.name,
                           signature=signature(function), near=near)  # fmt: skip
    raise FormulaError(keyword.place, N_("expected {signature}"), keyword.name, signature=signature(function))


def _is(kind: Kind, value: Static) -> bool:
    match kind:
        case "flag":
            return isinstance(value, bool)
        case "axis":
            return _whole(value)
        case "exponent":
            return _number(value) and -LARGEST_EXPONENT <= value <= LARGEST_EXPONENT
        case "number":
            return _number(value)
        case "axes" if not isinstance(value, tuple):
            return _whole(value)
    return isinstance(value, tuple) and all(map(_whole, value)) and (kind == "sizes" or value != ())


def _number(value: Static) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Static) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

