"""Windows that slide over images, as convolutions and pooling have them: their fields and their arithmetic."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lib.arch.block import FreeShape, Shape
from lib.arch.fields import Pair, Window, pair
from lib.arch.view import Views, sliding
from lib.errors import UserError
from lib.i18n import N_

Padding = Literal["valid", "same"]
CausalPadding = Literal["valid", "same", "causal"]

KernelSizeField = Annotated[
    Pair, Field(title=N_("Kernel size"), description=N_("Height and width of the window, in pixels"))
]
StridesField = Annotated[
    Pair, Field(title=N_("Strides"), description=N_("How far the window moves: 2 halves height and width"))
]
TransposedStridesField = Annotated[
    Pair, Field(title=N_("Strides"), description=N_("How many times larger the image becomes: 2 doubles it"))
]
StepsKernelField = Annotated[Window, Field(title=N_("Kernel size"), description=N_("Length of the window, in steps"))]
StepsStridesField = Annotated[
    Window, Field(title=N_("Strides"), description=N_("How far the window moves: 2 halves the number of steps"))
]
PaddingField = Annotated[
    Padding,
    Field(
        title=N_("Padding"),
        description=N_("valid: only whole windows; same: zeros around, so that stride 1 keeps the size"),
    ),
]
CausalPaddingField = Annotated[
    CausalPadding,
    Field(
        title=N_("Padding"),
        description=N_(
            "valid: only whole windows; same: zeros at both ends; causal: zeros before, so none looks ahead"
        ),
    ),
]


def slide(shape: Shape, window: Pair, strides: Pair, padding: Padding, dilation: Pair = 1) -> tuple[int, int]:
    """Height and width after a `window` slid over an image of `shape` (h, w, c).

    With `size` the window's extent, dilation included: valid: floor((n - size) / stride) + 1; same: ceil(n / stride)
    (Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning).

    Raises:
        UserError: without a place, when a window without padding is larger than its image.
    """
    steps = pair(strides)
    if padding == "same":
        return (-(-shape[0] // steps[0]), -(-shape[1] // steps[1]))
    sizes = [d * (k - 1) + 1 for k, d in zip(pair(window), pair(dilation), strict=True)]
    if sizes[0] > shape[0] or sizes[1] > shape[1]:
        raise UserError(
            "",
            N_("expected an image of at least {height} × {width} for a window of that size"),
            f"{shape[0]} × {shape[1]}",
            height=sizes[0],
            width=sizes[1],
        )
    return ((shape[0] - sizes[0]) // steps[0] + 1, (shape[1] - sizes[1]) // steps[1] + 1)


def slide_steps(length: int, window: int, strides: int, padding: CausalPadding, dilation: int = 1) -> int:
    """How many steps are left after a `window` slid over a sequence of `length` steps; causal counts like same.

    Raises:
        UserError: without a place, when a window without padding is longer than its sequence.
    """
    if padding != "valid":
        return -(-length // strides)
    size = dilation * (window - 1) + 1
    if size > length:
        raise UserError(
            "", N_("expected a sequence of at least {size} steps for a window of that size"), str(length), size=size
        )
    return (length - size) // strides + 1


def look(
    inputs: tuple[FreeShape, ...], window: Pair, strides: Pair, padding: CausalPadding, dilation: Pair = 1
) -> Views:
    """What a position sees of an image, or of a sequence, over which a `window` slid."""
    axes = zip(inputs[0][:-1], pair(window), pair(strides), pair(dilation), strict=False)
    return (tuple(sliding(axis, n, k, s, padding, d) for axis, (n, k, s, d) in enumerate(axes)),)
