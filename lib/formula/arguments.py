"""Which argument of a call is for which parameter, and what a parameter takes that must be known beforehand."""

from __future__ import annotations

from typing import Final

from lib.formula.errors import FormulaError, Place
from lib.formula.function import REQUIRED, Function, Kind, Parameter
from lib.formula.language import LARGEST_EXPONENT, Call, Keyword, Node
from lib.formula.values import Known, Static
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


def option(parameter: Parameter, given: Known) -> Static:
    """The value of `given`, if `parameter` takes it.

    Raises:
        FormulaError: it does not.
    """
    if (given.value is None and parameter.default is None) or _takes(parameter.kind, given.value):
        return given.value
    raise unknown_beforehand(parameter, given.place, given.value)


def unknown_beforehand(parameter: Parameter, place: Place, received: object) -> FormulaError:
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


def _takes(kind: Kind, value: Static) -> bool:
    if kind == "flag":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "axis":
        return isinstance(value, int)
    if kind == "exponent":
        return isinstance(value, int | float) and abs(value) <= LARGEST_EXPONENT
    if kind == "number":
        return isinstance(value, int | float)
    if kind == "axes" and isinstance(value, int):
        return True
    return isinstance(value, tuple) and all(isinstance(size, int) and not isinstance(size, bool) for size in value)

