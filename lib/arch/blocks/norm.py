"""Normalization and regularization."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Entry, Family, FreeShape, Shape, Weight, shown
from lib.arch.fields import ADVANCED, LARGEST_WINDOW, AxisField, place_of
from lib.errors import UserError
from lib.i18n import N_

Size = Annotated[int, Field(ge=1, le=LARGEST_WINDOW)]


class BatchNormalization(Block):
    """Each channel is scaled to mean 0 and variance 1 over the batch, then scaled and shifted; shapes stay.

    Trainable: gamma and beta. Not trainable: the moving mean and variance that are used after training.
    """

    fixes_rank: ClassVar[bool] = True
    family: ClassVar[Family] = "norm"
    icon: ClassVar[str] = ":material/align_vertical_center:"
    title: ClassVar[str] = N_("BatchNormalization")
    help: ClassVar[str] = N_("Keeps the values of every channel in one range, which makes deep networks train faster.")
    reference: ClassVar[str] = "Ioffe and Szegedy 2015, Batch Normalization"

    axis: Annotated[AxisField, Field(json_schema_extra=ADVANCED)] = -1
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.99, title=N_("Momentum"), description=N_("How slowly the moving mean and variance follow")
    )
    epsilon: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.001,
        title=N_("Epsilon"),
        json_schema_extra=ADVANCED,
        description=N_("Added to the variance, against division by zero"),
    )
    center: bool = Field(
        default=True,
        title=N_("Center"),
        json_schema_extra=ADVANCED,
        description=N_("Learn a shift (beta) for every channel"),
    )
    scale: bool = Field(
        default=True,
        title=N_("Scale"),
        json_schema_extra=ADVANCED,
        description=N_("Learn a factor (gamma) for every channel"),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        if not inputs[0]:
            raise UserError("", N_("expected at least one axis of features"), "()")
        place_of(self.axis, len(inputs[0]))
        return inputs[0]

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        channels = (inputs[0][place_of(self.axis, len(inputs[0]))],)
        learned = [("gamma", self.scale), ("beta", self.center)]
        return (
            *(Weight(name, channels) for name, wanted in learned if wanted),
            Weight("moving_mean", channels, trainable=False),
            Weight("moving_variance", channels, trainable=False),
        )


class Dropout(Block):
    """While training, each value is set to zero with probability `rate` and the rest scaled up; shapes stay."""

    family: ClassVar[Family] = "norm"
    icon: ClassVar[str] = ":material/blur_on:"
    title: ClassVar[str] = N_("Dropout")
    help: ClassVar[str] = N_("Silences random values while training, so that the network does not lean on a few.")
    reference: ClassVar[str] = "Srivastava et al. 2014, Dropout"
    first_config: ClassVar[dict[str, Any]] = {"rate": 0.5}

    rate: Annotated[float, Field(ge=0, lt=1)] = Field(
        title=N_("Rate"), description=N_("The share of values that is set to zero")
    )
    noise_shape: Annotated[tuple[Size | None, ...], Field(min_length=1, max_length=5)] | None = Field(
        default=None,
        title=N_("Noise shape"),
        json_schema_extra=ADVANCED,
        description=N_("Sizes with the batch first: 1 keeps or silences all along an axis, ? each by itself"),
    )

    @classmethod
    def entries(cls) -> tuple[Entry, ...]:
        whole = Entry(
            N_("Stochastic depth"),
            N_("Skips a whole branch for some images while training. Put it before the sum of a residual block."),
            "Huang et al. 2016, Deep Networks with Stochastic Depth",
            cls(rate=0.1, noise_shape=(None, 1, 1, 1)),
        )
        return (*super().entries(), whole)

    def output_shape(self, *inputs: Shape) -> Shape:
        if self.rate and self.noise_shape is not None and not _spreads(self.noise_shape, inputs[0]):
            raise UserError(
                "noise_shape",
                N_("expected ? or 1 for the batch, then ?, 1 or the size for each axis of {shape}"),
                shown(self.noise_shape),
                shape=shown(inputs[0]),
            )
        return inputs[0]


def _spreads(noise: FreeShape, shape: Shape) -> bool:
    """Whether noise of this shape can be repeated to a batch of `shape`: aligned at the last axis, as NumPy does."""
    whole: FreeShape = (None, *shape)
    ahead = len(whole) - len(noise)
    return ahead >= 0 and all(
        size == 1 or (whole[axis] if size is None else size) == whole[ahead + axis] for axis, size in enumerate(noise)
    )
