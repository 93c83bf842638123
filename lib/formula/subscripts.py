"""What a subscript leaves of a tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lib.formula.errors import FormulaError
from lib.formula.language import Flag, Node, Rest, Slice
from lib.formula.shapes import BATCH_STAYS
from lib.formula.tensor import Batch, Shape, Size, shown
from lib.formula.values import Key, Known, Value
from lib.i18n import N_

_WHOLE = N_("expected whole numbers, slices, ... or None in a subscript")

Read = Callable[[Node], Value]
"""Reads what stands in a subscript."""


def subscripted(shape: Shape, parts: Sequence[Node], read: Read) -> tuple[Key, Shape]:
    """The key that `parts` write, and the shape of what it leaves.

    Raises:
        FormulaError: there is no such part, or it would be one of the batch.
    """
    key: list[int | slice | None] = []
    result: list[Size] = []
    axis = 0
    for part in _without_rest(shape, parts):
        if _is_none(part):
            key.append(None)
            result.append(1)
            continue
        taken, left = _along(shape[axis], part, read)
        key.append(taken)
        result += left
        axis += 1
    return tuple(key), (*result, *shape[axis:])


def _without_rest(shape: Shape, parts: Sequence[Node]) -> list[Node]:
    """The parts with `...` as the slices that it stands for."""
    rests = [number for number, part in enumerate(parts) if isinstance(part, Rest)]
    if len(rests) > 1:
        raise FormulaError(parts[rests[1]].place, N_("expected ... once in a subscript"))
    named = sum(not _is_none(part) and not isinstance(part, Rest) for part in parts)
    if named > len(shape):
        raise FormulaError(parts[-1].place, N_("expected no more axes than {shape} has"), named, shape=shown(shape))
    if not rests:
        return list(parts)
    (rest,) = rests
    whole = Slice(parts[rest].place, None, None, None)
    return [*parts[:rest], *[whole] * (len(shape) - named), *parts[rest + 1 :]]


def _along(size: Size, part: Node, read: Read) -> tuple[int | slice, list[Size]]:
    """What is taken along one axis, and the sizes that it leaves: one, or none after an integer."""
    if isinstance(part, Slice):
        taken = slice(*(None if end is None else _integer(end, read, none=True)
                        for end in (part.start, part.stop, part.step)))  # fmt: skip
        return taken, [_left(size, part, taken)]
    index = _integer(part, read)
    assert index is not None
    if isinstance(size, Batch):
        raise FormulaError(part.place, BATCH_STAYS, index)
    if not -size <= index < size:
        raise FormulaError(part.place, N_("expected an index from -{size} to {last}"), index, size=size, last=size - 1)
    return index, []


def _left(size: Size, part: Slice, taken: slice) -> Size:
    if isinstance(size, Batch):
        if taken != slice(None):
            raise FormulaError(part.place, BATCH_STAYS)
        return size
    left = len(range(size)[taken]) if taken.step != 0 else 0
    if not left:
        raise FormulaError(part.place, N_("expected a slice that leaves something of size {size}"), size=size)
    return left


def _integer(node: Node, read: Read, *, none: bool = False) -> int | None:
    value = read(node)
    if not isinstance(value, Known):
        raise FormulaError(node.place, _WHOLE, shown(value.tensor.shape))
    if (none and value.value is None) or (isinstance(value.value, int) and not isinstance(value.value, bool)):
        return value.value
    raise FormulaError(node.place, _WHOLE, value.value)


def _is_none(part: Node) -> bool:
    return isinstance(part, Flag) and part.value is None
