"""A layer of one's own: weights and numbers that are declared, and what is computed with them as a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, field_validator, model_validator

from lib.arch.block import FreeShape, Shape, Weight
from lib.arch.fields import ADVANCED, MULTILINE, Initializer, InitializerName, Number, Regularizer
from lib.arch.own_formula import checked
from lib.arch.own_sizes import AXES, axis_names, sizes
from lib.errors import UserError
from lib.formula import Checked, FormulaError
from lib.formula.fields import FormulaText, OwnName
from lib.formula.tensor import MOST_ELEMENTS, elements
from lib.i18n import N_

MOST_WEIGHTS: Final = 8
MOST_NUMBERS: Final = 8
# What a layer of Keras has already, and what the exported code calls something else.
RESERVED: Final = frozenset({
    "activity_regularizer", "add_loss", "add_metric", "add_variable", "add_weight", "autocast", "build",
    "build_from_config", "built", "call", "call_signature_parameters", "compute_dtype", "compute_mask",
    "compute_output_shape", "compute_output_spec", "count_params", "dtype", "dtype_policy", "from_config",
    "get_build_config", "get_config", "get_weights", "input", "input_dtype", "input_spec", "load_own_variables",
    "losses", "metrics", "metrics_variables", "name", "non_trainable_variables", "non_trainable_weights",
    "output", "path", "quantization_mode", "quantize", "quantized_build", "quantized_call", "rematerialized_call",
    "save_own_variables", "set_weights", "stateless_call", "supports_jit", "supports_masking", "symbolic_call",
    "trainable", "trainable_variables", "trainable_weights", "variable_dtype", "variables", "weights", "epsilon",
    "inputs", "input_shape", "kwargs", "pi", "self", "super",
})  # fmt: skip


class _Part(BaseModel):
    """A part of a layer of one's own that has a name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    name: OwnName = Field(title=N_("Name"), description=N_("As the formula calls it: `kernel` or `self.kernel`"))

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in RESERVED or name in AXES or re.fullmatch(r"dim[0-9]+|x[0-9]*", name):
            raise UserError("", N_("expected a name that means nothing else in a layer"), name)
        return name


class OwnWeight(_Part):
    """One weight of a layer of one's own. Its shape is written as "channels, units"."""

    first_name: ClassVar[str] = "w"

    shape: Annotated[str, Field(max_length=200)] = Field(
        default="channels",
        title=N_("Shape"),
        description=N_(
            "Sizes with commas: whole numbers, your own ones, `channels` (also `features`), `height`, `width`, "
            "`steps`, `frames`, `dim1` and so on, with + - * //; nothing for a single number. `x2.channels` is of "
            "the second input"
        ),
    )
    initializer: InitializerName | Initializer = Field(
        default="glorot_uniform", title=N_("Initializer"), description=N_("How its numbers start")
    )
    trainable: bool = Field(
        default=True, title=N_("Trained"), description=N_("Whether training changes it"), json_schema_extra=ADVANCED
    )
    regularizer: Regularizer | None = Field(
        default=None,
        title=N_("Regularizer"),
        description=N_("A penalty on large numbers, added to the loss"),
        json_schema_extra=ADVANCED,
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.shape})"


