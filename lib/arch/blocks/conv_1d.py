"""Convolutions over sequences of steps x features."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import SEQUENCE_EXPECTED, Block, Family, FreeShape, Shape, Weight, expect_rank
from lib.arch.blocks.conv import FiltersField, MultiplierField
from lib.arch.fields import (
    ADVANCED,
    ActivationField,
    BiasInitializerField,
    InitializerField,
    RegularizerField,
    Units,
    UseBiasField,
    Window,
)
from lib.arch.view import Views
from lib.arch.windows import (
    CausalPadding,
    CausalPaddingField,
    PaddingField,
    StepsKernelField,
    StepsStridesField,
    look,
    slide_steps,
)
from lib.errors import UserError
from lib.i18n import N_

StepsDilationField = Annotated[
    Window,
    Field(
        title=N_("Dilation rate"),
        description=N_("Distance between the window's points: 2 leaves every other out"),
        json_schema_extra=ADVANCED,
    ),
]


class _Conv1D(Block):
    """What the convolutions over sequences share."""

    family: ClassVar[Family] = "conv"
    icon: ClassVar[str] = ":material/view_week:"
    fixes_rank: ClassVar[bool] = True


def _steps(shape: Shape, window: int, strides: int, padding: CausalPadding, dilation: int) -> int:
    """How many steps are left of a sequence."""
    expect_rank(shape, 2, SEQUENCE_EXPECTED)
    return slide_steps(shape[0], window, strides, padding, dilation)


class Conv1D(_Conv1D):
    """A window slides over the steps; each filter weighs all features in it: (steps, c) -> (steps', filters)."""

    title: ClassVar[str] = N_("Conv1D")
    help: ClassVar[str] = N_("Finds the same short pattern anywhere in a sequence, such as a signal or a text.")
    reference: ClassVar[str] = "Waibel et al. 1989, Phoneme Recognition Using Time-Delay Neural Networks"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"}

    filters: FiltersField
    kernel_size: StepsKernelField
    strides: StepsStridesField = 1
    padding: CausalPaddingField = "valid"
    dilation_rate: StepsDilationField = 1
    groups: Units = Field(
        default=1,
        title=N_("Groups"),
        json_schema_extra=ADVANCED,
        description=N_("Channels are split into this many groups, convolved apart"),
    )
    activation: ActivationField = None
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    kernel_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        if self.strides != 1 and self.dilation_rate != 1:
            raise UserError(
                "strides",
                N_("expected strides or dilation greater than 1, not both"),
                f"{self.strides}, {self.dilation_rate}",
            )
        steps = _steps(inputs[0], self.kernel_size, self.strides, self.padding, self.dilation_rate)
        channels = inputs[0][1]
        if channels % self.groups or self.filters % self.groups:
            raise UserError(
                "groups",
                N_("expected a divisor of the {channels} input channels and the {filters} filters"),
                self.groups,
                channels=channels,
                filters=self.filters,
            )
        return (steps, self.filters)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (self.kernel_size, inputs[0][1] // self.groups, self.filters))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)


class SeparableConv1D(_Conv1D):
    """A depthwise convolution, then one of size 1 that mixes the features: (steps, c) -> (steps', filters)."""

    title: ClassVar[str] = N_("SeparableConv1D")
    help: ClassVar[str] = N_("Does nearly the work of a Conv1D with a fraction of its parameters, in two cheap steps.")
    reference: ClassVar[str] = "Kaiser et al. 2017, Depthwise Separable Convolutions for Neural Machine Translation"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"}

    filters: FiltersField
    kernel_size: StepsKernelField
    strides: StepsStridesField = 1
    padding: PaddingField = "valid"
    dilation_rate: StepsDilationField = 1
    depth_multiplier: MultiplierField = 1
    activation: ActivationField = None
    use_bias: UseBiasField = True
    depthwise_initializer: InitializerField = "glorot_uniform"
    pointwise_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    depthwise_regularizer: RegularizerField = None
    pointwise_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        return (_steps(inputs[0], self.kernel_size, self.strides, self.padding, self.dilation_rate), self.filters)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        channels = inputs[0][1]
        kernels = (
            Weight("depthwise_kernel", (self.kernel_size, channels, self.depth_multiplier)),
            Weight("pointwise_kernel", (1, channels * self.depth_multiplier, self.filters)),
        )
        return (*kernels, Weight("bias", (self.filters,))) if self.use_bias else kernels


class DepthwiseConv1D(_Conv1D):
    """Each feature is convolved by its own kernels, none mixed: (steps, c) -> (steps', c * depth_multiplier)."""

    title: ClassVar[str] = N_("DepthwiseConv1D")
    help: ClassVar[str] = N_("Looks at each feature of a sequence by itself. Follow it with a Conv1D of size 1.")
    reference: ClassVar[str] = "Howard et al. 2017, MobileNets"
    first_config: ClassVar[dict[str, Any]] = {"kernel_size": 3, "padding": "same", "activation": "relu"}

    kernel_size: StepsKernelField
    strides: StepsStridesField = 1
    padding: PaddingField = "valid"
    depth_multiplier: MultiplierField = 1
    dilation_rate: StepsDilationField = 1
    activation: ActivationField = None
    use_bias: UseBiasField = True
    depthwise_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    depthwise_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        steps = _steps(inputs[0], self.kernel_size, self.strides, self.padding, self.dilation_rate)
        return (steps, inputs[0][1] * self.depth_multiplier)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return look(inputs, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        channels = inputs[0][1]
        kernel = Weight("kernel", (self.kernel_size, channels, self.depth_multiplier))
        bias = Weight("bias", (channels * self.depth_multiplier,))
        return (kernel, bias) if self.use_bias else (kernel,)
