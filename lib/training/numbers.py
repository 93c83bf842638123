"""Formulas of single numbers, computed where there is no Keras, and between its steps."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from lib.formula import Checked, evaluate
from lib.own.dual import dual
from lib.own.numbers import NUMPY


def computed(checked: Checked, values: Mapping[str, Any]) -> Any:
    """What a formula of `lib.formula.scalars` gives for these floats, or arrays of one shape.

    Nothing is raised: what cannot be computed is NaN or infinite, and NaN is neither more nor less than anything.
    """
    with np.errstate(all="ignore"):
        return evaluate(checked, values, _NUMBERS)


class _Numbers:
    """The functions of formulas; what conditions are made of is done at once, for they are asked at every batch."""

    add, subtract, multiply, negative = operator.add, operator.sub, operator.mul, operator.neg
    equal, not_equal, logical_and, logical_or = operator.eq, operator.ne, operator.and_, operator.or_
    greater, greater_equal, less, less_equal = operator.gt, operator.ge, operator.lt, operator.le

    @staticmethod
    def cast(x: Any, _dtype: str) -> Any:
        return x * 1.0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(NUMPY, name)
        return lambda *arguments, **options: dual(function(*arguments, **options)).value


_NUMBERS: Final = _Numbers()
