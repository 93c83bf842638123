"""Fully connected layers."""

from typing import Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Family, Shape, Weight
from lib.arch.fields import (
    ActivationField,
    BiasInitializerField,
    InitializerField,
    RegularizerField,
    Units,
    UseBiasField,
)
from lib.errors import UserError
from lib.i18n import N_


class Dense(Block):
    """Every output is a weighted sum of every input: (..., n) -> (..., units)."""

    family: ClassVar[Family] = "dense"
    icon: ClassVar[str] = ":material/apps:"
    title: ClassVar[str] = N_("Dense")
    help: ClassVar[str] = N_("Connects every input with every output. Usually the last layers of a classifier.")
    reference: ClassVar[str] = "Rosenblatt 1958, The Perceptron"
    first_config: ClassVar[dict[str, Any]] = {"units": 64, "activation": "relu"}

    units: Units = Field(title=N_("Units"), description=N_("How many outputs the layer has"))
    activation: ActivationField = None
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    bias_initializer: BiasInitializerField = "zeros"
    kernel_regularizer: RegularizerField = None

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if not shape:
            raise UserError("", N_("expected at least one axis of features"), "()")
        return (*shape[:-1], self.units)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (inputs[0][-1], self.units))
        return (kernel, Weight("bias", (self.units,))) if self.use_bias else (kernel,)
