"""The block of MobileNetV3 and EfficientNet."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.composites.base import Parts
from lib.arch.blocks.conv import Conv2D, DepthwiseConv2D, FiltersField
from lib.arch.blocks.merge import Add, Multiply
from lib.arch.blocks.norm import BatchNormalization, Dropout
from lib.arch.blocks.pool import GlobalAveragePooling2D
from lib.arch.fields import LARGEST_WIDTH, Units, Window
from lib.arch.own_activation import ActivationChoice
from lib.i18n import N_


class MBConv(CompositeBlock):
    """1x1 to more channels, a depthwise convolution, a gate for every channel, 1x1 to few channels; added to the input
    if it fits.

    The first step is left out where there are no more channels inside than in the input.
    """

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("MBConv")
    help: ClassVar[str] = N_("The block of EfficientNet: an inverted residual that turns its channels up or down.")
    reference: ClassVar[str] = "Howard et al. 2019, Searching for MobileNetV3"
    first_config: ClassVar[dict[str, Any]] = {"filters": 16, "width": 64, "squeeze": 16}

    filters: FiltersField
    width: Units = Field(title=N_("Channels inside"), description=N_("Of the depthwise convolution"))
    kernel_size: Window = Field(default=3, title=N_("Kernel size"), description=N_("Of the depthwise convolution"))
    strides: Window = Field(
        default=1, title=N_("Strides"), description=N_("Of the depthwise convolution; 2 halves the image")
    )
    squeeze: Annotated[int, Field(ge=0, le=LARGEST_WIDTH)] = Field(
        default=0, title=N_("Squeeze"), description=N_("Channels in the middle of the gate; 0 has no gate")
    )
    activation: ActivationChoice = Field(
        default="silu", title=N_("Activation"), description=N_("Applied after the first two convolutions")
    )
    squeeze_activation: ActivationChoice = Field(
        default="silu", title=N_("Activation in the gate"), description=N_("Applied in the middle of the gate")
    )
    gate: ActivationChoice = Field(
        default="sigmoid", title=N_("Gate"), description=N_("What makes the factors of the channels")
    )
    drop_path_rate: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, title=N_("Stochastic depth"), description=N_("The share of images that skips it while training")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = "input"
        if self.width != shape[2]:
            source = self._activated(parts, "expand", _pointwise(self.width), source)
        depthwise = DepthwiseConv2D(
            kernel_size=self.kernel_size, strides=self.strides, padding="same", use_bias=False
        )
        source = self._activated(parts, "depthwise", depthwise, source)
        if self.squeeze:
            source = self._gated(parts, source)
        source = parts.put("project", _pointwise(self.filters), source)
        source = parts.put("project_bn", BatchNormalization(), source)
        if self.strides == 1 and shape[2] == self.filters:
            if self.drop_path_rate:
                source = parts.put("drop", Dropout(rate=self.drop_path_rate, noise_shape=(None, 1, 1, 1)), source)
            parts.put("add", Add(), source, "input")
        return tuple(parts)

    def _activated(self, parts: Parts, name: str, convolution: Conv2D | DepthwiseConv2D, source: str) -> str:
        source = parts.put(name, convolution, source)
        source = parts.put(f"{name}_bn", BatchNormalization(), source)
        return parts.put(f"{name}_act", Activation(activation=self.activation), source)

    def _gated(self, parts: Parts, source: str) -> str:
        """Every channel times a factor that is found from the means of all channels."""
        mean = parts.put("mean", GlobalAveragePooling2D(keepdims=True), source)
        squeeze = Conv2D(filters=self.squeeze, kernel_size=1, activation=self.squeeze_activation)
        factors = parts.put("squeeze", squeeze, mean)
        factors = parts.put("excite", Conv2D(filters=self.width, kernel_size=1, activation=self.gate), factors)
        return parts.put("scale", Multiply(), source, factors)


def _pointwise(filters: int) -> Conv2D:
    return Conv2D(filters=filters, kernel_size=1, padding="same", use_bias=False)
