"""Normalization of each example by itself, and normalization by known numbers."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Family, FreeShape, Shape, Weight
from lib.arch.fields import ADVANCED, Axes, AxesField, AxisField, Units, place_of, places_of
from lib.arch.view import ALL, SCATTERED, Views, apart
from lib.errors import UserError
from lib.i18n import N_

EpsilonField = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        title=N_("Epsilon"),
        json_schema_extra=ADVANCED,
        description=N_("Added to the variance, against division by zero"),
    ),
]
CenterField = Annotated[
    bool,
    Field(title=N_("Center"), json_schema_extra=ADVANCED, description=N_("Learn a shift (beta) for every channel")),
]
ScaleField = Annotated[
    bool,
    Field(title=N_("Scale"), json_schema_extra=ADVANCED, description=N_("Learn a factor (gamma) for every channel")),
]
Known = Annotated[float, Field(ge=-1e6, le=1e6)]
Positive = Annotated[float, Field(ge=0, le=1e6)]


class _Normalization(Block):
    """What the normalizations share: they keep the shape and work along the channels."""

    fixes_rank: ClassVar[bool] = True
    family: ClassVar[Family] = "norm"
    icon: ClassVar[str] = ":material/align_vertical_center:"

    def output_shape(self, *inputs: Shape) -> Shape:
        if not inputs[0]:
            raise UserError("", N_("expected at least one axis of features"), "()")
        return inputs[0]


def _expect_axes(shape: Shape, axes: int | tuple[int, ...]) -> Shape:
    places_of(axes, len(shape))
    return shape


def _along(shape: Shape, axes: int | tuple[int, ...]) -> Shape:
    """The sizes of `shape` along some axes."""
    return tuple(shape[place] for place in places_of(axes, len(shape)))


def _learned(shape: Shape, center: bool, scale: bool) -> tuple[Weight, ...]:
    return tuple(Weight(name, shape) for name, wanted in (("gamma", scale), ("beta", center)) if wanted)


class LayerNormalization(_Normalization):
    """Each example is scaled to mean 0 and variance 1 along some axes, then scaled and shifted; shapes stay."""

    title: ClassVar[str] = N_("LayerNormalization")
    help: ClassVar[str] = N_("Keeps the values of every example in one range, whatever the batch. Transformers use it.")
    reference: ClassVar[str] = "Ba et al. 2016, Layer Normalization"

    axis: AxesField = -1
    epsilon: EpsilonField = 0.001
    center: CenterField = True
    scale: ScaleField = True

    def output_shape(self, *inputs: Shape) -> Shape:
        return _expect_axes(super().output_shape(*inputs), self.axis)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (apart(output, places_of(self.axis, len(output))),)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return _learned(_along(inputs[0], self.axis), self.center, self.scale)


class GroupNormalization(_Normalization):
    """The channels of each example, split into groups, are scaled to mean 0 and variance 1; shapes stay."""

    title: ClassVar[str] = N_("GroupNormalization")
    help: ClassVar[str] = N_("Does the work of BatchNormalization where batches are too small for it.")
    reference: ClassVar[str] = "Wu and He 2018, Group Normalization"
    first_config: ClassVar[dict[str, Any]] = {"groups": 8}

    groups: Units = Field(
        default=32, title=N_("Groups"), description=N_("How many; they divide the number of channels")
    )
    axis: Annotated[AxisField, Field(json_schema_extra=ADVANCED)] = -1
    epsilon: EpsilonField = 0.001
    center: CenterField = True
    scale: ScaleField = True

    def output_shape(self, *inputs: Shape) -> Shape:
        shape = super().output_shape(*inputs)
        channels = shape[place_of(self.axis, len(shape))]
        if channels % self.groups:
            raise UserError(
                "groups", N_("expected a divisor of the {channels} input channels"), self.groups, channels=channels
            )
        return shape

    def tied(self, *inputs: FreeShape) -> object:
        return len(inputs[0]), inputs[0][place_of(self.axis, len(inputs[0]))]

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        # A group is some channels of all positions.
        return (ALL,) if place_of(self.axis, len(output)) == len(output) - 1 else SCATTERED

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return _learned(_along(inputs[0], self.axis), self.center, self.scale)


class RMSNormalization(_Normalization):
    """Each example is divided by the root of its mean square along the channels, then scaled; shapes stay."""

    title: ClassVar[str] = N_("RMSNormalization")
    help: ClassVar[str] = N_("A cheaper LayerNormalization that does not shift. Large language models use it.")
    reference: ClassVar[str] = "Zhang and Sennrich 2019, Root Mean Square Layer Normalization"

    # Keras has an axis too, but multiplies by the scale along the last axis, whichever that is.
    epsilon: EpsilonField = 1e-6

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return (Weight("scale", inputs[0][-1:]),)


class UnitNormalization(_Normalization):
    """The channels become a vector of length 1; shapes stay."""

    title: ClassVar[str] = N_("UnitNormalization")
    help: ClassVar[str] = N_("Gives every vector the length 1, so that only directions are compared.")
    reference: ClassVar[str] = "Schroff et al. 2015, FaceNet"

    axis: AxesField = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        return _expect_axes(super().output_shape(*inputs), self.axis)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (apart(output, places_of(self.axis, len(output))),)


class Normalization(_Normalization):
    """(x - mean) / sqrt(variance) with numbers known before training; shapes stay.

    Without them Keras keeps them as weights, 0 and 1 at first, with a count of examples.
    """

    title: ClassVar[str] = N_("Normalization")
    help: ClassVar[str] = N_("Shifts and scales the data by a known mean and variance. Without both nothing changes.")
    reference: ClassVar[str] = "LeCun et al. 1998, Efficient BackProp"
    first_config: ClassVar[dict[str, Any]] = {"mean": 0.5, "variance": 0.25}

    axis: Axes | None = Field(
        default=-1,
        title=N_("Axis"),
        json_schema_extra=ADVANCED,
        description=N_("Those with a mean of their own, with the batch as axis 0; none has one mean for everything"),
    )
    mean: Known | Annotated[tuple[Known, ...], Field(min_length=1)] | None = Field(
        default=None, title=N_("Mean"), description=N_("What is subtracted: one number, or one for every channel")
    )
    variance: Positive | Annotated[tuple[Positive, ...], Field(min_length=1)] | None = Field(
        default=None,
        title=N_("Variance"),
        description=N_("Values are divided by its square root: one number, or one for every channel"),
    )
    invert: bool = Field(
        default=False,
        title=N_("Invert"),
        json_schema_extra=ADVANCED,
        description=N_("The other way round: from normalized values to the original ones"),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        if (self.mean is None) != (self.variance is None):
            raise UserError("", N_("expected mean and variance, or neither"))
        kept = () if self.axis is None else _along(super().output_shape(*inputs), self.axis)
        count = len(self.mean) if isinstance(self.mean, tuple) else None
        if count != (len(self.variance) if isinstance(self.variance, tuple) else None):
            raise UserError("variance", N_("expected as many numbers as for the mean"))
        if count is not None and (not kept or count not in (1, kept[-1])):
            raise UserError(
                "mean",
                N_("expected one number, or one for each of {channels}"),
                str(count),
                channels=kept[-1] if kept else 1,
            )
        return inputs[0]

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        if self.mean is not None:
            return ()
        channels = () if self.axis is None else _along(inputs[0], self.axis)
        return (
            Weight("mean", channels, trainable=False),
            Weight("variance", channels, trainable=False),
            Weight("count", (), trainable=False),
        )
