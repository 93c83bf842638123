"""Types that the fields of many blocks share: activations, initializers, regularizers, window sizes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from lib.arch.block import Call
from lib.i18n import N_

# Keras has two more names, which cannot stand alone on a layer: `threshold` needs two arguments, and `glu` halves the
# channels while Keras's own Activation layer reports them unchanged.
ActivationName = Literal[
    "relu",
    "mish",
    "silu",
    "swish",
    "gelu",
    "elu",
    "selu",
    "celu",
    "leaky_relu",
    "relu6",
    "sigmoid",
    "tanh",
    "softmax",
    "softplus",
    "softsign",
    "linear",
    "exponential",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "hard_shrink",
    "soft_shrink",
    "tanh_shrink",
    "log_sigmoid",
    "log_softmax",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
]
ACTIVATIONS: Final[tuple[str, ...]] = get_args(ActivationName)

InitializerName = Literal[
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "random_uniform",
    "random_normal",
]

LARGEST_WIDTH: Final = 65_536
LARGEST_WINDOW: Final = 1_024

Units = Annotated[int, Field(ge=1, le=LARGEST_WIDTH)]
Window = Annotated[int, Field(ge=1, le=LARGEST_WINDOW)]
Pair = Window | tuple[Window, Window]
"""One number for height and width, or both."""
Factor = Annotated[float, Field(ge=0, le=10)]


class _Regularizer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def keras(self) -> Call:
        """The Keras regularizer that this is."""
        arguments: dict[str, Any] = {n: getattr(self, n) for n in type(self).model_fields if n != "name"}
        return Call(f"regularizers.{type(self).__name__}", arguments)


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

ADVANCED: Final[dict[str, Any]] = {"advanced": True}
"""Marks a field that the form keeps behind "More options"."""

ActivationField = Annotated[
    ActivationName | None, Field(title=N_("Activation"), description=N_("Applied to the output; none is linear"))
]
UseBiasField = Annotated[
    bool, Field(title=N_("Use bias"), description=N_("Adds one learned number per output channel"))
]
InitializerField = Annotated[
    InitializerName,
    Field(title=N_("Kernel initializer"), description=N_("How the weights start"), json_schema_extra=ADVANCED),
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
