"""Convolutions that make images larger or sequences longer."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, SEQUENCE_EXPECTED, Block, Family, FreeShape, Shape, Weight, expect_rank
from lib.arch.blocks.conv import DilationField, FiltersField
from lib.arch.blocks.conv_1d import StepsDilationField
from lib.arch.fields import (
    ADVANCED,
    LARGEST_WINDOW,
    ActivationField,
    BiasInitializerField,
    InitializerField,
    Pair,
    RegularizerField,
    UseBiasField,
    Window,
    pair,
)
from lib.arch.view import Views, enlarging
from lib.arch.windows import KernelSizeField, Padding, PaddingField, StepsKernelField, TransposedStridesField
from lib.errors import UserError
from lib.i18n import N_

Extra = Annotated[int, Field(ge=0, le=LARGEST_WINDOW)]

OutputPaddingField = Annotated[
    Extra | tuple[Extra, Extra] | None,
    Field(
        title=N_("Output padding"),
        description=N_("Which of the possible sizes results: so many pixels more; none chooses the usual one"),
        json_schema_extra=ADVANCED,
    ),
]
StepsOutputPaddingField = Annotated[
    Extra | None,
    Field(
        title=N_("Output padding"),
        description=N_("Which of the possible lengths results: so many steps more; none chooses the usual one"),
        json_schema_extra=ADVANCED,
    ),
]
TransposedStepsField = Annotated[
    Window,
    Field(title=N_("Strides"), description=N_("How many times longer the sequence becomes: 2 doubles it")),
]


def _stretched(n: int, kernel: int, stride: int, padding: Padding, extra: int | None, dilation: int) -> int:
    """The size of an axis after a transposed convolution: the size whose convolution would give `n`.

    With `size` the window's extent, dilation included: valid: (n - 1) * stride + max(size, stride), same: n * stride;
    with an output padding (n - 1) * stride + size + extra, less 2 * floor(size / 2) for same.
    """
    if stride > 1 and dilation > 1:
        raise UserError(
            "strides", N_("expected strides or dilation greater than 1, not both"), f"{stride}, {dilation}"
        )
    size = dilation * (kernel - 1) + 1
    if extra is None:
        return n * stride if padding == "same" else (n - 1) * stride + max(size, stride)
    if extra >= stride:
        raise UserError("output_padding", N_("expected less than the strides, {strides}"), extra, strides=stride)
    if padding == "valid":
        return (n - 1) * stride + size + extra
    # Keras takes one pixel too many off an even window, and TensorFlow then cannot run it.
    if size % 2 == 0 and extra == 0:
        raise UserError("output_padding", N_("expected at least 1 for a window of even size"), extra)
    return (n - 1) * stride + size % 2 + extra


def _painted(
    shape: FreeShape, output: FreeShape, window: Pair, strides: Pair, padding: Padding, rate: Pair
) -> Views | str:
    """What a position sees of an image or a sequence whose positions each painted a window."""
    axes = zip(shape[:-1], output[:-1], pair(window), pair(strides), pair(rate), strict=False)
    views = [enlarging(axis, n, to, k, s, padding, d) for axis, (n, to, k, s, d) in enumerate(axes)]
    reasons = [view for view in views if isinstance(view, str)]
    return reasons[0] if reasons else (tuple(view for view in views if not isinstance(view, str)),)


class Conv2DTranspose(Block):
    """Every pixel paints a window of the output: (h, w, c) -> (h', w', filters)."""

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
    output_padding: OutputPaddingField = None
    dilation_rate: DilationField = 1
    activation: ActivationField = None
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    kernel_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 3, IMAGE_EXPECTED)
        extras = (None, None) if self.output_padding is None else pair(self.output_padding)
        sizes, steps, rates = pair(self.kernel_size), pair(self.strides), pair(self.dilation_rate)
        if max(steps) > 1 and max(rates) > 1:
            raise UserError(
                "strides", N_("expected strides or dilation greater than 1, not both"), f"{max(steps)}, {max(rates)}"
            )
        height, width = (
            _stretched(*axis[:3], self.padding, *axis[3:])
            for axis in zip(inputs[0][:2], sizes, steps, extras, rates, strict=True)
        )
        return (height, width, self.filters)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        return _painted(inputs[0], output, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (*pair(self.kernel_size), self.filters, inputs[0][2]))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        # Every kernel element once for every pixel of the input.
        return ((*weights[0].shape, *inputs[0][:2]),)


class Conv1DTranspose(Block):
    """Every step paints a window of the output: (steps, c) -> (steps', filters)."""

    family: ClassVar[Family] = "conv"
    icon: ClassVar[str] = ":material/view_week:"
    title: ClassVar[str] = N_("Conv1DTranspose")
    help: ClassVar[str] = N_("Makes a sequence longer by learned patterns, as a decoder of signals does.")
    reference: ClassVar[str] = "Zeiler et al. 2010, Deconvolutional Networks"
    fixes_rank: ClassVar[bool] = True
    first_config: ClassVar[dict[str, Any]] = Conv2DTranspose.first_config

    filters: FiltersField
    kernel_size: StepsKernelField
    strides: TransposedStepsField = 1
    padding: PaddingField = "valid"
    output_padding: StepsOutputPaddingField = None
    dilation_rate: StepsDilationField = 1
    activation: ActivationField = None
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    kernel_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 2, SEQUENCE_EXPECTED)
        steps = _stretched(
            inputs[0][0], self.kernel_size, self.strides, self.padding, self.output_padding, self.dilation_rate
        )
        return (steps, self.filters)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        return _painted(inputs[0], output, self.kernel_size, self.strides, self.padding, self.dilation_rate)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (self.kernel_size, self.filters, inputs[0][1]))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        # Every kernel element once for every step of the input.
        return ((*weights[0].shape, inputs[0][0]),)
