"""Convolutions over images of height x width x channels."""

from typing import Annotated, Any, ClassVar, Protocol

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Block, Entry, Family, FreeShape, Shape, Weight, expect_rank
from lib.arch.fields import (
    ADVANCED,
    ActivationField,
    BiasInitializerField,
    InitializerField,
    Pair,
    RegularizerField,
    Units,
    UseBiasField,
    Window,
    pair,
)
from lib.arch.view import Views
from lib.arch.windows import KernelSizeField, PaddingField, StridesField, look, slide
from lib.errors import UserError
from lib.i18n import N_

DilationField = Annotated[
    Pair,
    Field(
        title=N_("Dilation rate"),
        description=N_("Distance between the window's points: 2 leaves every other out"),
        json_schema_extra=ADVANCED,
    ),
]
MultiplierField = Annotated[
    Window, Field(title=N_("Depth multiplier"), description=N_("Outputs of the depthwise step for each input channel"))
]
EqualStridesField = Annotated[
    Window, Field(title=N_("Strides"), description=N_("How far the window moves: 2 halves height and width"))
]
FiltersField = Annotated[
    Units, Field(title=N_("Filters"), description=N_("How many patterns are learned: the channels of the output"))
]


class _Sliding(Protocol):
    @property
    def kernel_size(self) -> Pair: ...
    @property
    def strides(self) -> Pair: ...
    @property
    def padding(self) -> Any: ...
    @property
    def dilation_rate(self) -> Pair: ...


class _Conv(Block):
    """What the convolutions over images share."""

    family: ClassVar[Family] = "conv"
    icon: ClassVar[str] = ":material/grid_on:"


def _convolved(block: _Sliding, shape: Shape) -> tuple[int, int]:
    """Height and width after the block's kernel slid over an image of `shape`."""
    expect_rank(shape, 3, IMAGE_EXPECTED)
    return slide(shape, block.kernel_size, block.strides, block.padding, block.dilation_rate)


class Conv2D(_Conv):
    """A window slides over the image; each filter weighs all channels in it: (h, w, c) -> (h', w', filters)."""

    title: ClassVar[str] = N_("Conv2D")
    help: ClassVar[str] = N_("Finds the same small pattern anywhere in an image. The main layer of image networks.")
    reference: ClassVar[str] = "LeCun et al. 1989, Backpropagation Applied to Handwritten Zip Code Recognition"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"}

    filters: FiltersField
    kernel_size: KernelSizeField
    strides: StridesField = 1
    padding: PaddingField = "valid"
    activation: ActivationField = None
    use_bias: UseBiasField = True
    dilation_rate: DilationField = 1
    groups: Units = Field(
        default=1,
        title=N_("Groups"),
        json_schema_extra=ADVANCED,
        description=N_("Channels are split into this many groups, convolved apart"),
    )
    kernel_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    kernel_regularizer: RegularizerField = None

    @classmethod
    def entries(cls) -> tuple[Entry, ...]:
        pointwise = Entry(
            N_("1×1 convolution"),
            N_("Mixes the channels of each pixel: a cheap way to change their number."),
            "Lin et al. 2013, Network In Network",
            cls(filters=32, kernel_size=1, activation="relu"),
        )
        return (*super().entries(), pointwise)

    def output_shape(self, *inputs: Shape) -> Shape:
        if pair(self.strides) != (1, 1) and pair(self.dilation_rate) != (1, 1):
            raise UserError(
                "strides",
                N_("expected strides or dilation greater than 1, not both"),
                f"{self.strides}, {self.dilation_rate}",
            )
        height, width = _convolved(self, inputs[0])
        channels = inputs[0][2]
        if channels % self.groups or self.filters % self.groups:
            raise UserError(
                "groups",
                N_("expected a divisor of the {channels} input channels and the {filters} filters"),
                self.groups,
                channels=channels,
                filters=self.filters,
            )
        return (height, width, self.filters)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (*pair(self.kernel_size), inputs[0][2] // self.groups, self.filters))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)


class SeparableConv2D(_Conv):
    """A depthwise convolution, then a 1x1 convolution that mixes the channels: (h, w, c) -> (h', w', filters)."""

    title: ClassVar[str] = N_("SeparableConv2D")
    help: ClassVar[str] = N_("Does nearly the work of a Conv2D with a fraction of its parameters, in two cheap steps.")
    reference: ClassVar[str] = "Chollet 2017, Xception: Deep Learning with Depthwise Separable Convolutions"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"}

    filters: FiltersField
    kernel_size: KernelSizeField
    strides: EqualStridesField = 1
    padding: PaddingField = "valid"
    depth_multiplier: MultiplierField = 1
    activation: ActivationField = None
    use_bias: UseBiasField = True
    dilation_rate: DilationField = 1
    depthwise_initializer: InitializerField = "glorot_uniform"
    pointwise_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    depthwise_regularizer: RegularizerField = None
    pointwise_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*_convolved(self, inputs[0]), self.filters)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        channels = inputs[0][2]
        kernels = (
            Weight("depthwise_kernel", (*pair(self.kernel_size), channels, self.depth_multiplier)),
            Weight("pointwise_kernel", (1, 1, channels * self.depth_multiplier, self.filters)),
        )
        return (*kernels, Weight("bias", (self.filters,))) if self.use_bias else kernels


class DepthwiseConv2D(_Conv):
    """Each channel is convolved by its own kernels, none mixed: (h, w, c) -> (h', w', c * depth_multiplier)."""

    title: ClassVar[str] = N_("DepthwiseConv2D")
    help: ClassVar[str] = N_("Looks at each channel by itself. Follow it with a 1×1 convolution to mix them.")
    reference: ClassVar[str] = "Howard et al. 2017, MobileNets"
    first_config: ClassVar[dict[str, Any]] = {"kernel_size": 3, "padding": "same", "activation": "relu"}

    kernel_size: KernelSizeField
    strides: EqualStridesField = 1
    padding: PaddingField = "valid"
    depth_multiplier: MultiplierField = 1
    activation: ActivationField = None
    use_bias: UseBiasField = True
    dilation_rate: DilationField = 1
    depthwise_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    depthwise_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*_convolved(self, inputs[0]), inputs[0][2] * self.depth_multiplier)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        channels = inputs[0][2]
        kernel = Weight("kernel", (*pair(self.kernel_size), channels, self.depth_multiplier))
        bias = Weight("bias", (channels * self.depth_multiplier,))
        return (kernel, bias) if self.use_bias else (kernel,)
