"""The blocks of DenseNet: every convolution sees what all before it found."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.activation import Activation
from lib.arch.blocks.composites.base import Parts
from lib.arch.blocks.conv import Conv2D
from lib.arch.blocks.merge import Concatenate
from lib.arch.blocks.norm import BatchNormalization
from lib.arch.blocks.pool import AveragePooling2D
from lib.arch.fields import Units
from lib.i18n import N_


def _normalized(parts: Parts, name: str, source: str) -> str:
    """Put a normalization and a ReLU; returns the last id."""
    source = parts.put(f"{name}_bn", BatchNormalization(epsilon=1.001e-5), source)
    return parts.put(f"{name}_relu", Activation(activation="relu"), source)


def _convolution(filters: int, size: int) -> Conv2D:
    return Conv2D(filters=filters, kernel_size=size, padding="same", use_bias=False)


class DenseBlock(CompositeBlock):
    """Convolutions whose outputs stand beside their inputs: (h, w, c) -> (h, w, c + layers * growth_rate)."""

    title: ClassVar[str] = N_("Dense block")
    help: ClassVar[str] = N_("Every convolution adds a few channels to all that were there before: none is lost.")
    reference: ClassVar[str] = "Huang et al. 2017, Densely Connected Convolutional Networks"
    first_config: ClassVar[dict[str, Any]] = {"layers": 3, "growth_rate": 12}

    layers: Annotated[int, Field(ge=1, le=64)] = Field(
        title=N_("Layers"), description=N_("How many convolutions of 3×3, each after one of 1×1")
    )
    growth_rate: Units = Field(
        default=32, title=N_("Growth rate"), description=N_("How many channels each of them adds")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        before = "input"
        for number in range(1, self.layers + 1):
            source = _normalized(parts, f"reduce{number}", before)
            source = parts.put(f"reduce{number}", _convolution(4 * self.growth_rate, 1), source)
            source = _normalized(parts, f"conv{number}", source)
            source = parts.put(f"conv{number}", _convolution(self.growth_rate, 3), source)
            before = parts.put(f"concat{number}", Concatenate(), before, source)
        return tuple(parts)


class Transition(CompositeBlock):
    """Fewer channels by a 1x1 convolution, then half the image by a mean: (h, w, c) -> (h/2, w/2, c * compression)."""

    title: ClassVar[str] = N_("Transition")
    help: ClassVar[str] = N_("Stands between two dense blocks: fewer channels, a smaller image.")
    reference: ClassVar[str] = "Huang et al. 2017, Densely Connected Convolutional Networks"

    compression: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.5, title=N_("Compression"), description=N_("The share of the channels that is left")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = _normalized(parts, "conv", "input")
        source = parts.put("conv", _convolution(max(1, int(shape[2] * self.compression)), 1), source)
        parts.put("pool", AveragePooling2D(pool_size=2), source)
        return tuple(parts)
