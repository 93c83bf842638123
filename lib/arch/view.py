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


def enlarging(axis: int, window: int, step: int, padding: Literal["valid", "same"]) -> View:
    """A window that every position of the input paints, `step` positions apart (transposed convolution)."""
    before = max(window - step, 0) // 2 if padding == "same" else 0
    return View(1, before - window + 1, before, step, axis)


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


def whole_along(shape: Sizes, axis: int) -> tuple[View | None, ...]:
    """Each position sees its own place, but all of the axis `axis`, counted with the batch as axis 0; -1 is the last.
    """
    return tuple(None if place == axis - 1 else View(axis=place) for place in range(len(shape) - 1))
