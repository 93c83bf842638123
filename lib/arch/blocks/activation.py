"""Activation functions as layers of their own; shapes stay."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Family, FreeShape, Shape, Weight
from lib.arch.fields import AxisField, place_of
from lib.arch.own_activation import ActivationChoice
from lib.arch.view import Views, apart
from lib.errors import UserError
from lib.i18n import N_

Axis = Annotated[int, Field(ge=1, le=4)]
Slope = Annotated[float, Field(ge=0, le=10)]
SlopeField = Annotated[
    Slope, Field(title=N_("Negative slope"), description=N_("What negative values are multiplied by"))
]

_ALONG_THE_CHANNELS = frozenset({"softmax", "log_softmax", "sparsemax"})


class _Activation(Block):
    """What the activation layers share: they keep the shape."""

    family: ClassVar[Family] = "activation"
    icon: ClassVar[str] = ":material/show_chart:"

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


class Activation(_Activation):
    """Any activation function of Keras by its name, or one of one's own."""

    title: ClassVar[str] = N_("Activation")
    help: ClassVar[str] = N_("Any activation function as a layer of its own, for example after BatchNormalization.")
    reference: ClassVar[str] = "Misra 2019, Mish; Ramachandran et al. 2017, Searching for Activation Functions"
    first_config: ClassVar[dict[str, Any]] = {"activation": "relu"}

    activation: ActivationChoice = Field(
        title=N_("Activation"), description=N_("The function, by its Keras name, or one of your own")
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        if not inputs[0] and self.activation in _ALONG_THE_CHANNELS:
            raise UserError("", N_("expected at least one axis of features"), "()")
        return inputs[0]


class ReLU(_Activation):
    """max(0, x), with an upper bound, a slope and a threshold if wanted."""

    title: ClassVar[str] = N_("ReLU")
    help: ClassVar[str] = N_("Cuts negative values to zero. With a maximum of 6 it is the ReLU6 of MobileNet.")
    reference: ClassVar[str] = "Nair and Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines"

    max_value: Annotated[float, Field(ge=0, le=1e6)] | None = Field(
        default=None, title=N_("Upper bound"), description=N_("Values above it are cut; none has no bound")
    )
    negative_slope: SlopeField = 0.0
    threshold: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=0.0, title=N_("Threshold"), description=N_("Values below it count as negative")
    )


class LeakyReLU(_Activation):
    """x where it is positive, `negative_slope` times x where not."""

    title: ClassVar[str] = N_("LeakyReLU")
    help: ClassVar[str] = N_("Like ReLU, but negative values keep a small slope, so that no unit dies.")
    reference: ClassVar[str] = "Maas et al. 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models"

    negative_slope: SlopeField = 0.3


class PReLU(_Activation):
    """x where it is positive, a learned slope times x where not: one slope for every value, or shared along axes."""

    fixes_rank: ClassVar[bool] = True
    title: ClassVar[str] = N_("PReLU")
    help: ClassVar[str] = N_("A LeakyReLU that learns its slope. For images share axes 1 and 2: one slope a channel.")
    reference: ClassVar[str] = "He et al. 2015, Delving Deep into Rectifiers"

    shared_axes: Annotated[tuple[Axis, ...], Field(min_length=1, max_length=4)] | None = Field(
        default=None,
        title=N_("Shared axes"),
        description=N_("Axes along which one slope serves, counted with the batch as axis 0, as in 1, 2"),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        rank = len(inputs[0])
        if self.shared_axes and max(self.shared_axes) > rank:
            raise UserError(
                "shared_axes",
                N_("expected an axis of the inputs, from 1 to {rank}"),
                max(self.shared_axes),
                rank=rank,
            )
        return inputs[0]

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        shared = self.shared_axes or ()
        return (Weight("alpha", tuple(1 if axis in shared else n for axis, n in enumerate(inputs[0], 1))),)


class ELU(_Activation):
    """x where it is positive, alpha * (exp(x) - 1) where not."""

    title: ClassVar[str] = N_("ELU")
    help: ClassVar[str] = N_("Like ReLU, but negative values bend smoothly towards a bound.")
    reference: ClassVar[str] = "Clevert et al. 2015, Exponential Linear Units"

    alpha: Slope = Field(default=1.0, title=N_("Alpha"), description=N_("The bound for negative values is -alpha"))


class Softmax(_Activation):
    """exp(x) / sum(exp(x)) along one axis: positive values that sum to 1."""

    title: ClassVar[str] = N_("Softmax")
    help: ClassVar[str] = N_("Turns scores into probabilities that sum to 1 along an axis.")
    reference: ClassVar[str] = "Bridle 1990, Probabilistic Interpretation of Feedforward Network Outputs"

    axis: AxisField = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        if not inputs[0]:
            raise UserError("", N_("expected at least one axis of features"), "()")
        place_of(self.axis, len(inputs[0]))
        return inputs[0]

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (apart(output, (place_of(self.axis, len(output)),)),)
