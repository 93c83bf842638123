"""What one position of a layer's output sees of its input: the step from which receptive fields are made.

Positions are those of the axes before the last; the last axis holds the channels, and a position is all of its
channels. Padding counts as positions below 0 and beyond the end.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from lib.i18n import N_

Sizes = tuple[int | None, ...]


class View(NamedTuple):
    """What position `o` along the output's `axis` sees along an axis of the input: the positions from
    ceil((o * step + first) / per) to floor((o * step + last) / per).

    A window of convolution or pooling has `per` 1; a layer that enlarges has a larger one.
    """

    step: int = 1
    first: int = 0
    last: int = 0
    per: int = 1
    axis: int = 0


Views = tuple[tuple[View | None, ...], ...]
"""For each input and each of its axes a view, or None: all of it is seen. So is an axis that is not listed."""

ALL: Final[tuple[View | None, ...]] = ()
"""Every position of the output sees all of the input."""

SCATTERED: Final = N_("its positions are not those of its input")
"""Why a layer that lays values out anew has no window."""

FREE: Final = N_("its windows depend on a free size")
"""Why a layer has no window before the size of the data is known."""


def kept(inputs: tuple[Sizes, ...], output: Sizes) -> Views | str:
    """Each position sees its own place in every input; an axis of size 1 that is repeated is seen as a whole."""
    found = []
    for shape in inputs:
        ahead = len(output) - len(shape)
        views: list[View | None] = []
        for axis, size in enumerate(shape[:-1], ahead):
            if axis < 0 or size not in (output[axis], 1):
                return SCATTERED
            views.append(View(axis=axis) if size == output[axis] else None)
        found.append(tuple(views))
    return tuple(found)


def relaid(shape: Sizes, output: Sizes) -> Views | str:
    """The same values row by row in another shape: the first axes may be the same, and all of the others in one."""
    same = 0
    while same < min(len(shape), len(output)) - 1 and shape[same] == output[same]:
        same += 1
    if None in (*shape, *output) or same < min(len(shape), len(output)) - 1:
        return SCATTERED
    return (tuple(View(axis=axis) for axis in range(same)),)


def sliding(
    axis: int, size: int | None, window: int, step: int, padding: Literal["valid", "same", "causal"], dilation: int = 1
) -> View:
    """A window that slides over `size` positions, as TensorFlow pads them.

    With `same` and a free size the padding is that of a size that `step` divides.
    """
    extent = dilation * (window - 1) + 1
    before = 0
    if padding == "causal":
        before = extent - 1
    elif padding == "same":
        count = step if size is None else size
        before = max((-(-count // step) - 1) * step + extent - count, 0) // 2
    return View(step, -before, extent - 1 - before, 1, axis)


def enlarging(
    axis: int,
    size: int | None,
    to: int | None,
    window: int,
    step: int,
    padding: Literal["valid", "same"],
    dilation: int = 1,
) -> View | str:
    """A window that each of `size` positions paints into a line of `to`, `step` apart: a transposed convolution.

    Where `step` is larger than the window some positions see nothing at all.
    """
    extent = dilation * (window - 1) + 1
    if extent < step:
        return N_("its windows leave gaps")
    before = 0
    if padding == "same":
        before = max(extent - step if size is None or to is None else (size - 1) * step + extent - to, 0) // 2
    return View(1, before - extent + 1, before, step, axis)


def resized(axis: int, size: int, to: int, *, between: bool) -> View:
    """A picture of `size` positions drawn with `to`, pixel centres on pixel centres: each shows the nearest one,
    or with `between` a mixture of the two neighbours of its place."""
    if not between:
        # floor((o + 1/2) * size / to)
        return View(2 * size, size - 2 * to + 1, size, 2 * to, axis)
    # The whole numbers closer than 1 to (o + 1/2) * size / to - 1/2.
    return View(2 * size, size - 3 * to + 1, size + to - 1, 2 * to, axis)


def adapted(axis: int, size: int, to: int) -> View:
    """Windows that share `size` positions among `to`: from floor(o * size / to) to ceil((o + 1) * size / to) - 1."""
    return View(size, 1 - to, size - 1, to, axis)


def apart(shape: Sizes, whole: tuple[int, ...]) -> tuple[View | None, ...]:
    """Each position sees its own place, but all along the axes `whole`, counted from 0."""
    return tuple(None if axis in whole else View(axis=axis) for axis in range(len(shape) - 1))


def beside(views: tuple[View | None, ...], axes: int) -> tuple[View | None, ...]:
    """The views of a layer that works on every step of a sequence by itself, on steps with so many `axes`."""
    inner = (*views, *(None,) * (axes - len(views)))
    return (View(), *(view and view._replace(axis=view.axis + 1) for view in inner))
