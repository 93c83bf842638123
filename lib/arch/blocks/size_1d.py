"""Blocks that make sequences longer or shorter and learn nothing."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import SEQUENCE_EXPECTED, Block, Family, FreeShape, Shape, expect_rank
from lib.arch.fields import LARGEST_WINDOW, Window
from lib.arch.view import View, Views, resized
from lib.errors import UserError
from lib.i18n import N_

Margin = Annotated[int, Field(ge=0, le=LARGEST_WINDOW)]
BothEnds = Margin | tuple[Margin, Margin]
"""One number for both ends, or (before, after)."""


class _Steps(Block):
    """What these blocks share: they take sequences."""

    family: ClassVar[Family] = "shape"
    icon: ClassVar[str] = ":material/crop_free:"


def _sum(margins: BothEnds) -> int:
    return 2 * margins if isinstance(margins, int) else sum(margins)


class ZeroPadding1D(_Steps):
    """Zeros before and after the sequence: (steps, c) -> (before + steps + after, c)."""

    title: ClassVar[str] = N_("ZeroPadding1D")
    help: ClassVar[str] = N_("Adds steps of zeros before and after a sequence.")

    padding: BothEnds = Field(default=1, title=N_("Padding"), description=N_("Steps of zeros before, after"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 2, SEQUENCE_EXPECTED)
        return (inputs[0][0] + _sum(self.padding), inputs[0][1])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        before = self.padding if isinstance(self.padding, int) else self.padding[0]
        return ((View(1, -before, -before),),)


class Cropping1D(_Steps):
    """The sequence without its ends: (steps, c) -> (steps - before - after, c)."""

    title: ClassVar[str] = N_("Cropping1D")
    help: ClassVar[str] = N_("Cuts steps off both ends of a sequence, for example to fit a shorter branch.")

    cropping: BothEnds = Field(default=1, title=N_("Cropping"), description=N_("Steps off before, after"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 2, SEQUENCE_EXPECTED)
        left = inputs[0][0] - _sum(self.cropping)
        if left < 1:
            raise UserError("cropping", N_("expected to leave at least one step"), str(inputs[0][0]))
        return (left, inputs[0][1])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        before = self.cropping if isinstance(self.cropping, int) else self.cropping[0]
        return ((View(1, before, before),),)


class UpSampling1D(_Steps):
    """Every step several times: (steps, c) -> (steps * size, c)."""

    title: ClassVar[str] = N_("UpSampling1D")
    help: ClassVar[str] = N_("Makes a sequence longer without learning. Follow it with a convolution.")
    reference: ClassVar[str] = "Odena et al. 2016, Deconvolution and Checkerboard Artifacts"
    first_config: ClassVar[dict[str, Any]] = {"size": 2}

    size: Window = Field(default=2, title=N_("Size"), description=N_("How many times longer it becomes"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 2, SEQUENCE_EXPECTED)
        return (inputs[0][0] * self.size, inputs[0][1])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return ((resized(0, 1, self.size, between=False),),)
