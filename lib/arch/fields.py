"""Types that the fields of many blocks share: activations, initializers, regularizers, window sizes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lib.arch.block import Call
from lib.arch.own_activation import ActivationChoice
from lib.errors import UserError
from lib.i18n import N_

InitializerName = Literal[
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "random_uniform",
    "random_normal",
    "truncated_normal",
    "orthogonal",
    "zeros",
    "ones",
]

LARGEST_WIDTH: Final = 65_536
LARGEST_WINDOW: Final = 1_024

Units = Annotated[int, Field(ge=1, le=LARGEST_WIDTH)]
Window = Annotated[int, Field(ge=1, le=LARGEST_WINDOW)]
Pair = Window | tuple[Window, Window]
"""One number for height and width, or both."""
Factor = Annotated[float, Field(ge=0, le=10)]
Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Deviation = Annotated[float, Field(ge=0, le=1e3)]


class _Named(BaseModel):
    """A Keras object with fields: its class is named as Keras's, and so is its constant `name` for JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    _module: ClassVar[str]

    def keras(self) -> Call:
        """The Keras object that this is."""
        arguments: dict[str, Any] = {n: getattr(self, n) for n in type(self).model_fields if n != "name"}
        return Call(f"{self._module}.{type(self).__name__}", arguments)


class _Initializer(_Named):
    _module: ClassVar[str] = "initializers"


class _Regularizer(_Named):
    _module: ClassVar[str] = "regularizers"


class VarianceScaling(_Initializer):
    """Random weights whose variance is `scale` over the number of inputs, of outputs, or their mean."""

    name: Literal["VarianceScaling"] = "VarianceScaling"
    scale: Annotated[float, Field(gt=0, le=1e3)] = Field(default=1.0, title=N_("Scale"))
    mode: Literal["fan_in", "fan_out", "fan_avg"] = Field(default="fan_in", title=N_("Mode"))
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = Field(
        default="truncated_normal", title=N_("Distribution")
    )


class Constant(_Initializer):
    """Every weight starts at `value`."""

    name: Literal["Constant"] = "Constant"
    value: Number = Field(default=0.0, title=N_("Value"))


class RandomNormal(_Initializer):
    """Random weights of this mean and standard deviation."""

    name: Literal["RandomNormal"] = "RandomNormal"
    mean: Number = Field(default=0.0, title=N_("Mean"))
    stddev: Deviation = Field(default=0.05, title=N_("Standard deviation"))


class TruncatedNormal(_Initializer):
    """The same, with values of more than two standard deviations drawn again."""

    name: Literal["TruncatedNormal"] = "TruncatedNormal"
    mean: Number = Field(default=0.0, title=N_("Mean"))
    stddev: Deviation = Field(default=0.05, title=N_("Standard deviation"))


class RandomUniform(_Initializer):
    """Random weights between two values."""

    name: Literal["RandomUniform"] = "RandomUniform"
    minval: Number = Field(default=-0.05, title=N_("Smallest"))
    maxval: Number = Field(default=0.05, title=N_("Largest"))


class L1(_Regularizer):
    """Adds `l1` times the sum of the absolute weights to the loss."""

    name: Literal["L1"] = "L1"
    l1: Factor = Field(default=0.01, title=N_("L1 factor"))


class L2(_Regularizer):
    """Adds `l2` times the sum of the squared weights to the loss."""

    name: Literal["L2"] = "L2"
    l2: Factor = Field(default=0.01, title=N_("L2 factor"))


class L1L2(_Regularizer):
    """Adds both penalties to the loss."""

    name: Literal["L1L2"] = "L1L2"
    l1: Factor = Field(default=0.01, title=N_("L1 factor"))
    l2: Factor = Field(default=0.01, title=N_("L2 factor"))


Regularizer = Annotated[L1 | L2 | L1L2, Field(discriminator="name")]
Initializer = Annotated[
    VarianceScaling | Constant | RandomNormal | TruncatedNormal | RandomUniform, Field(discriminator="name")
]

ADVANCED: Final[dict[str, Any]] = {"advanced": True}
"""Marks a field that the form keeps behind "More options"."""

MULTILINE: Final[dict[str, Any]] = {"multiline": True}
"""Marks a field of text that has several lines."""

ActivationField = Annotated[
    ActivationChoice | None, Field(title=N_("Activation"), description=N_("Applied to the output; none is linear"))
]
UseBiasField = Annotated[
    bool, Field(title=N_("Use bias"), description=N_("Adds one learned number per output channel"))
]
InitializerField = Annotated[
    InitializerName | Initializer,
    Field(title=N_("Kernel initializer"), description=N_("How the weights start"), json_schema_extra=ADVANCED),
]
BiasInitializerField = Annotated[
    Literal["zeros", "ones", "random_uniform", "random_normal", "truncated_normal"] | Initializer,
    Field(title=N_("Bias initializer"), description=N_("How the biases start"), json_schema_extra=ADVANCED),
]
AxisField = Annotated[
    Literal[-1, 1, 2, 3],
    Field(title=N_("Axis"), description=N_("Counted with the batch as axis 0; -1 is the last, the channels")),
]


def _ascending(axes: tuple[int, ...]) -> tuple[int, ...]:
    """Each axis once, in the order in which Keras sorts them itself."""
    return tuple(sorted(set(axes)))


Axes = (
    Literal[-1, 1, 2, 3, 4]
    | Annotated[tuple[Literal[1, 2, 3, 4], ...], AfterValidator(_ascending), Field(min_length=1, max_length=4)]
)
"""One axis or several. Of several none is -1: Keras sorts them by number and would take the last for the first."""
AxesField = Annotated[
    Axes,
    Field(
        title=N_("Axis"),
        description=N_("One or several, counted with the batch as axis 0; -1 is the last, the channels"),
        json_schema_extra=ADVANCED,
    ),
]
RegularizerField = Annotated[
    Regularizer | None,
    Field(
        title=N_("Kernel regularizer"),
        description=N_("A penalty on large weights, added to the loss"),
        json_schema_extra=ADVANCED,
    ),
]


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Height and width from a number for both or from the two."""
    return (value, value) if isinstance(value, int) else value


def place_of(axis: int, rank: int, field: str = "axis") -> int:
    """The axis of an example of so many axes, counted from 0, that Keras counts with the batch as axis 0.

    Raises:
        UserError: there is no such axis; `field` is the place where it was set.
    """
    place = axis - 1 if axis > 0 else rank + axis
    if axis == 0 or place not in range(rank):
        raise UserError(field, N_("expected an axis of the inputs, from 1 to {rank}"), axis, rank=rank)
    return place


def places_of(axes: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """The same for one axis or several."""
    return tuple(place_of(axis, rank) for axis in ((axes,) if isinstance(axes, int) else axes))
