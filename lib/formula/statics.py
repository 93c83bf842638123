"""Arithmetic with numbers that are known beforehand, within limits that no number can leave."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from lib.errors import UserError
from lib.formula.language import LARGEST_EXPONENT, LARGEST_INTEGER, LARGEST_NUMBER
from lib.i18n import N_

_Number = int | float

_COMPUTE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow,
}  # fmt: skip


def computed(sign: str, left: _Number, right: _Number) -> _Number:
    """`left sign right`.

    Raises:
        UserError: without a place, when the result is no number that a formula can have.
    """
    if sign not in _COMPUTE:
        raise UserError("", N_("expected a tensor on one side of {operator}"), operator=sign)
    if sign == "**" and abs(right) > LARGEST_EXPONENT:
        raise UserError("", N_("expected an exponent from -{largest} to {largest}"), right, largest=LARGEST_EXPONENT)
    try:
        return within_limits(_COMPUTE[sign](left, right))
    except (ZeroDivisionError, OverflowError):
        raise UserError("", N_("expected a finite number"), f"{left} {sign} {right}") from None


def within_limits(number: Any) -> _Number:
    """`number`, if a formula can have it.

    Raises:
        UserError: without a place, when it is too large or not real.
    """
    if isinstance(number, int) and abs(number) <= LARGEST_INTEGER:
        return number
    if isinstance(number, int):
        raise UserError("", N_("expected whole numbers up to {largest}; 1e9 is a decimal number"), number,
                        largest=f"{LARGEST_INTEGER:,}")  # fmt: skip
    if not isinstance(number, float) or not abs(number) <= LARGEST_NUMBER:
        raise UserError("", N_("expected a finite number"), number)
    return number
