"""Blocks of separable convolutions: Xception, MobileNetV2, ConvNeXt."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Block, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.activation import Activation, ReLU
from lib.arch.blocks.composites.base import Parts
from lib.arch.blocks.conv import Conv2D, DepthwiseConv2D, FiltersField, SeparableConv2D
from lib.arch.blocks.conv_1d import DepthwiseConv1D
from lib.arch.blocks.dense import Dense
from lib.arch.blocks.merge import Add
from lib.arch.blocks.norm import BatchNormalization, Dropout
from lib.arch.blocks.norm_more import LayerNormalization
from lib.arch.blocks.pool import MaxPooling2D
from lib.arch.fields import Constant, Number, Window
from lib.arch.own_activation import ActivationChoice
from lib.i18n import N_


class XceptionModule(CompositeBlock):
    """Separable convolutions, each after an activation and before a normalization, added to the input.

    With strides a max pooling follows them. Where size or channels change, the input takes a 1x1 convolution with a
    normalization.
    """

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("Xception module")
    help: ClassVar[str] = N_("A residual block of separable convolutions: much is learned by few parameters.")
    reference: ClassVar[str] = "Chollet 2017, Xception: Deep Learning with Depthwise Separable Convolutions"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32}

    filters: FiltersField
    convolutions: Literal[2, 3] = Field(
        default=2, title=N_("Convolutions"), description=N_("2 in the entry of the network, 3 in its middle")
    )
    strides: Window = Field(
        default=1, title=N_("Strides"), description=N_("Of the pooling at the end; 2 halves the image")
    )
    activate_first: bool = Field(
        default=True, title=N_("Activate first"), description=N_("An activation before the first convolution too")
    )
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied before every convolution")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = "input"
        for number in range(1, self.convolutions + 1):
            if number > 1 or self.activate_first:
                source = parts.put(f"act{number}", Activation(activation=self.activation), source)
            separable = SeparableConv2D(filters=self.filters, kernel_size=3, padding="same", use_bias=False)
            source = parts.put(f"conv{number}", separable, source)
            source = parts.put(f"bn{number}", BatchNormalization(), source)
        if self.strides != 1:
            source = parts.put("pool", MaxPooling2D(pool_size=3, strides=self.strides, padding="same"), source)
        shortcut = "input"
        if self.strides != 1 or shape[2] != self.filters:
            pointwise = Conv2D(
                filters=self.filters, kernel_size=1, strides=self.strides, padding="same", use_bias=False
            )
            shortcut = parts.put("shortcut", pointwise, "input")
            shortcut = parts.put("shortcut_bn", BatchNormalization(), shortcut)
        parts.put("add", Add(), source, shortcut)
        return tuple(parts)


class InvertedResidual(CompositeBlock):
    """1x1 to more channels, a depthwise 3x3, 1x1 to few channels without activation; added to the input if it fits.

    The first step is left out where `expansion` is 1; the sum, where size or channels change.
    """

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("Inverted residual")
    help: ClassVar[str] = N_("The block of MobileNetV2: wide inside, narrow outside, cheap enough for a phone.")
    reference: ClassVar[str] = "Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks"
    first_config: ClassVar[dict[str, Any]] = {"filters": 16}

    filters: FiltersField
    expansion: Window = Field(
        default=6, title=N_("Expansion"), description=N_("How many times more channels there are inside")
    )
    strides: Window = Field(
        default=1, title=N_("Strides"), description=N_("Of the depthwise convolution; 2 halves the image")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = "input"
        if self.expansion != 1:
            source = parts.put("expand", _pointwise(self.expansion * shape[2]), source)
            source = self._normalized(parts, "expand", source)
        depthwise = DepthwiseConv2D(kernel_size=3, strides=self.strides, padding="same", use_bias=False)
        source = parts.put("depthwise", depthwise, source)
        source = self._normalized(parts, "depthwise", source)
        source = parts.put("project", _pointwise(self.filters), source)
        source = parts.put("project_bn", BatchNormalization(momentum=0.999), source)
        if self.strides == 1 and shape[2] == self.filters:
            parts.put("add", Add(), source, "input")
        return tuple(parts)

    def _normalized(self, parts: Parts, name: str, source: str) -> str:
        source = parts.put(f"{name}_bn", BatchNormalization(momentum=0.999), source)
        return parts.put(f"{name}_relu", ReLU(max_value=6.0), source)


def _pointwise(filters: int) -> Conv2D:
    return Conv2D(filters=filters, kernel_size=1, padding="same", use_bias=False)


class LayerScale(CompositeBlock):
    """Every channel times a factor of its own that is learned and starts small.

    Keras has no layer for it: a depthwise convolution of one pixel without a bias is the same arithmetic.
    """

    title: ClassVar[str] = N_("LayerScale")
    help: ClassVar[str] = N_("Turns a branch nearly off at first, so that very deep networks start as shallow ones.")
    reference: ClassVar[str] = "Touvron et al. 2021, Going Deeper with Image Transformers"

    init_values: Number = Field(default=1e-6, title=N_("First value"), description=N_("Where every factor starts"))

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        parts = Parts()
        start = Constant(value=self.init_values)
        if len(shape) == 2:
            scale: Block = DepthwiseConv1D(kernel_size=1, use_bias=False, depthwise_initializer=start)
        else:
            expect_rank(shape, 3, N_("expected an image of height × width × channels, or a sequence"))
            scale = DepthwiseConv2D(kernel_size=1, use_bias=False, depthwise_initializer=start)
        parts.put("gamma", scale, "input")
        return tuple(parts)


class ConvNeXtBlock(CompositeBlock):
    """A depthwise 7x7, LayerNormalization, a wide and a narrow Dense layer for each pixel, a factor for each channel,
    added to the input; while training a share of the images skips it."""

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("ConvNeXt block")
    help: ClassVar[str] = N_("A convolutional block built like a transformer's, with wide windows and few activations.")
    reference: ClassVar[str] = "Liu et al. 2022, A ConvNet for the 2020s"

    kernel_size: Window = Field(default=7, title=N_("Kernel size"), description=N_("Of the depthwise convolution"))
    expansion: Window = Field(
        default=4, title=N_("Expansion"), description=N_("How many times more channels there are inside")
    )
    activation: ActivationChoice = Field(
        default="gelu", title=N_("Activation"), description=N_("Applied between the two Dense layers")
    )
    epsilon: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1e-6, title=N_("Epsilon"), description=N_("Added to the variance, against division by zero")
    )
    layer_scale_init_value: Number | None = Field(
        default=1e-6, title=N_("LayerScale"), description=N_("Where the factors of the channels start; none has none")
    )
    drop_path_rate: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, title=N_("Stochastic depth"), description=N_("The share of images that skips it while training")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = parts.put("depthwise", DepthwiseConv2D(kernel_size=self.kernel_size, padding="same"), "input")
        source = parts.put("norm", LayerNormalization(epsilon=self.epsilon), source)
        source = parts.put("wide", Dense(units=self.expansion * shape[2], activation=self.activation), source)
        source = parts.put("narrow", Dense(units=shape[2]), source)
        if self.layer_scale_init_value is not None:
            source = parts.put("scale", LayerScale(init_values=self.layer_scale_init_value), source)
        if self.drop_path_rate:
            source = parts.put("drop", Dropout(rate=self.drop_path_rate, noise_shape=(None, 1, 1, 1)), source)
        parts.put("add", Add(), source, "input")
        return tuple(parts)
