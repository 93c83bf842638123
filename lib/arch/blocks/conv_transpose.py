"""Convolutions that make images larger."""

from typing import Any, ClassVar

from lib.arch.block import IMAGE_EXPECTED, Block, Family, Shape, Weight, expect_rank
from lib.arch.blocks.conv import FiltersField
from lib.arch.fields import ActivationField, InitializerField, RegularizerField, UseBiasField, pair
from lib.arch.windows import KernelSizeField, PaddingField, TransposedStridesField
from lib.i18n import N_


class Conv2DTranspose(Block):
    """Every pixel paints a window of the output: (h, w, c) -> (h', w', filters).

    same: n * stride; valid: (n - 1) * stride + max(size, stride).
    """

    family: ClassVar[Family] = "conv"
    icon: ClassVar[str] = ":material/grid_on:"
    title: ClassVar[str] = N_("Conv2DTranspose")
    help: ClassVar[str] = N_("Makes an image larger by learned patterns, as a decoder or a generator does.")
    reference: ClassVar[str] = "Zeiler et al. 2010, Deconvolutional Networks"
    first_config: ClassVar[dict[str, Any]] = {
        "filters": 32,
        "kernel_size": 3,
        "strides": 2,
        "padding": "same",
        "activation": "relu",
    }

    filters: FiltersField
    kernel_size: KernelSizeField
    strides: TransposedStridesField = 1
    padding: PaddingField = "valid"
    activation: ActivationField = None
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    kernel_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        steps, sizes = pair(self.strides), pair(self.kernel_size)
        if self.padding == "same":
            return (inputs[0][0] * steps[0], inputs[0][1] * steps[1], self.filters)
        height, width = (
            (n - 1) * step + max(size, step) for n, step, size in zip(inputs[0][:2], steps, sizes, strict=True)
        )
        return (height, width, self.filters)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (*pair(self.kernel_size), self.filters, inputs[0][2]))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]) -> int:
        """Every kernel element once for every pixel of the input."""
        return weights[0].size * inputs[0][0] * inputs[0][1]
