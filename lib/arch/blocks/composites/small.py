"""Small blocks of many networks: gates, 1x1 convolutions, plain layers around a sum."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import IMAGE_EXPECTED, CompositeBlock, Part, Shape, expect_rank
from lib.arch.blocks.composites.base import Parts
from lib.arch.blocks.conv import Conv2D, FiltersField
from lib.arch.blocks.dense import Dense
from lib.arch.blocks.merge import Add, Concatenate, Multiply
from lib.arch.blocks.pool import GlobalAveragePooling2D
from lib.arch.fields import Units, Window
from lib.arch.own_activation import ActivationChoice
from lib.errors import UserError
from lib.i18n import N_

Layers = Annotated[int, Field(ge=1, le=64)]


class SqueezeExcite(CompositeBlock):
    """One mean a channel, two Dense layers, and every channel times the factor between 0 and 1 that they find."""

    title: ClassVar[str] = N_("Squeeze-and-excitation")
    help: ClassVar[str] = N_("Looks at the whole image and turns every channel up or down. Costs next to nothing.")
    reference: ClassVar[str] = "Hu et al. 2018, Squeeze-and-Excitation Networks"

    ratio: Window = Field(
        default=16, title=N_("Ratio"), description=N_("How many times fewer units the first Dense layer has")
    )
    use_bias: bool = Field(default=True, title=N_("Use bias"), description=N_("In both Dense layers"))

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        channels = shape[2]
        squeeze = Dense(units=max(1, channels // self.ratio), activation="relu", use_bias=self.use_bias)
        excite = Dense(units=channels, activation="sigmoid", use_bias=self.use_bias)
        source = parts.put("mean", GlobalAveragePooling2D(keepdims=True), "input")
        source = parts.put("squeeze", squeeze, source)
        source = parts.put("excite", excite, source)
        parts.put("scale", Multiply(), "input", source)
        return tuple(parts)


class Fire(CompositeBlock):
    """1x1 to few channels, then 1x1 and 3x3 side by side: (h, w, c) -> (h, w, expand_1x1 + expand_3x3)."""

    title: ClassVar[str] = N_("Fire")
    help: ClassVar[str] = N_("The block of SqueezeNet: the 3×3 convolutions see only few channels, and cost little.")
    reference: ClassVar[str] = "Iandola et al. 2016, SqueezeNet"
    first_config: ClassVar[dict[str, Any]] = {"squeeze": 16, "expand_1x1": 64, "expand_3x3": 64}

    squeeze: Units = Field(title=N_("Squeeze"), description=N_("1×1 filters at the start"))
    expand_1x1: Units = Field(title=N_("1×1 filters"), description=N_("1×1 filters at the end"))
    expand_3x3: Units = Field(title=N_("3×3 filters"), description=N_("3×3 filters at the end"))
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied after every convolution")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = parts.put("squeeze", _conv(self.squeeze, 1, self.activation), "input")
        left = parts.put("expand_1x1", _conv(self.expand_1x1, 1, self.activation), source)
        right = parts.put("expand_3x3", _conv(self.expand_3x3, 3, self.activation), source)
        parts.put("concat", Concatenate(), left, right)
        return tuple(parts)


class MLPConv(CompositeBlock):
    """A convolution, then 1x1 convolutions: a small network of Dense layers at every pixel."""

    title: ClassVar[str] = N_("MLPConv")
    help: ClassVar[str] = N_("A convolution with a small network behind every pixel, the block of Network in Network.")
    reference: ClassVar[str] = "Lin et al. 2013, Network In Network"
    first_config: ClassVar[dict[str, Any]] = {"filters": 32}

    filters: FiltersField
    kernel_size: Window = Field(default=3, title=N_("Kernel size"), description=N_("Of the first convolution"))
    strides: Window = Field(
        default=1, title=N_("Strides"), description=N_("Of the first convolution; 2 halves the image")
    )
    layers: Layers = Field(default=2, title=N_("Layers"), description=N_("How many 1×1 convolutions follow"))
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied after every convolution")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        parts = Parts()
        source = parts.put("conv", _conv(self.filters, self.kernel_size, self.activation, self.strides), "input")
        for number in range(1, self.layers + 1):
            source = parts.put(f"mlp{number}", _conv(self.filters, 1, self.activation), source)
        return tuple(parts)


def _conv(filters: int, size: int, activation: ActivationChoice, strides: int = 1) -> Conv2D:
    return Conv2D(filters=filters, kernel_size=size, strides=strides, padding="same", activation=activation)


class CNNResidual(CompositeBlock):
    """So many convolutions of equal width, whose result is added to the input."""

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("CNN residual")
    help: ClassVar[str] = N_("Plain convolutions, one after the other, added to their input; channels stay.")
    reference: ClassVar[str] = "He et al. 2015, Deep Residual Learning for Image Recognition"
    first_config: ClassVar[dict[str, Any]] = {"layers": 2, "filters": 32}

    layers: Layers = Field(title=N_("Layers"), description=N_("How many hidden layers, each of equal width"))
    filters: FiltersField
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied after every convolution")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        expect_rank(shape, 3, IMAGE_EXPECTED)
        _expect_width("filters", shape, self.filters)
        parts = Parts()
        source = "input"
        for number in range(1, self.layers + 1):
            source = parts.put(f"conv{number}", _conv(self.filters, 3, self.activation), source)
        parts.put("add", Add(), "input", source)
        return tuple(parts)


class DNNResidual(CompositeBlock):
    """So many Dense layers of equal width, whose result is added to the input."""

    icon: ClassVar[str] = ":material/redo:"
    title: ClassVar[str] = N_("DNN residual")
    help: ClassVar[str] = N_("Plain Dense layers, one after the other, added to their input; the width stays.")
    reference: ClassVar[str] = "He et al. 2015, Deep Residual Learning for Image Recognition"
    first_config: ClassVar[dict[str, Any]] = {"layers": 2, "units": 64}

    layers: Layers = Field(title=N_("Layers"), description=N_("How many hidden layers, each of equal width"))
    units: Units = Field(title=N_("Units"), description=N_("How many outputs each of them has"))
    activation: ActivationChoice = Field(
        default="relu", title=N_("Activation"), description=N_("Applied after every Dense layer")
    )

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        _expect_width("units", shape, self.units)
        parts = Parts()
        source = "input"
        for number in range(1, self.layers + 1):
            source = parts.put(f"dense{number}", Dense(units=self.units, activation=self.activation), source)
        parts.put("add", Add(), "input", source)
        return tuple(parts)


def _expect_width(field: str, shape: Shape, width: int) -> None:
    """Refuse an input that could not be added to layers of `width`."""
    if not shape or shape[-1] != width:
        raise UserError(
            field, N_("expected {channels}, the width of the input"), width, channels=shape[-1] if shape else 1
        )
