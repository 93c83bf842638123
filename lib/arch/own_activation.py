"""An activation of one's own: a name and a formula that stand where a name of Keras can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from lib.arch.block import Block, Call, FreeShape
from lib.arch.own_formula import checked, keeps_positions
from lib.errors import UserError
from lib.formula import Checked, FormulaError
from lib.formula.fields import FormulaText, OwnName
from lib.formula.tensor import MOST_ELEMENTS, shown
from lib.formula.values import AsFloat
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
KERAS_OWN: Final = frozenset({
    *ACTIVATIONS, "glu", "threshold", "get", "serialize", "deserialize", "types", "keras_export", "activations",
    "object_registration", "serialization_lib",
})  # fmt: skip
"""What Keras takes for something else when it reads the name of an activation from a file."""


def _free(name: str) -> str:
    if name in KERAS_OWN:
        raise UserError("", N_("expected a name that no activation of Keras has"), name)
    return name


class OwnActivation(BaseModel):
    """A function of each position by itself that keeps the shape, as `x * tanh(softplus(x))`; channels may mix."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[OwnName, AfterValidator(_free)] = Field(
        title=N_("Name"), description=N_("What it is called, in the exported code too")
    )
    formula: FormulaText = Field(title=N_("Formula"), description=N_("`x` is what comes in; its shape is kept"))

    def __str__(self) -> str:
        return self.name

    def keras(self) -> Call:
        """The Keras object that this is."""
        return Call("own.FormulaActivation", {"name": self.name, "formula": self.formula})

    def checked(self, shape: FreeShape) -> Checked:
        """The formula of an input of `shape`, which comes without the batch; its result holds numbers.

        Raises:
            FormulaError: it cannot be computed, or is no activation.
        """
        size = prod(1 if known is None else known for known in shape)
        # What comes in may be larger than a formula can make it: here nothing says which of its sizes are free.
        found = checked(self.formula, (shape,), max(MOST_ELEMENTS, _MORE * size))
        place = found.formula.lines[-1].place
        if found.result.shape != found.names["x"].shape:
            raise FormulaError(place, N_("expected the shape that comes in, {shape}, which activations keep"),
                               shown(found.result.shape), shape=shown(found.names["x"].shape))  # fmt: skip
        if not keeps_positions(found):
            raise FormulaError(place, N_("expected an activation, which computes every position by itself"))
        if found.result.dtype == "float":
            return found
        return replace(found, lines=(*found.lines[:-1], (None, AsFloat(found.lines[-1][1]))))


def named_or_own(value: Any) -> str:
    """Which of both a value is meant to be, for pydantic."""
    return OWN if isinstance(value, dict | OwnActivation) else NAMED


_PLAIN: Final = frozenset({int, float, bool, str, tuple, type(None)})
_MORE: Final = 4
"""So many times the numbers that come in may stand in a formula on the way."""

OWN: Final = "of one's own"
NAMED: Final = "by name"
ActivationChoice = Annotated[
    Annotated[ActivationName, Tag(NAMED)] | Annotated[OwnActivation, Tag(OWN)], Discriminator(named_or_own)
]
"""A name of Keras or an activation of one's own."""


def own_activations(block: Block) -> Iterator[tuple[str, OwnActivation]]:
    """Those in the fields of a block, and of a block in its fields, with the names of the fields."""
    for field, value in vars(block).items():
        # Most fields, for every layer of every network that is counted: asking for their classes takes longer.
        if type(value) in _PLAIN:
            continue
        if isinstance(value, OwnActivation):
            yield field, value
        elif isinstance(value, Block):
            yield from ((f"{field}.{inner}", activation) for inner, activation in own_activations(value))


def expect_activations_fit(block: Block, output: FreeShape) -> None:
    """Refuse activations of one's own that do not suit a block that gives `output`.

    Raises:
        FormulaError: with the field as its place.
    """
    for field, activation in own_activations(block):
        try:
            activation.checked(block.activated(output))
        except FormulaError as error:
            raise error.within(field) from None


def within_part(error: UserError, block: Block, part: str) -> UserError:
    """A mistake in a part of a composite, as one of the composite: of its own activation, or else at the part."""
    own = [field for field, _activation in own_activations(block)]
    if own and isinstance(error, FormulaError):
        return FormulaError.at(error.place, error).within(own[0])
    return error.within(part)
