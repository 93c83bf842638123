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
    """The receptive field along one axis of an input. It is everything where `size` is None and there is no `reason`.

    `size` is in positions of the input, padding included (the largest where it changes from position to position);
    `stride` is how far the next position's field lies, None where all see the same; `offset` is the first position
    that the first position sees, below 0 within padding. `reason` says, as a message id, why it is not known.
    """

    size: int | None = None
    stride: Fraction | None = None
    offset: int | None = None
    reason: str = ""

    @property
    def everything(self) -> bool:
        """Whether all of the input is seen from everywhere."""
        return self.size is None and not self.reason


Fields = Mapping[str, tuple[Field, ...]]
"""By the name of an input: a field for each of its axes but the channels; an input of one axis has one for that."""


class _Reach(NamedTuple):
    """What a tensor's positions see along one axis of an input. `axis` is the tensor's axis along which they move,
    None where all see the same; `windows` are first and last position for one period, the next of which is `shift`
    further. No windows at all: everything."""

    axis: int | None
    windows: tuple[tuple[int, int], ...]
    shift: int = 0
    reason: str = ""


_EVERYTHING: Final = _Reach(None, ())
_Reaches = dict[str, tuple[_Reach, ...]]


@lru_cache(maxsize=256)
def receptive_fields(architecture: Architecture) -> Mapping[str, Fields]:
    """The fields of every layer by its id, for each input that it sees. The results of the last few are kept."""
    sizes = {name: shape if len(shape) == 1 else shape[:-1] for name, shape in architecture.inputs.items()}
    reaches: dict[str, _Reaches] = {
        name: {name: tuple(_Reach(axis, ((0, 0),), 1) for axis in range(len(axes)))} for name, axes in sizes.items()
    }
    fields: dict[str, Fields] = {}
    for layer in analyse(architecture).layers:
        seen = reaches[layer.id] = _seen(layer, reaches, sizes)
        fields[layer.id] = {name: _fields(found) for name, found in seen.items()}
    return fields


def _seen(layer: Layer, reaches: Mapping[str, _Reaches], sizes: Mapping[str, FreeShape]) -> _Reaches:
    views = _views(layer.block, layer.input_shapes, layer.output_shape)
    found: _Reaches = {}
    for number, (source, shape) in enumerate(zip(layer.inputs, layer.input_shapes, strict=True)):
        view = views if isinstance(views, str) else views[number]
        for name, before in reaches[source].items():
            after = _through(before, view, shape, sizes[name])
            known = found.get(name)
            found[name] = after if known is None else _joined(known, after, layer.output_shape, sizes[name])
    return found


@lru_cache(maxsize=8192)
def _views(block: Block, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
    return block.views(inputs, output)


@lru_cache(maxsize=8192)
def _through(
    before: tuple[_Reach, ...], view: tuple[View | None, ...] | str, shape: FreeShape, sizes: FreeShape
) -> tuple[_Reach, ...]:
    """What is seen through a layer by what its input, of `shape`, sees of an input of `sizes`."""
    return tuple(_looked(reach, view, shape, size) for reach, size in zip(before, sizes, strict=True))


def _looked(reach: _Reach, view: tuple[View | None, ...] | str, shape: FreeShape, size: int | None) -> _Reach:
    if isinstance(view, str):
        return reach if reach.axis is None else _fixed(_hull(reach, shape), size, view)
    if reach.reason:
        return reach if any(view) else _fixed(reach.windows[0], size)
    if reach.axis is None:
        return reach
    along = view[reach.axis] if reach.axis < len(view) else None
    return _fixed(_hull(reach, shape), size) if along is None else _moved(reach, along, shape, size)


def _moved(reach: _Reach, view: View, shape: FreeShape, size: int | None) -> _Reach:
    """The windows through another window."""
    step, first, last, per, axis = view
    count = len(reach.windows)
    period = per * count // gcd(step, per * count)
    if period > MOST_WINDOWS:
        return _fixed(_hull(reach, shape), size, _LONG)
    windows = tuple(
        (_window(reach, -(-(o * step + first) // per))[0], _window(reach, (o * step + last) // per)[1])
        for o in range(period)
    )
    return _Reach(axis, windows, reach.shift * (period * step // (per * count)))


def _window(reach: _Reach, position: int) -> tuple[int, int]:
    """First and last position that `position` sees."""
    rounds, place = divmod(position, len(reach.windows))
    first, last = reach.windows[place]
    return first + rounds * reach.shift, last + rounds * reach.shift


def _hull(reach: _Reach, shape: FreeShape) -> tuple[int, int]:
    """First and last position that all of a tensor of `shape` sees together."""
    if reach.axis is None:
        return reach.windows[0] if reach.windows else (-_FAR, _FAR)
    count = shape[reach.axis]
    return reach.windows[0][0], _FAR if count is None else _window(reach, count - 1)[1]


def _fixed(hull: tuple[int, int], size: int | None, reason: str = "") -> _Reach:
    """All positions see `hull`, of an input with `size` positions; with a `reason` only all of them together do."""
    if not reason and hull[0] <= 0 and hull[1] >= (_FAR if size is None else size - 1):
        return _EVERYTHING
    return _Reach(None, (hull,), 0, reason)


@lru_cache(maxsize=8192)
def _joined(
    one: tuple[_Reach, ...], two: tuple[_Reach, ...], shape: FreeShape, sizes: FreeShape
) -> tuple[_Reach, ...]:
    """What is seen over two paths that meet in a tensor of `shape`."""
    return tuple(a if a == b else _union(a, b, shape, size) for a, b, size in zip(one, two, sizes, strict=True))


def _union(one: _Reach, two: _Reach, shape: FreeShape, size: int | None) -> _Reach:
    """The smallest windows that hold those of both paths."""
    if _EVERYTHING in (one, two):
        return _EVERYTHING
    reason = one.reason or two.reason
    if not reason and one.axis == two.axis:
        if one.axis is None:
            return _fixed(_around(one.windows[0], two.windows[0]), size)
        if one.shift * len(two.windows) == two.shift * len(one.windows):
            period = lcm(len(one.windows), len(two.windows))
            windows = tuple(_around(_window(one, o), _window(two, o)) for o in range(period))
            return _Reach(one.axis, windows, one.shift * period // len(one.windows))
    turned = None not in (one.axis, two.axis) and one.axis != two.axis
    together = _around(_hull(one, shape), _hull(two, shape))
    return _fixed(together, size, reason or (_TURNED if turned else _STRIDES))


def _around(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    return min(one[0], two[0]), max(one[1], two[1])


@lru_cache(maxsize=8192)
def _fields(reaches: tuple[_Reach, ...]) -> tuple[Field, ...]:
    return tuple(_field(reach) for reach in reaches)


def _field(reach: _Reach) -> Field:
    if reach.reason or not reach.windows:
        return Field(reason=reach.reason)
    size = max(last - first + 1 for first, last in reach.windows)
    if reach.axis is None:
        return Field(size, None, reach.windows[0][0])
    return Field(size, Fraction(reach.shift, len(reach.windows)), reach.windows[0][0])
