"""Blocks that a student makes: what they compute is written as a formula."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Call, Family, FreeShape, Shape, Weight
from lib.arch.fields import MULTILINE
from lib.arch.own_formula import MOST_INPUTS, checked, keeps_positions, outermost, products
from lib.arch.view import Views, kept
from lib.formula import FormulaError
from lib.formula.fields import FormulaText
from lib.i18n import N_

FormulaField = Annotated[
    FormulaText,
    Field(
        title=N_("Formula"),
        description=N_(
            "`x` is the input; several inputs are `x1`, `x2` and so on. Lines before the last name what it uses, as "
            "in `y = x * 2`. Examples: `x * ops.tanh(ops.softplus(x))`, `ops.concatenate([x1, x2], axis=-1)`, "
            "`x[..., ::-1]`"
        ),
        json_schema_extra=MULTILINE,
    ),
]


class Lambda(Block):
    """A function of one input or several, written as a formula; it has no weights. It is no Lambda of Keras, which
    holds code: of this one only the text is kept, and checked before anything is computed."""

    family: ClassVar[Family] = "custom"
    icon: ClassVar[str] = ":material/function:"
    most_inputs: ClassVar[int | None] = MOST_INPUTS
    separate_inputs: ClassVar[bool] = True
    title: ClassVar[str] = N_("Lambda")
    help: ClassVar[str] = N_("A function of your own without weights, as a formula: here Mish, to be changed.")
    reference: ClassVar[str] = "Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function"
    first_config: ClassVar[dict[str, Any]] = {"formula": "x * ops.tanh(ops.softplus(x))"}

    formula: FormulaField

    def output_shape(self, *inputs: Shape) -> Shape:
        try:
            result = checked(self.formula, inputs).result
        except FormulaError as error:
            raise error.within("formula") from None
        return tuple(size for size in result.shape[1:] if isinstance(size, int))

    def last_function(self, *inputs: FreeShape) -> str | None:
        return outermost(checked(self.formula, inputs))

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        return products(checked(self.formula, inputs))

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        if keeps_positions(checked(self.formula, inputs)):
            return kept(inputs, output)
        return N_("its formula mixes or moves positions")

    def keras(self) -> Call:
        return Call("own.FormulaLayer", {"formula": self.formula})
