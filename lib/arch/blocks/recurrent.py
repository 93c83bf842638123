"""Recurrent layers: they read a sequence step by step and remember."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import SEQUENCE_EXPECTED, Block, Family, FreeShape, Shape, Weight, expect_rank
from lib.arch.fields import (
    ADVANCED,
    InitializerField,
    InitializerName,
    RegularizerField,
    Units,
    UseBiasField,
)
from lib.arch.own_activation import ActivationChoice
from lib.arch.view import ALL, Views
from lib.i18n import N_

UnitsField = Annotated[Units, Field(title=N_("Units"), description=N_("How many numbers it remembers: its outputs"))]
StateActivationField = Annotated[
    ActivationChoice | None,
    Field(title=N_("Activation"), description=N_("Applied to what is remembered"), json_schema_extra=ADVANCED),
]
GateActivationField = Annotated[
    ActivationChoice | None,
    Field(title=N_("Recurrent activation"), description=N_("Applied to the gates"), json_schema_extra=ADVANCED),
]
RecurrentInitializerField = Annotated[
    Literal["orthogonal", InitializerName],
    Field(
        title=N_("Recurrent initializer"),
        description=N_("How the weights of the memory start"),
        json_schema_extra=ADVANCED,
    ),
]
DropoutField = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title=N_("Dropout"),
        description=N_("The share of inputs that is silenced while training"),
        json_schema_extra=ADVANCED,
    ),
]
RecurrentDropoutField = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title=N_("Recurrent dropout"),
        description=N_("The share of the memory that is silenced while training"),
        json_schema_extra=ADVANCED,
    ),
]
SequencesField = Annotated[
    bool, Field(title=N_("Return sequences"), description=N_("An output for every step; otherwise only for the last"))
]
BackwardsField = Annotated[
    bool, Field(title=N_("Go backwards"), description=N_("Reads from the last step on"), json_schema_extra=ADVANCED)
]


class Recurrent(Block):
    """What the recurrent layers share: (steps, c) -> (units,), or (steps, units) with `return_sequences`."""

    family: ClassVar[Family] = "sequence"
    icon: ClassVar[str] = ":material/sync:"
    first_config: ClassVar[dict[str, Any]] = {"units": 32}
    fixes_rank: ClassVar[bool] = True

    def activated(self, output: FreeShape) -> FreeShape:
        # One step of the memory.
        return output[-1:]

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        # The last step sees all steps, and the others those on one side: no window is the same for all.
        return (ALL,)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        # Every kernel element once for every step, whether its output is kept or not.
        return tuple((inputs[0][0], *weight.shape) for weight in weights if weight.name.endswith("kernel"))


def _shape(shape: Shape, units: int, sequences: bool) -> Shape:
    expect_rank(shape, 2, SEQUENCE_EXPECTED)
    return (shape[0], units) if sequences else (units,)


def _weights(features: int, units: int, gates: int, bias: Shape | None) -> tuple[Weight, ...]:
    """The weights of a recurrent layer whose cell has so many `gates`."""
    kernels = (Weight("kernel", (features, gates * units)), Weight("recurrent_kernel", (units, gates * units)))
    return kernels if bias is None else (*kernels, Weight("bias", bias))


class SimpleRNN(Recurrent):
    """h = activation(x W + h U + b), step by step."""

    title: ClassVar[str] = N_("SimpleRNN")
    help: ClassVar[str] = N_("Reads a sequence and remembers one row of numbers. Forgets after a few steps.")
    reference: ClassVar[str] = "Elman 1990, Finding Structure in Time"

    units: UnitsField
    activation: StateActivationField = "tanh"
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    recurrent_initializer: RecurrentInitializerField = "orthogonal"
    kernel_regularizer: RegularizerField = None
    dropout: DropoutField = 0.0
    recurrent_dropout: RecurrentDropoutField = 0.0
    return_sequences: SequencesField = False
    go_backwards: BackwardsField = False

    def output_shape(self, *inputs: Shape) -> Shape:
        return _shape(inputs[0], self.units, self.return_sequences)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return _weights(inputs[0][1], self.units, 1, (self.units,) if self.use_bias else None)


class LSTM(Recurrent):
    """A memory with gates for input, forgetting and output: 4 * ((c + units) * units + units) parameters."""

    title: ClassVar[str] = N_("LSTM")
    help: ClassVar[str] = N_("Reads a sequence and decides what to keep and what to forget. Remembers for long.")
    reference: ClassVar[str] = "Hochreiter and Schmidhuber 1997, Long Short-Term Memory"

    units: UnitsField
    activation: StateActivationField = "tanh"
    recurrent_activation: GateActivationField = "sigmoid"
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    recurrent_initializer: RecurrentInitializerField = "orthogonal"
    unit_forget_bias: bool = Field(
        default=True,
        title=N_("Unit forget bias"),
        description=N_("Starts the forget gate at 1: at first it remembers"),
        json_schema_extra=ADVANCED,
    )
    kernel_regularizer: RegularizerField = None
    dropout: DropoutField = 0.0
    recurrent_dropout: RecurrentDropoutField = 0.0
    return_sequences: SequencesField = False
    go_backwards: BackwardsField = False

    def output_shape(self, *inputs: Shape) -> Shape:
        return _shape(inputs[0], self.units, self.return_sequences)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return _weights(inputs[0][1], self.units, 4, (4 * self.units,) if self.use_bias else None)


class GRU(Recurrent):
    """A memory with gates for update and reset; with `reset_after` it has a second bias, for its memory."""

    title: ClassVar[str] = N_("GRU")
    help: ClassVar[str] = N_("Does the work of an LSTM with three quarters of its parameters.")
    reference: ClassVar[str] = "Cho et al. 2014, Learning Phrase Representations using RNN Encoder-Decoder"

    units: UnitsField
    activation: StateActivationField = "tanh"
    recurrent_activation: GateActivationField = "sigmoid"
    use_bias: UseBiasField = True
    kernel_initializer: InitializerField = "glorot_uniform"
    recurrent_initializer: RecurrentInitializerField = "orthogonal"
    kernel_regularizer: RegularizerField = None
    dropout: DropoutField = 0.0
    recurrent_dropout: RecurrentDropoutField = 0.0
    return_sequences: SequencesField = False
    go_backwards: BackwardsField = False
    reset_after: bool = Field(
        default=True,
        title=N_("Reset after"),
        description=N_("Whether the reset gate comes after the product with the memory's weights"),
        json_schema_extra=ADVANCED,
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        return _shape(inputs[0], self.units, self.return_sequences)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        bias = (2, 3 * self.units) if self.reset_after else (3 * self.units,)
        return _weights(inputs[0][1], self.units, 3, bias if self.use_bias else None)
