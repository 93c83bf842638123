"""Blocks that make images larger or smaller and learn nothing."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Block, Family, FreeShape, Shape, expect_rank
from lib.arch.fields import ADVANCED, LARGEST_WINDOW, Pair, Window, pair
from lib.arch.view import FREE, SCATTERED, View, Views, resized
from lib.errors import UserError
from lib.i18n import N_

Margin = Annotated[int, Field(ge=0, le=LARGEST_WINDOW)]
Margins = Margin | tuple[Margin, Margin] | tuple[tuple[Margin, Margin], tuple[Margin, Margin]]
"""One number for all sides; for height and width; or ((top, bottom), (left, right))."""
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]


def _sums(margins: Margins) -> tuple[int, int]:
    """Top and bottom together, left and right together."""
    height, width = (margins, margins) if isinstance(margins, int) else margins
    return (
        2 * height if isinstance(height, int) else sum(height),
        2 * width if isinstance(width, int) else sum(width),
    )


def _befores(margins: Margins) -> tuple[int, int]:
    """Top and left."""
    height, width = (margins, margins) if isinstance(margins, int) else margins
    return (height if isinstance(height, int) else height[0], width if isinstance(width, int) else width[0])


def _drawn(sizes: list[tuple[int, int]], interpolation: Interpolation) -> Views | str:
    """What a pixel sees of an image of these heights and widths, drawn with others."""
    if interpolation not in ("nearest", "bilinear"):
        return N_("its pixels are mixed of many")
    between = interpolation == "bilinear"
    return (tuple(resized(axis, size, to, between=between) for axis, (size, to) in enumerate(sizes)),)


class _Resized(Block):
    """What these blocks share: their place in the palette."""

    family: ClassVar[Family] = "shape"
    icon: ClassVar[str] = ":material/crop_free:"


class ZeroPadding2D(_Resized):
    """Zeros around the image: (h, w, c) -> (h + top + bottom, w + left + right, c)."""

    title: ClassVar[str] = N_("ZeroPadding2D")
    help: ClassVar[str] = N_("Adds a border of zeros around the image.")

    padding: Margins = Field(default=1, title=N_("Padding"), description=N_("Zeros above and below, left and right"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        height, width = _sums(self.padding)
        return (inputs[0][0] + height, inputs[0][1] + width, inputs[0][2])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (tuple(View(1, -before, -before, 1, axis) for axis, before in enumerate(_befores(self.padding))),)


class Cropping2D(_Resized):
    """The image without its border: (h, w, c) -> (h - top - bottom, w - left - right, c)."""

    title: ClassVar[str] = N_("Cropping2D")
    help: ClassVar[str] = N_("Cuts a border off the image, for example to fit a branch that has lost its own.")
    reference: ClassVar[str] = "Ronneberger et al. 2015, U-Net"
    first_config: ClassVar[dict[str, Any]] = {"cropping": 1}

    cropping: Margins = Field(
        default=0, title=N_("Cropping"), description=N_("Pixels off above and below, left and right")
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        height, width = _sums(self.cropping)
        if height >= inputs[0][0] or width >= inputs[0][1]:
            raise UserError("cropping", N_("expected to leave at least one pixel"), f"{inputs[0][0]} × {inputs[0][1]}")
        return (inputs[0][0] - height, inputs[0][1] - width, inputs[0][2])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (tuple(View(1, before, before, 1, axis) for axis, before in enumerate(_befores(self.cropping))),)


class UpSampling2D(_Resized):
    """Every pixel several times: (h, w, c) -> (h * size, w * size, c)."""

    title: ClassVar[str] = N_("UpSampling2D")
    help: ClassVar[str] = N_("Makes an image larger without learning. Follow it with a convolution.")
    reference: ClassVar[str] = "Odena et al. 2016, Deconvolution and Checkerboard Artifacts"

    size: Pair = Field(default=2, title=N_("Size"), description=N_("How many times larger height and width become"))
    interpolation: Interpolation = Field(
        default="nearest", title=N_("Interpolation"), description=N_("How pixels in between are found")
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        height, width = pair(self.size)
        return (inputs[0][0] * height, inputs[0][1] * width, inputs[0][2])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        # How many times larger is enough to know: one pixel becomes so many.
        sizes = [(1, to) for to in pair(self.size)]
        return _drawn(sizes, self.interpolation)


class Resizing(_Resized):
    """The image in another size: (h, w, c) -> (height, width, c)."""

    title: ClassVar[str] = N_("Resizing")
    help: ClassVar[str] = N_("Brings images to one size, for example to that of a published network.")
    first_config: ClassVar[dict[str, Any]] = {"height": 32, "width": 32}

    height: Window = Field(title=N_("Height"), description=N_("Of the result, in pixels"))
    width: Window = Field(title=N_("Width"), description=N_("Of the result, in pixels"))
    interpolation: Interpolation = Field(
        default="bilinear", title=N_("Interpolation"), description=N_("How pixels in between are found")
    )
    crop_to_aspect_ratio: bool = Field(
        default=False,
        title=N_("Crop to proportions"),
        json_schema_extra=ADVANCED,
        description=N_("Cuts off what would be squeezed"),
    )
    pad_to_aspect_ratio: bool = Field(
        default=False,
        title=N_("Pad to proportions"),
        json_schema_extra=ADVANCED,
        description=N_("Adds a border instead of stretching"),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise UserError("", N_("expected to crop or to pad, not both"))
        return (self.height, self.width, inputs[0][2])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        if self.crop_to_aspect_ratio or self.pad_to_aspect_ratio:
            return SCATTERED
        sizes = [(size, to) for size, to in zip(inputs[0][:2], (self.height, self.width), strict=True) if size]
        return _drawn(sizes, self.interpolation) if len(sizes) == 2 else FREE
