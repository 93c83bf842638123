"""The receptive field of every layer: which positions of an input one position of its output can see.

The recurrence is that of Araujo, Norris and Sim 2019, Computing Receptive Fields of Convolutional Neural Networks
(equations 2 to 6), kept exact where layers enlarge: there the window's size changes from position to position and
repeats, so one period of windows is carried along. The conventions are those of `docs/counting.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Final, NamedTuple

from lib.arch.analyse import Layer, analyse
from lib.arch.architecture import Architecture
from lib.arch.block import Block, FreeShape
from lib.arch.view import View, Views
from lib.i18n import N_

MOST_WINDOWS: Final = 1024
_FAR: Final = 2**62
_STRIDES: Final = N_("its paths move at different strides")
_TURNED: Final = N_("its paths run along different axes")
_LONG: Final = N_("its windows repeat too late")


class Field(NamedTuple):
    """The receptive field of a tensor's positions along one axis of an input.

    `axis` is the tensor's axis along which the field moves, None where all positions see the same. `windows` are the
    first and the last input position that is seen (below 0 and beyond the end within padding) for one period of
    positions, the next of which lies `shift` further; one window is the usual case. No window at all: everything.
    A `reason`, as a message id, says why it is not known; the only window is then what all positions see together.
    """

    axis: int | None
    windows: tuple[tuple[int, int], ...]
    shift: int = 0
    reason: str = ""

    @property
    def everything(self) -> bool:
        """Whether every position sees the whole axis."""
        return not self.windows

    @property
    def size(self) -> int | None:
        """How many positions of the input are seen, padding included; the most where it changes from one position to
        the next. None where it is everything or not known."""
        if self.reason or not self.windows:
            return None
        return max(last - first + 1 for first, last in self.windows)

    @property
    def stride(self) -> Fraction | None:
        """How far the field of the next position lies, on average; None where all see the same or it is not known."""
        return None if self.axis is None else Fraction(self.shift, len(self.windows))

    @property
    def offset(self) -> int | None:
        """The first input position that the first position sees, below 0 in padding: minus the padding of the whole.
        """
        return None if self.size is None else self.windows[0][0]

    def seen_from(self, position: int) -> tuple[int, int]:
        """The first and the last input position that `position` sees. Only of a field that moves."""
        rounds, place = divmod(position, len(self.windows))
        first, last = self.windows[place]
        return first + rounds * self.shift, last + rounds * self.shift


Fields = Mapping[str, tuple[Field, ...]]
"""By the name of an input: a field for each of its axes but the channels; an input of one axis has one for that."""

_EVERYTHING: Final = Field(None, ())


@lru_cache(maxsize=256)
def receptive_fields(architecture: Architecture) -> Mapping[str, Fields]:
    """The fields of every input and layer by its id, for each input that it sees. The last results are kept."""
    sizes = {name: shape if len(shape) == 1 else shape[:-1] for name, shape in architecture.inputs.items()}
    fields: dict[str, Fields] = {
        name: {name: tuple(Field(axis, ((0, 0),), 1) for axis in range(len(axes)))} for name, axes in sizes.items()
    }
    for layer in analyse(architecture).layers:
        fields[layer.id] = _seen(layer, fields, sizes)
    return fields


def _seen(layer: Layer, fields: Mapping[str, Fields], sizes: Mapping[str, FreeShape]) -> Fields:
    views = _views(layer.block, layer.input_shapes, layer.output_shape)
    found: dict[str, tuple[Field, ...]] = {}
    for number, (source, shape) in enumerate(zip(layer.inputs, layer.input_shapes, strict=True)):
        view = views if isinstance(views, str) else views[number]
        for name, before in fields[source].items():
            after = _through(before, view, shape, sizes[name])
            known = found.get(name)
            found[name] = after if known is None else _joined(known, after, layer.output_shape, sizes[name])
    return found


@lru_cache(maxsize=8192)
def _views(block: Block, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
    return block.views(inputs, output)


@lru_cache(maxsize=8192)
def _through(
    before: tuple[Field, ...], view: tuple[View | None, ...] | str, shape: FreeShape, sizes: FreeShape
) -> tuple[Field, ...]:
    """What is seen through a layer by what its input, of `shape`, sees of an input of `sizes`."""
    return tuple(_looked(field, view, shape, size) for field, size in zip(before, sizes, strict=True))


def _looked(field: Field, view: tuple[View | None, ...] | str, shape: FreeShape, size: int | None) -> Field:
    if isinstance(view, str):
        return field if field.axis is None else _fixed(_hull(field, shape), size, view)
    if field.reason:
        return field if any(view) else _fixed(field.windows[0], size)
    if field.axis is None:
        return field
    along = view[field.axis] if field.axis < len(view) else None
    return _fixed(_hull(field, shape), size) if along is None else _moved(field, along, shape, size)


def _moved(field: Field, view: View, shape: FreeShape, size: int | None) -> Field:
    """The windows through another window."""
    step, first, last, per, axis = view
    count = len(field.windows)
    period = per * count // gcd(step, per * count)
    if period > MOST_WINDOWS:
        return _fixed(_hull(field, shape), size, _LONG)
    windows = tuple(
        (field.seen_from(-(-(o * step + first) // per))[0], field.seen_from((o * step + last) // per)[1])
        for o in range(period)
    )
    return Field(axis, windows, field.shift * (period * step // (per * count)))


def _hull(field: Field, shape: FreeShape) -> tuple[int, int]:
    """First and last position that all of a tensor of `shape` sees together."""
    if field.axis is None:
        return field.windows[0] if field.windows else (-_FAR, _FAR)
    count = shape[field.axis]
    return field.windows[0][0], _FAR if count is None else field.seen_from(count - 1)[1]


def _fixed(hull: tuple[int, int], size: int | None, reason: str = "") -> Field:
    """All positions see `hull`, of an input with `size` positions; with a `reason` only all of them together do."""
    if not reason and hull[0] <= 0 and hull[1] >= (_FAR if size is None else size - 1):
        return _EVERYTHING
    return Field(None, (hull,), 0, reason)


@lru_cache(maxsize=8192)
def _joined(one: tuple[Field, ...], two: tuple[Field, ...], shape: FreeShape, sizes: FreeShape) -> tuple[Field, ...]:
    """What is seen over two paths that meet in a tensor of `shape`."""
    return tuple(a if a == b else _union(a, b, shape, size) for a, b, size in zip(one, two, sizes, strict=True))


def _union(one: Field, two: Field, shape: FreeShape, size: int | None) -> Field:
    """The smallest windows that hold those of both paths."""
    if _EVERYTHING in (one, two):
        return _EVERYTHING
    reason = one.reason or two.reason
    if not reason and one.axis == two.axis:
        if one.axis is None:
            return _fixed(_around(one.windows[0], two.windows[0]), size)
        if one.shift * len(two.windows) == two.shift * len(one.windows):
            period = lcm(len(one.windows), len(two.windows))
            windows = tuple(_around(one.seen_from(o), two.seen_from(o)) for o in range(period))
            return Field(one.axis, windows, one.shift * period // len(one.windows))
    turned = None not in (one.axis, two.axis) and one.axis != two.axis
    together = _around(_hull(one, shape), _hull(two, shape))
    return _fixed(together, size, reason or (_TURNED if turned else _STRIDES))


def _around(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    return min(one[0], two[0]), max(one[1], two[1])
