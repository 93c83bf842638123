"""What an entry of the function table says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from lib.formula.shapes import broadcast, same
from lib.formula.tensor import DType, Shape

Kind = Literal["tensor", "truth", "tensors", "axis", "axes", "sizes", "flag", "number", "exponent"]
"""What an argument is: a tensor of numbers, one of true and false, several tensors; or what must be known beforehand:
one axis, one or several or all of them, a list of sizes or axes, True or False, a number, the exponent of a power."""

TENSORS: Final = frozenset({"tensor", "truth", "tensors"})


class _Required:
    """Stands for 'has no default', since None can itself be one."""


REQUIRED: Final = _Required()

Rule = Callable[..., Shape]
"""The shape of the result from the arguments in order: a shape for a tensor, shapes for several, or else the value.

It raises a `UserError` without a place where they do not fit.
"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument under Keras's name, and what others call it."""

    name: str
    kind: Kind
    default: Any = REQUIRED
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function of `keras.ops`, under its name there. A gradient goes `through` it or ends there."""

    name: str
    parameters: tuple[Parameter, ...]
    shape: Rule
    result: DType = "float"
    through: bool = True

    @property
    def of_numbers(self) -> bool:
        """Whether it also takes plain numbers where it takes tensors, as sqrt(2)."""
        kinds = {parameter.kind for parameter in self.parameters}
        return self.shape in (same, broadcast) and kinds <= {*TENSORS, "exponent"}
