"""The shape rules that functions share. Arguments come in the order of the function's parameters.

A rule refuses what cannot be computed, with a `UserError` that has no place yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final

from lib.errors import UserError
from lib.formula.tensor import Batch, Shape, Size, elements, shown
from lib.i18n import N_

BATCH_STAYS: Final = N_("expected axis 0, the batch, to stay as it is; the axes of one example begin at 1")
_FIT: Final = N_("expected shapes that fit: {left} and {right} do not")


def same(x: Shape, *_options: object) -> Shape:
    """Every number by itself."""
    return x


def broadcast(*shapes: Shape) -> Shape:
    """Number by number; axes are matched from the last one on, and a size of 1 is repeated."""
    result: Shape = ()
    for shape in shapes:
        longer, shorter = (result, shape) if len(result) >= len(shape) else (shape, result)
        shared = longer[len(longer) - len(shorter) :]
        if any(1 not in (a, b) and a != b for a, b in zip(shared, shorter, strict=True)):
            raise _misfit(result, shape)
        both = tuple(b if a == 1 else a for a, b in zip(shared, shorter, strict=True))
        result = longer[: len(longer) - len(shorter)] + both
    return result


def alike(x1: Shape, x2: Shape, *_options: object) -> Shape:
    """Two tensors of the same shape."""
    if x1 != x2:
        raise _misfit(x1, x2)
    return x1


def alike_but_last(x1: Shape, x2: Shape, *_options: object) -> Shape:
    """Two tensors of the same shape, of which the last axis is summed."""
    if not alike(x1, x2):
        raise UserError("", N_("expected at least one axis"), shown(x1))
    return x1[:-1]


def reduced(x: Shape, axes: int | tuple[int, ...] | None, keepdims: bool = False) -> Shape:
    """One number for all along `axes`, which stay as 1 with `keepdims`."""
    gone = range(len(x)) if axes is None else positions(x, axes)
    kept: list[Size | None] = [(1 if keepdims else None) if axis in gone else size for axis, size in enumerate(x)]
    return tuple(size for size in kept if size is not None)


def along(x: Shape, axis: int) -> Shape:
    """Numbers along one axis together, which is not that of the batch."""
    (position,) = positions(x, axis)
    if isinstance(x[position], Batch):
        raise UserError("", BATCH_STAYS, axis)
    return x


def matmul(x1: Shape, x2: Shape) -> Shape:
    """A matrix product of the last two axes; those before them are matched as in `broadcast`."""
    if not x1 or not x2:
        raise UserError("", N_("expected a matrix or a vector on both sides; * multiplies by a number"))
    rows, columns = x1[-2:-1], x2[-1:] if len(x2) > 1 else ()
    if x1[-1] != (x2[-2] if len(x2) > 1 else x2[0]):
        raise _misfit(x1, x2)
    return (*broadcast(x1[:-2], x2[:-2]), *rows, *columns)


def dot(x1: Shape, x2: Shape) -> Shape:
    """As `matmul`, where both mean the same."""
    if len(x2) > 2:
        raise UserError("", N_("expected a matrix or a vector on the right; matmul multiplies examples one by one"),
                        shown(x2))  # fmt: skip
    return matmul(x1, x2)


def concatenated(tensors: Sequence[Shape], axis: int) -> Shape:
    """Tensors one behind the other along `axis`; all other sizes are the same."""
    first = along(tensors[0], axis)
    (position,) = positions(first, axis)
    total = 0
    for shape in tensors:
        size = shape[position] if len(shape) == len(first) else None
        if not isinstance(size, int) or _without(shape, position) != _without(first, position):
            raise _misfit(first, shape)
        total += size
    return (*first[:position], total, *first[position + 1 :])


def stacked(tensors: Sequence[Shape], axis: int) -> Shape:
    """Tensors of the same shape beside each other along a new axis."""
    for shape in tensors:
        alike(tensors[0], shape)
    return _inserted(tensors[0], axis, len(tensors))


def expanded(x: Shape, axis: int) -> Shape:
    """A new axis of size 1."""
    return _inserted(x, axis, 1)


def squeezed(x: Shape, axes: int | tuple[int, ...]) -> Shape:
    """Without `axes`, which have size 1."""
    if any(x[position] != 1 for position in positions(x, axes)):
        raise UserError("", N_("expected axes of size 1 in {shape}"), axes, shape=shown(x))
    return reduced(x, axes)


def transposed(x: Shape, axes: tuple[int, ...] | None) -> Shape:
    """The axes in another order, or all backwards."""
    order = range(len(x))[::-1] if axes is None else positions(x, axes)
    if len(order) < len(x):
        raise UserError("", N_("expected every axis of {shape} once"), axes, shape=shown(x))
    return tuple(x[axis] for axis in order)


def swapped(x: Shape, axis1: int, axis2: int) -> Shape:
    """Two axes change places."""
    order = list(range(len(x)))
    (one,), (other,) = positions(x, axis1), positions(x, axis2)
    order[one], order[other] = other, one
    return tuple(x[axis] for axis in order)


def flat(x: Shape) -> Shape:
    """All numbers in a row."""
    return reshaped(x, (-1,))


def reshaped(x: Shape, newshape: tuple[int, ...]) -> Shape:
    """The same numbers under other sizes. One of them may be -1, which stands for what is left, the batch with it."""
    total = elements(x)
    has_batch = any(isinstance(size, Batch) for size in x)
    known = prod(size for size in newshape if size != -1)
    free = newshape.count(-1)
    fits = min(newshape, default=1) >= -1 and 0 not in newshape and free <= 1
    if not fits or total % known or (free == 0 and (has_batch or total != known)):
        raise UserError("", N_("expected sizes for the {count} numbers of {shape}; -1 stands for the batch"), newshape,
                        count=total, shape=shown(x))  # fmt: skip
    rest: Size = Batch(total // known) if has_batch else total // known
    return tuple(rest if size == -1 else size for size in newshape)


def positions(x: Shape, axes: int | tuple[int, ...]) -> tuple[int, ...]:
    """The axes counted from the front; each is there, and none is named twice."""
    named = axes if isinstance(axes, tuple) else (axes,)
    if any(not -len(x) <= axis < len(x) for axis in named):
        raise UserError("", N_("expected an axis of {shape}"), axes, shape=shown(x))
    found = tuple(axis % len(x) for axis in named)
    if len(set(found)) < len(found):
        raise UserError("", N_("expected each axis once"), axes)
    return found


def _inserted(x: Shape, axis: int, size: int) -> Shape:
    (position,) = positions((*x, 1), axis)
    return (*x[:position], size, *x[position:])


def _without(x: Shape, position: int) -> Shape:
    return x[:position] + x[position + 1 :]


def _misfit(x1: Shape, x2: Shape) -> UserError:
    return UserError("", _FIT, left=shown(x1), right=shown(x2))
