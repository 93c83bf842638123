"""What the sizes of the result of a layer of one's own are: axes of its inputs, its numbers, sizes of its weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lib.arch.block import FreeShape, Shape
from lib.arch.own_layer import OwnLayer
from lib.arch.own_sizes import axis_names, parts, sizes
from lib.errors import UserError
from lib.formula.language import Node, Number


@dataclass(frozen=True, slots=True)
class Axis:
    """A size that is that of an axis of the input of this number, both counted from 0."""

    input: int
    axis: int


Size = Axis | Node
"""A size of the result: an axis, or an expression of numbers and of axes by name, as in the shape of a weight."""


_FREE: Final = (61, 89)
"""What free sizes are taken for, one after the other."""


def result_sizes(layer: OwnLayer, inputs: tuple[FreeShape, ...]) -> tuple[Size, ...] | None:
    """Where every size of the result comes from, the batch left out; None where that cannot be told.

    It is tried out: what gives the right size for these inputs and for all of their neighbours that the layer takes is
    what it comes from.
    """
    given = [tuple(tuple(probe if n is None else n for n in shape) for shape in inputs) for probe in _FREE]
    if None in (_result(layer, shapes) for shapes in given):
        return None
    tries = [*((layer, shapes) for shapes in given), *_neighbours(layer, given[0])]
    results = [(own, shapes, found) for own, shapes in tries if (found := _result(own, shapes)) is not None]
    first = results[0][2]
    if any(len(found) != len(first) for _own, _shapes, found in results):
        return None
    chosen = tuple(_source(layer, axis, results) for axis in range(len(first)))
    return None if None in chosen else tuple(size for size in chosen if size is not None)


_Try = tuple[OwnLayer, tuple[Shape, ...], Shape]


def _source(layer: OwnLayer, axis: int, results: list[_Try]) -> Size | None:
    for candidate in _candidates(layer, axis, results[0]):
        if all(_size(candidate, own, shapes) == found[axis] for own, shapes, found in results):
            return candidate
    return None


def _candidates(layer: OwnLayer, axis: int, first: _Try) -> Iterator[Size]:
    """What the size may come from: the same axis, another one, a size in a weight, a number."""
    _own, inputs, found = first
    shapes = [(number, len(shape)) for number, shape in enumerate(inputs)]
    yield from (Axis(number, axis) for number, rank in shapes if axis < rank)
    yield from (Axis(number, other) for number, rank in shapes for other in range(rank))
    written = [part for weight in layer.weights for part in parts(weight.shape)]
    yield from sorted(written, key=lambda part: isinstance(part, Number))
    for number in layer.numbers:
        yield from parts(number.name) if number.whole else ()
    yield from parts(str(found[axis]))


def _size(candidate: Size, layer: OwnLayer, inputs: tuple[Shape, ...]) -> int | None:
    if isinstance(candidate, Axis):
        return inputs[candidate.input][candidate.axis]
    whole = {number.name: int(number.value) for number in layer.numbers if number.whole}
    try:
        return sizes([candidate], {**axis_names(inputs), **whole})[0]
    except UserError:
        return None


def _neighbours(layer: OwnLayer, inputs: tuple[Shape, ...]) -> Iterator[tuple[OwnLayer, tuple[Shape, ...]]]:
    """The layer on inputs of other sizes, equal sizes changed together and by themselves, and with other numbers."""
    for size in sorted({size for shape in inputs for size in shape}):
        yield layer, tuple(tuple(2 * n + 3 if n == size else n for n in shape) for shape in inputs)
    for number, shape in enumerate(inputs):
        for axis in range(len(shape)):
            changed = (*shape[:axis], 2 * shape[axis] + 5, *shape[axis + 1 :])
            yield layer, (*inputs[:number], changed, *inputs[number + 1 :])
    for place, own in enumerate(layer.numbers):
        if own.whole:
            other = own.model_copy(update={"value": own.value + 1})
            numbers = (*layer.numbers[:place], other, *layer.numbers[place + 1 :])
            yield layer.model_copy(update={"numbers": numbers}), inputs


def _result(layer: OwnLayer, inputs: tuple[Shape, ...]) -> Shape | None:
    try:
        shape = layer.checked(*inputs).result.shape
    except UserError:
        return None
    return tuple(size for size in shape[1:] if isinstance(size, int))
