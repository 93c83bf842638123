"""Pooling to an image of a given size, whatever the size before."""

from typing import Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Block, Family, Shape, expect_rank
from lib.arch.fields import Pair, pair
from lib.errors import UserError
from lib.i18n import N_


class _AdaptivePooling(Block):
    """What the adaptive poolings share: (h, w, c) -> (*output_size, c)."""

    family: ClassVar[Family] = "pool"
    icon: ClassVar[str] = ":material/compress:"
    first_config: ClassVar[dict[str, Any]] = {"output_size": 7}

    output_size: Pair = Field(title=N_("Output size"), description=N_("Height and width of the result, in pixels"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        height, width = pair(self.output_size)
        return (height, width, inputs[0][2])


class AdaptiveAveragePooling2D(_AdaptivePooling):
    """The mean of windows that are as large as the output size needs: (h, w, c) -> (*output_size, c)."""

    title: ClassVar[str] = N_("AdaptiveAveragePooling2D")
    help: ClassVar[str] = N_("Means over windows, so that any image becomes one of the size you ask for.")
    reference: ClassVar[str] = "He et al. 2014, Spatial Pyramid Pooling in Deep Convolutional Networks"


class AdaptiveMaxPooling2D(_AdaptivePooling):
    """The largest value of windows as large as the output size needs: (h, w, c) -> (*output_size, c)."""

    title: ClassVar[str] = N_("AdaptiveMaxPooling2D")
    help: ClassVar[str] = N_("Maxima over windows, so that any image becomes one of the size you ask for.")
    reference: ClassVar[str] = "He et al. 2014, Spatial Pyramid Pooling in Deep Convolutional Networks"

    def output_shape(self, *inputs: Shape) -> Shape:
        # Keras 3.15 divides by zero here on TensorFlow, which ends the process.
        if 1 in pair(self.output_size):
            raise UserError(
                "output_size", N_("expected at least 2; GlobalMaxPooling2D gives a single pixel"), self.output_size
            )
        return super().output_shape(*inputs)
