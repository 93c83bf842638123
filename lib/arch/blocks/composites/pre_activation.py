"""Residual blocks with normalization and activation before each convolution (the second version of ResNet)."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.composites.base import Parts
from lib.arch.blocks.conv import Conv2D, FiltersField
from lib.arch.blocks.merge import Add
from lib.arch.blocks.norm import BatchNormalization
from lib.arch.blocks.pool import MaxPooling2D
from lib.arch.fields import ADVANCED, InitializerField, RegularizerField, Units, Window
from lib.arch.own_activation import ActivationChoice
from lib.i18n import N_

_FIRST_STRIDES = N_("Of the first convolution; 2 halves the image")


class PreActivationResidual(CompositeBlock):
    """Normalization and activation stand before each convolution, and nothing stands behind the sum.

    Where the size or the channels change, the input takes a 1x1 convolution after the first activation.
    """

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("Pre-activation residual")
    help: ClassVar[str] = N_("A residual block whose sum nothing touches: very deep networks train better.")
    reference: ClassVar[str] = "He et al. 2016, Identity Mappings in Deep Residual Networks"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32}

    filters: FiltersField
    kernel_size: Window = Field(default=3, title=N_("Kernel size"), description=N_("Of its convolutions"))
    strides: Window = Field(default=1, title=N_("Strides"), description=_FIRST_STRIDES)
    convolutions: Literal[2, 3] = Field(
        default=2, title=N_("Convolutions"), description=N_("On the way around the sum")
    )
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied before every convolution")
    )
    use_bias: bool = Field(
        default=True,
        title=N_("Use bias"),
        description=N_("In the convolutions that no normalization follows"),
        json_schema_extra=ADVANCED,
    )
    kernel_initializer: InitializerField = "he_normal"
    kernel_regularizer: RegularizerField = None

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = "input"
        for number in range(1, self.convolutions + 1):
            source = parts.put(f"bn{number}", BatchNormalization(), source)
            source = parts.put(f"act{number}", Activation(activation=self.activation), source)
            last = number == self.convolutions
            strides = self.strides if number == 1 else 1
            convolution = self._plain(self.kernel_size, strides, use_bias=last and self.use_bias)
            source = parts.put(f"conv{number}", convolution, source)
        shortcut = "input"
        if self.strides != 1 or shape[2] != self.filters:
            shortcut = parts.put("shortcut", self._plain(1, self.strides, use_bias=self.use_bias), "act1")
        parts.put("add", Add(), source, shortcut)
        return tuple(parts)

    def _plain(self, size: int, strides: int, use_bias: bool) -> Conv2D:
        """One of its convolutions; those that a normalization follows need no bias."""
        return Conv2D(
            filters=self.filters,
            kernel_size=size,
            strides=strides,
            padding="same",
            use_bias=use_bias,
            kernel_initializer=self.kernel_initializer,
            kernel_regularizer=self.kernel_regularizer,
        )


class PreActivationBottleneck(CompositeBlock):
    """1x1, 3x3 and 1x1 convolutions, normalization and activation before each, added to the input.

    Where the channels change, the input takes a 1x1 convolution after the first activation; where only the size
    changes, it takes every so-many-th pixel. The stride is on the 3x3 convolution.
    """

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("Pre-activation bottleneck")
    help: ClassVar[str] = N_("The residual block of ResNet-50 V2: a bottleneck whose sum nothing touches.")
    reference: ClassVar[str] = "He et al. 2016, Identity Mappings in Deep Residual Networks"
    first_config: ClassVar[dict[str, Any]] = {"filters": 16}

    filters: Units = Field(title=N_("Filters"), description=N_("Of the 3×3 convolution in the middle"))
    expansion: Window = Field(
        default=4, title=N_("Expansion"), description=N_("How many times more channels the output has")
    )
    strides: Window = Field(default=1, title=N_("Strides"), description=N_("Of the 3×3; 2 halves the image"))
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied before every convolution")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        widest = self.expansion * self.filters
        before = self._normalized(parts, "reduce", "input")
        source = parts.put("reduce", _bare(self.filters, 1), before)
        source = self._normalized(parts, "conv", source)
        source = parts.put("conv", _bare(self.filters, 3, self.strides), source)
        source = self._normalized(parts, "expand", source)
        source = parts.put("expand", Conv2D(filters=widest, kernel_size=1), source)
        shortcut = "input"
        if shape[2] != widest:
            changed = Conv2D(filters=widest, kernel_size=1, strides=self.strides)
            shortcut = parts.put("shortcut", changed, before)
        elif self.strides != 1:
            pixels = MaxPooling2D(pool_size=1, strides=self.strides, padding="same")
            shortcut = parts.put("pixels", pixels, "input")
        parts.put("add", Add(), source, shortcut)
        return tuple(parts)

    def _normalized(self, parts: Parts, name: str, source: str) -> str:
        source = parts.put(f"{name}_bn", BatchNormalization(epsilon=1.001e-5), source)
        return parts.put(f"{name}_act", Activation(activation=self.activation), source)


def _bare(filters: int, size: int, strides: int = 1) -> Conv2D:
    return Conv2D(filters=filters, kernel_size=size, strides=strides, padding="same", use_bias=False)
