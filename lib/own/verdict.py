"""What is to be said of a thing that somebody makes: whether it can be used, what comes out, what learns nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from lib.errors import UserError
from lib.formula import Checked, FormulaError
from lib.own.check import checked

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes:
        error: why it cannot be used; None if it can.
        result: the shape and type of what comes out, where that has one.
        no_gradient: what gets no gradient, and why.
    """

    error: UserError | None = None
    checked: Checked | None = None
    no_gradient: Mapping[str, FormulaError] | None = None


def judged(kind: str, thing: BaseModel, shape: Shape) -> Verdict:
    """Whether `thing` can be used, for inputs (or predictions) of this shape, without the batch."""
    try:
        return _WAYS.get(kind, _formula)(kind, thing, shape)
    except UserError as error:
        return Verdict(error)


def _formula(kind: str, thing: Any, shape: Shape) -> Verdict:
    found = checked(thing.formula, shape, kind=kind)
    return Verdict(checked=found, no_gradient=found.why_not)


_WAYS: Final[dict[str, Callable[[str, Any, Shape], Verdict]]] = {}
"""For the kinds that are more than one formula."""
