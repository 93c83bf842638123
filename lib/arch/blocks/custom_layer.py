"""The layer with weights that a student makes: declared in a form, computed by a formula."""

from typing import Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Call, Family, FreeShape, Shape, Weight
from lib.arch.own_formula import MOST_INPUTS, keeps_positions, outermost, products
from lib.arch.own_layer import OwnLayer
from lib.arch.view import Views, kept
from lib.i18n import N_


class CustomLayer(Block):
    """A layer with weights of one's own: (shapes) -> the shape of its formula's result."""

    family: ClassVar[Family] = "custom"
    icon: ClassVar[str] = ":material/handyman:"
    most_inputs: ClassVar[int | None] = MOST_INPUTS
    separate_inputs: ClassVar[bool] = True
    title: ClassVar[str] = N_("Layer of your own")
    help: ClassVar[str] = N_(
        "A layer with weights that you declare and a formula that uses them: here a Dense, to be changed."
    )
    reference: ClassVar[str] = "Rosenblatt 1958, The Perceptron"
    first_config: ClassVar[dict[str, Any]] = {
        "layer": {
            "name": "MyLayer",
            "weights": (
                {"name": "kernel", "shape": "channels, units"},
                {"name": "bias", "shape": "units", "initializer": "zeros"},
            ),
            "numbers": ({"name": "units", "value": 64, "least": 1, "most": 65_536},),
            "call": "relu(tf.matmul(x, self.kernel) + self.bias)",
        }
    }

    layer: OwnLayer = Field(title=N_("Layer"), description=N_("This one, or another that you have made"))

    def output_shape(self, *inputs: Shape) -> Shape:
        result = self.layer.checked(*inputs).result
        return tuple(size for size in result.shape[1:] if isinstance(size, int))

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return self.layer.declared(*inputs)

    def last_function(self, *inputs: FreeShape) -> str | None:
        return outermost(self.layer.checked(*inputs))

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        return products(self.layer.checked(*inputs))

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        if keeps_positions(self.layer.checked(*inputs)):
            return kept(inputs, output)
        return N_("its formula mixes or moves positions")

    def keras(self) -> Call:
        return Call("own.CustomFormulaLayer", {"layer": self.layer.model_dump_json()})