def _short(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


Quantity = Annotated[Number, PlainSerializer(_short)]


class OwnNumber(_Part):
    """One number that whoever uses the layer sets, within bounds; `units` of a Dense is one."""

    first_name: ClassVar[str] = "n"

    value: Quantity = Field(default=1.0, title=N_("Value"), description=N_("What it is here"))
    least: Quantity | None = Field(
        default=None, title=N_("Least"), description=N_("The smallest that it can be"), json_schema_extra=ADVANCED
    )
    most: Quantity | None = Field(
        default=None, title=N_("Most"), description=N_("The largest that it can be"), json_schema_extra=ADVANCED
    )
    whole: bool = Field(default=True, title=N_("Whole"), description=N_("Whole numbers can stand in shapes"))

    def __str__(self) -> str:
        return f"{self.name} = {self.value:g}"

    @property
    def number(self) -> float | int:
        """Its value, as Python writes it."""
        return int(self.value) if self.whole else self.value

    @model_validator(mode="after")
    def _within(self) -> OwnNumber:
        if self.whole and not self.value.is_integer():
            raise UserError("", N_("expected a whole number"), f"{self.value:g}")
        if self.least is not None and self.value < self.least:
            raise UserError("", N_("expected a number of at least {ge}"), f"{self.value:g}", ge=f"{self.least:g}")
        if self.most is not None and self.value > self.most:
            raise UserError("", N_("expected a number of at most {le}"), f"{self.value:g}", le=f"{self.most:g}")
        return self


class OwnLayer(BaseModel):
    """What a layer of one's own is: the class that the exported code has under `name`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: OwnName = Field(default="MyLayer", title=N_("Class"), description=N_("What the layer is called in the code"))
    weights: Annotated[tuple[OwnWeight, ...], Field(strict=False, max_length=MOST_WEIGHTS)] = Field(
        default=(),
        title=N_("Weights"),
        description=N_("What the layer learns"),
        json_schema_extra={"add": N_("Add a weight")},
    )
    numbers: Annotated[tuple[OwnNumber, ...], Field(strict=False, max_length=MOST_NUMBERS)] = Field(
        default=(),
        title=N_("Numbers of its own"),
        description=N_("What can be set where the layer is used"),
        json_schema_extra={"add": N_("Add a number")},
    )
    call: FormulaText = Field(
        title=N_("Call"),
        description=N_(
            "What it computes: `x` is the input, several are `x1`, `x2` and so on; weights and numbers by their names, "
            "as `self.kernel` or `kernel`. Lines before the last name what it uses"
        ),
        json_schema_extra=MULTILINE,
    )

    def __str__(self) -> str:
        return self.name

    @model_validator(mode="after")
    def _each_name_once(self) -> OwnLayer:
        names = [part.name for part in (*self.weights, *self.numbers)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise UserError("", N_("expected each name once among weights and numbers"), twice)
        return self

    @property
    def formula(self) -> str:
        """What it computes."""
        return self.call

    @property
    def statics(self) -> dict[str, int | float]:
        """Its numbers by their names."""
        return {number.name: number.number for number in self.numbers}

    def shapes(self, *inputs: FreeShape) -> dict[str, Shape]:
        """The shape of every weight for inputs of these shapes.

        Raises:
            UserError: with the weight as its place, when its shape cannot be known.
        """
        whole = {number.name: int(number.value) for number in self.numbers if number.whole}
        known: Mapping[str, int | None] = {**axis_names(inputs), **whole}
        return {weight.name: _shape(weight, known) for weight in self.weights}

    def declared(self, *inputs: FreeShape) -> tuple[Weight, ...]:
        """Its weights in Keras's order, in which those that are not trained come last."""
        shapes = self.shapes(*inputs)
        ordered = sorted(self.weights, key=lambda weight: not weight.trainable)
        return tuple(Weight(weight.name, shapes[weight.name], weight.trainable) for weight in ordered)

    def checked(self, *inputs: FreeShape, shapes: Mapping[str, Shape] | None = None) -> Checked:
        """What it computes of inputs of these shapes; `shapes` are those that its weights have already.

        Raises:
            UserError: with the weight or "call" as its place.
        """
        own = self.shapes(*inputs) if shapes is None else shapes
        try:
            return checked(self.call, inputs, weights=tuple(own.items()), statics=tuple(self.statics.items()))
        except FormulaError as error:
            raise error.within("call") from None

    def without_gradient(self, *inputs: FreeShape) -> dict[str, FormulaError]:
        """The weights that shall be trained and get no gradient, and why.

        Raises:
            UserError: as `checked`.
        """
        why_not = self.checked(*inputs).why_not
        return {weight.name: why_not[weight.name] for weight in self.weights
                if weight.trainable and weight.name in why_not}  # fmt: skip


def _shape(weight: OwnWeight, known: Mapping[str, int | None]) -> Shape:
    place = f"weights.{weight.name}"
    try:
        shape = sizes(weight.shape, known)
    except FormulaError as error:
        raise error.within(place) from None
    if weight.initializer == "orthogonal" and len(shape) < 2:
        raise UserError(place, N_("expected at least two sizes for the initializer orthogonal"), weight.shape)
    if elements(shape) > MOST_ELEMENTS:
        raise UserError(place, N_("expected at most {most} numbers in a weight"), str(elements(shape)),
                        most=f"{MOST_ELEMENTS:,}")  # fmt: skip
    return shape
