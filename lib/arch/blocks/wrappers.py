"""Layers around another layer: for every step of a sequence, and in both directions."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from lib.arch.block import Block, Call, CompositeBlock, Family, FreeShape, Shape, Weight, shown
from lib.arch.blocks.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from lib.arch.inner import Inner, inner_call
from lib.arch.view import Views, beside
from lib.errors import UserError
from lib.i18n import N_


def _plain_blocks() -> Mapping[str, type[Block]]:
    """What can stand in a TimeDistributed: plain blocks that read one input."""
    from lib.arch.blocks import CATALOGUE  # It imports this file.

    return {
        name: block
        for name, block in CATALOGUE.items()
        if block.most_inputs == 1
        and block.family != "augmentation"
        and not issubclass(block, CompositeBlock | TimeDistributed)
    }


class TimeDistributed(Block):
    """One layer, with the same weights, for every step of a sequence: (steps, ...) -> (steps, ...)."""

    family: ClassVar[Family] = "sequence"
    icon: ClassVar[str] = ":material/view_carousel:"
    fixes_rank: ClassVar[bool] = True
    title: ClassVar[str] = N_("TimeDistributed")
    help: ClassVar[str] = N_("Does the same to every step of a sequence, as a convolution to every image of a film.")
    reference: ClassVar[str] = "Donahue et al. 2015, Long-term Recurrent Convolutional Networks"
    first_config: ClassVar[dict[str, Any]] = {
        "layer": {"block": "Dense", "config": {"units": 32, "activation": "relu"}}
    }

    layer: Annotated[
        Block, Inner(_plain_blocks), Field(title=N_("Layer"), description=N_("What is done to each step"))
    ]

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs[0]) < 2:
            raise UserError("", N_("expected a sequence of steps, each with a shape of its own"), shown(inputs[0]))
        return (inputs[0][0], *self.layer.output_shape(inputs[0][1:]))

    def activated(self, output: FreeShape) -> FreeShape:
        return self.layer.activated(output[1:])

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return self.layer.weights(inputs[0][1:])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        inner = self.layer.views((inputs[0][1:],), output[1:])
        return inner if isinstance(inner, str) else (beside(inner[0], len(inputs[0]) - 2),)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        # Those of its layer, for every step.
        for_one = self.layer.products((inputs[0][1:],), output[1:], weights)
        return tuple((inputs[0][0], *product) for product in for_one)

    def keras(self) -> Call:
        return Call("layers.TimeDistributed", {"layer": inner_call(self.layer)})


def _recurrent_blocks() -> Mapping[str, type[Block]]:
    return {block.__name__: block for block in (LSTM, GRU, SimpleRNN)}


class Bidirectional(Recurrent):
    """A recurrent layer that reads forwards and another that reads backwards, joined by `merge_mode`."""

    title: ClassVar[str] = N_("Bidirectional")
    help: ClassVar[str] = N_("Reads a sequence in both directions, so that each step knows what follows.")
    reference: ClassVar[str] = "Schuster and Paliwal 1997, Bidirectional Recurrent Neural Networks"
    first_config: ClassVar[dict[str, Any]] = {"layer": {"block": "LSTM", "config": {"units": 32}}}

    layer: Annotated[
        Block,
        Inner(_recurrent_blocks),
        Field(title=N_("Layer"), description=N_("The recurrent layer that there is of each direction")),
    ]
    merge_mode: Literal["concat", "sum", "mul", "ave"] = Field(
        default="concat",
        title=N_("Merge mode"),
        description=N_("How both are joined: side by side, sum, product, mean"),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        if getattr(self.layer, "go_backwards", False):
            raise UserError("layer", N_("expected a layer that reads forwards; the other one reads backwards"))
        shape = self.layer.output_shape(*inputs)
        return (*shape[:-1], 2 * shape[-1]) if self.merge_mode == "concat" else shape

    def activated(self, output: FreeShape) -> FreeShape:
        return (int(getattr(self.layer, "units")),)  # noqa: B009

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return 2 * self.layer.weights(*inputs)

    def keras(self) -> Call:
        return Call("layers.Bidirectional", {"layer": inner_call(self.layer), "merge_mode": self.merge_mode})
