"""Blocks that change the shape or the range of values and learn nothing."""

from math import prod
from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Block, Family, Shape, expect_rank
from lib.arch.fields import Pair, pair
from lib.i18n import N_

Number = Annotated[float, Field(ge=-1e6, le=1e6)]


class _Shape(Block):
    """What these blocks share: their place in the palette."""

    family: ClassVar[Family] = "shape"
    icon: ClassVar[str] = ":material/crop_free:"


class Flatten(_Shape):
    """All values in one row: (h, w, c) -> (h * w * c,)."""

    title: ClassVar[str] = N_("Flatten")
    help: ClassVar[str] = N_("Lays an image out as one row of numbers, as a Dense layer after convolutions needs it.")

    def output_shape(self, *inputs: Shape) -> Shape:
        return (prod(inputs[0]),)


class ZeroPadding2D(_Shape):
    """Zeros around the image: (h, w, c) -> (h + 2 * padding, w + 2 * padding, c)."""

    title: ClassVar[str] = N_("ZeroPadding2D")
    help: ClassVar[str] = N_("Adds a border of zeros around the image.")

    padding: Pair = Field(default=1, title=N_("Padding"), description=N_("Zeros above and below, left and right"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        height, width = pair(self.padding)
        return (inputs[0][0] + 2 * height, inputs[0][1] + 2 * width, inputs[0][2])


class Rescaling(_Shape):
    """x * scale + offset; the shape stays."""

    title: ClassVar[str] = N_("Rescaling")
    help: ClassVar[str] = N_("Multiplies and shifts every value, for example from 0…1 to -1…1.")
    first_config: ClassVar[dict[str, Any]] = {"scale": 2.0, "offset": -1.0}

    scale: Number = Field(title=N_("Scale"), description=N_("What every value is multiplied by"))
    offset: Number = Field(default=0.0, title=N_("Offset"), description=N_("What is added afterwards"))

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]
