"""Activation functions as layers of their own; shapes stay."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Family, Shape
from lib.arch.fields import ActivationName
from lib.errors import UserError
from lib.i18n import N_

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
    """Any activation function of Keras by its name."""

    title: ClassVar[str] = N_("Activation")
    help: ClassVar[str] = N_("Any activation function as a layer of its own, for example after BatchNormalization.")
    reference: ClassVar[str] = "Misra 2019, Mish; Ramachandran et al. 2017, Searching for Activation Functions"
    first_config: ClassVar[dict[str, Any]] = {"activation": "relu"}

    activation: ActivationName = Field(title=N_("Activation"), description=N_("The function, by its Keras name"))

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
        default=None, title=N_("Maximum"), description=N_("Values above it are cut; none has no bound")
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
