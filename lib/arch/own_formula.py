"""Formulas of one's own as parts of a network: what they are called with, what they see, what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import prod
from typing import Final, TypeVar

from lib.arch.block import FreeShape, Shape
from lib.formula import Checked, FormulaError, check, parse, per_example, shapes, weight
from lib.formula.tensor import MOST_ELEMENTS
from lib.formula.values import Applied, AsFloat, Item, Local, Read, Value, inside
from lib.i18n import N_

T = TypeVar("T")

MOST_INPUTS: Final = 4
_FREE: Final = 4_099
_EACH_BY_ITSELF: Final = (shapes.same, shapes.broadcast, shapes.alike)
_PRODUCTS: Final = (shapes.matmul, shapes.dot)


def input_names(count: int) -> tuple[str, ...]:
    """What a formula calls so many inputs: "x", or "x1", "x2" and so on."""
    return ("x",) if count == 1 else tuple(f"x{number}" for number in range(1, count + 1))


def by_name(inputs: tuple[T, ...]) -> dict[str, T]:
    """Every input under its name; the first of several is also "x"."""
    return {"x": inputs[0], **dict(zip(input_names(len(inputs)), inputs, strict=True))}


def checked(
    text: str,
    inputs: tuple[FreeShape, ...],
    most_elements: int = MOST_ELEMENTS,
    weights: tuple[tuple[str, Shape], ...] = (),
    statics: tuple[tuple[str, int | float], ...] = (),
) -> Checked:
    """The formula `text` of inputs of these shapes, which come without the batch, and of weights and numbers by name.

    What is free in them is taken for a number, so that the shape of the result is one of many; as such a number is
    large, it does not count towards the numbers that one example may have, at most `most_elements`.

    Raises:
        FormulaError: it cannot be computed, leaves an input out, or has a single number for each example as its result,
            which layers do not take.
    """
    known = tuple(tuple(_FREE if size is None else int(size) for size in shape) for shape in inputs)
    free = [prod(size or _FREE for size in shape if type(size) is not int) for shape in inputs]
    return _checked(text, known, most_elements * max(free), weights, statics)


@lru_cache(maxsize=1024)
def _checked(
    text: str,
    inputs: tuple[Shape, ...],
    most_elements: int,
    weights: tuple[tuple[str, Shape], ...],
    statics: tuple[tuple[str, int | float], ...],
) -> Checked:
    formula = parse(text)
    names = {**by_name(tuple(map(per_example, inputs))), **{name: weight(shape) for name, shape in weights}}
    found = check(formula, names, statics=dict(statics), most_elements=most_elements)
    place = formula.lines[-1].place
    if len(found.result.shape) < 2:
        raise FormulaError(place, N_("expected at least one axis beside the batch; keepdims=True keeps one"),
                           str(found.result))  # fmt: skip
    read = reads(found)
    for number, name in enumerate(input_names(len(inputs))):
        if name not in read and (number > 0 or "x" not in read):
            raise FormulaError(place, N_("expected a formula that reads {name} too"), name=name)
    return found


def reads(found: Checked) -> frozenset[str]:
    """The names of the inputs that it reads."""
    return frozenset(value.name for _name, line in found.lines for value in inside(line) if isinstance(value, Read))


def products(found: Checked) -> tuple[tuple[int, ...], ...]:
    """The multiply-adds of each of its matrix products for one example, as numbers to be multiplied."""
    return tuple(
        tuple(size for size in (*value.tensor.shape, value.values[0].tensor.shape[-1]) if isinstance(size, int))
        for _name, line in found.lines
        for value in inside(line)
        if isinstance(value, Applied) and value.function.shape in _PRODUCTS
    )


def outermost(found: Checked) -> str | None:
    """The function of the table that gives the result itself, if one does."""
    lines = {name: value for name, value in found.lines if name is not None}
    value = found.lines[-1][1]
    while isinstance(value, Local | AsFloat):
        value = lines[value.name] if isinstance(value, Local) else value.value
    return value.function.name if isinstance(value, Applied) else None


def keeps_positions(found: Checked) -> bool:
    """Whether each position of the result depends only on the same position of the inputs, with all its channels."""
    lines: dict[str, bool] = {}
    kept = False
    for name, value in found.lines:
        kept = _keeps(value, lines)
        if name is not None:
            lines[name] = kept
    return kept


def _keeps(value: Value, lines: Mapping[str, bool]) -> bool:
    if not value.tensor.per_example:
        # Weights are the same at every position.
        return True
    if isinstance(value, Local):
        return lines.get(value.name, True)
    if isinstance(value, AsFloat):
        return _keeps(value.value, lines)
    if isinstance(value, Item):
        return _takes_channels(value) and _keeps(value.value, lines)
    if isinstance(value, Applied):
        return _works_on_channels(value) and all(_keeps(inner, lines) for inner in value.values)
    return True


def _takes_channels(value: Item) -> bool:
    """Whether a subscript leaves all axes but the last as they are, and does not take that away."""
    last = len(value.value.tensor.shape) - 1
    return all(
        isinstance(part, slice) and (axis == last or part == slice(None)) for axis, part in enumerate(value.key)
    )


def _works_on_channels(value: Applied) -> bool:
    """Whether a function does the same at every position, to all of its channels at once."""
    rule, rank = value.function.shape, len(value.tensor.shape)
    if rule in _EACH_BY_ITSELF:
        return True
    if rule in _PRODUCTS:
        left, right = (inner.tensor for inner in value.values)
        return left.per_example and not right.per_example and len(right.shape) == 2
    if rule in (shapes.along, shapes.concatenated):
        return _option(value, "axis") in (-1, rank - 1)
    if rule is shapes.reduced:
        return bool(_option(value, "keepdims")) and _option(value, "axis") in (-1, (-1,), rank - 1, (rank - 1,))
    return False


def _option(value: Applied, name: str) -> object:
    """An option as it was written, or as it is by default."""
    written = {option: known.value for option, known in value.options}
    defaults = {parameter.name: parameter.default for parameter in value.function.parameters}
    return written.get(name, defaults[name])
