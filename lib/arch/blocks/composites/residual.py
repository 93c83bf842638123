"""Residual blocks: what they compute is added to their input (ResNet and its heirs)."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, Part, Shape, expect_rank
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.composites.base import ConvComposite, Parts
from lib.arch.blocks.conv import FiltersField
from lib.arch.blocks.merge import Add
from lib.arch.blocks.pool import MaxPooling2D
from lib.arch.blocks.shape import Permute
from lib.arch.blocks.size import ZeroPadding2D
from lib.arch.fields import Units, Window
from lib.errors import UserError
from lib.i18n import N_

_FIRST_STRIDES = N_("Of the first convolution; 2 halves the image")


class _Residual(ConvComposite):
    """What the residual blocks share: the way around, and the sum with its activation."""

    icon: ClassVar[str] = ":material/redo:"

    def _joined(self, parts: Parts, shape: Shape, source: str, filters: int, strides: int) -> tuple[Part, ...]:
        """`parts` with the sum of `source` and the input, which takes a 1x1 convolution where its shape changes."""
        parts.put("add", Add(), source, self._shortcut(parts, shape, filters, strides))
        parts.put("act", Activation(activation=self.activation), "add")
        return tuple(parts)


    def _shortcut(self, parts: Parts, shape: Shape, filters: int, strides: int) -> str:
        """What is added: the input, or a 1x1 convolution of it where its shape changes."""
        if strides == 1 and shape[2] == filters:
            return "input"
        return self.convolution(parts, "shortcut", "input", filters, 1, strides=strides, activate=False)


class Residual(_Residual):
    """Two or three convolutions whose result is added to the input: y = activation(F(x) + x).

    Where the size or the channels change, the input takes a 1x1 convolution with the same stride instead of the
    identity (He et al. 2015, section 3.2, option B), or pixels are left out and channels of zeros added (option A).
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
    shortcut: Literal["convolution", "zeros"] = Field(
        default="convolution",
        title=N_("Shortcut"),
        description=N_("Where the shape changes: a 1×1 convolution, or pixels left out and channels of zeros"),
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        if self.shortcut == "zeros" and self.filters < shape[2]:
            raise UserError(
                "filters", N_("expected at least the {channels} channels of the input"), self.filters, channels=shape[2]
            )
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

    def _shortcut(self, parts: Parts, shape: Shape, filters: int, strides: int) -> str:
        if self.shortcut == "convolution":
            return super()._shortcut(parts, shape, filters, strides)
        source = "input"
        if strides != 1:
            source = parts.put("pixels", MaxPooling2D(pool_size=1, strides=strides, padding="same"), source)
        more = filters - shape[2]
        if more:
            source = parts.put("channels_first", Permute(dims=(3, 1, 2)), source)
            zeros = ZeroPadding2D(padding=((more // 2, more - more // 2), (0, 0)))
            source = parts.put("zeros", zeros, source)
            source = parts.put("channels_last", Permute(dims=(2, 3, 1)), source)
        return source


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
