"""Residual blocks: what they compute is added to their input (ResNet and its heirs)."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.composites.base import ConvComposite, Parts
from lib.arch.blocks.conv import Conv2D, FiltersField
from lib.arch.blocks.merge import Add
from lib.arch.blocks.norm import BatchNormalization
from lib.arch.fields import InitializerField, RegularizerField, Units, Window
from lib.arch.own_activation import ActivationChoice
from lib.errors import UserError
from lib.i18n import N_

_FIRST_STRIDES = N_("Of the first convolution; 2 halves the image")


class _Residual(ConvComposite):
    """What the residual blocks share: the way around, and the sum with its activation."""

    icon: ClassVar[str] = ":material/redo:"

    def _joined(self, parts: Parts, shape: Shape, source: str, filters: int, strides: int) -> tuple[Part, ...]:
        """`parts` with the sum of `source` and the input, which takes a 1x1 convolution where its shape changes."""
        shortcut = "input"
        if strides != 1 or shape[2] != filters:
            shortcut = self.convolution(parts, "shortcut", "input", filters, 1, strides=strides, activate=False)
        parts.put("add", Add(), source, shortcut)
        parts.put("act", Activation(activation=self.activation), "add")
        return tuple(parts)


class Residual(_Residual):
    """Two or three convolutions whose result is added to the input: y = activation(F(x) + x).

    Where the size or the channels change, the input takes a 1x1 convolution with the same stride instead of the
    identity (He et al. 2015, section 3.2, option B).
    """

    title: ClassVar[str] = N_("Residual")
    help: ClassVar[str] = N_("Convolutions that learn a change to their input, not a new image: deep networks train.")
    reference: ClassVar[str] = "He et al. 2015, Deep Residual Learning for Image Recognition"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32}

    filters: FiltersField
    kernel_size: Window = Field(default=3, title=N_("Kernel size"), description=N_("Of its convolutions"))
    strides: Window = Field(default=1, title=N_("Strides"), description=_FIRST_STRIDES)
    convolutions: Literal[2, 3] = Field(
        default=2, title=N_("Convolutions"), description=N_("On the way around the sum")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = "input"
        for number in range(1, self.convolutions + 1):
            source = self.convolution(
                parts,
                f"conv{number}",
                source,
                self.filters,
                self.kernel_size,
                strides=self.strides if number == 1 else 1,
                activate=number < self.convolutions,
            )
        return self._joined(parts, shape, source, self.filters, self.strides)


class _Bottleneck(_Residual):
    """1x1 to fewer channels, a convolution in between, 1x1 to more channels, added to the input."""

    def _bottleneck(self, shape: Shape, filters: int, widest: int, strides: int, groups: int) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = self.convolution(parts, "reduce", "input", filters, 1)
        source = self.convolution(parts, "conv", source, filters, 3, strides=strides, groups=groups)
        source = self.convolution(parts, "expand", source, widest, 1, activate=False)
        return self._joined(parts, shape, source, widest, strides)


class Bottleneck(_Bottleneck):
    """1x1, 3x3 and 1x1 convolutions, the last with `expansion` times the filters, added to the input.

    The stride is on the 3x3 convolution.
    """

    title: ClassVar[str] = N_("Bottleneck residual")
    help: ClassVar[str] = N_("The residual block of ResNet-50: a 3×3 on few channels between two 1×1.")
    reference: ClassVar[str] = "He et al. 2015, Deep Residual Learning for Image Recognition"
    first_config: ClassVar[dict[str, Any]] = {"filters": 16}

    filters: Units = Field(title=N_("Filters"), description=N_("Of the 3×3 convolution in the middle"))
    expansion: Window = Field(
        default=4, title=N_("Expansion"), description=N_("How many times more channels the output has")
    )
    strides: Window = Field(default=1, title=N_("Strides"), description=N_("Of the 3×3; 2 halves the image"))

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        return self._bottleneck(shape, self.filters, self.expansion * self.filters, self.strides, 1)


class ResNeXtBlock(_Bottleneck):
    """A bottleneck whose 3x3 convolution is split into groups."""

    title: ClassVar[str] = N_("ResNeXt block")
    help: ClassVar[str] = N_("A bottleneck of many narrow paths side by side: more ways to look at the same cost.")
    reference: ClassVar[str] = "Xie et al. 2017, Aggregated Residual Transformations for Deep Neural Networks"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32, "groups": 8}

    filters: Units = Field(title=N_("Filters"), description=N_("Of the 3×3 convolution in the middle"))
    groups: Units = Field(default=32, title=N_("Groups"), description=N_("How many paths; they divide the filters"))
    expansion: Window = Field(
        default=2, title=N_("Expansion"), description=N_("How many times more channels the output has")
    )
    strides: Window = Field(default=1, title=N_("Strides"), description=N_("Of the 3×3; 2 halves the image"))

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        if self.filters % self.groups:
            raise UserError(
                "groups", N_("expected a divisor of the {filters} filters"), self.groups, filters=self.filters
            )
        return self._bottleneck(shape, self.filters, self.expansion * self.filters, self.strides, self.groups)


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
            source = parts.put(f"conv{number}", self._plain(self.kernel_size, strides, use_bias=last), source)
        shortcut = "input"
        if self.strides != 1 or shape[2] != self.filters:
            shortcut = parts.put("shortcut", self._plain(1, self.strides, use_bias=True), "act1")
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
