"""What every block is: one frozen model from which shapes, weights, costs, form, JSON, Keras layer and code follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, model_validator

from lib.arch.view import Views, kept
from lib.errors import UserError
from lib.i18n import N_

Shape = tuple[int, ...]
"""The shape of one example, without the batch axis; the channels come last."""

FreeShape = tuple[int | None, ...]
"""A shape of which a size may be free (None): it is known only when data comes in."""

Family = Literal[
    "conv", "dense", "pool", "norm", "activation", "shape", "merge", "sequence", "augmentation", "composite", "custom"
]

FAMILIES: Final[dict[Family, str]] = {
    "conv": N_("Convolution"),
    "dense": N_("Dense"),
    "pool": N_("Pooling"),
    "norm": N_("Normalization and regularization"),
    "activation": N_("Activation"),
    "shape": N_("Shape"),
    "merge": N_("Merging"),
    "sequence": N_("Sequences"),
    "augmentation": N_("Image augmentation"),
    "composite": N_("Composite"),
    "custom": N_("Your own"),
}


class Weight(NamedTuple):
    """One weight of a layer under Keras's own name.

    Where `name` ends in "kernel" each of its elements is multiplied once for every output position, and so costs MACs.
    """

    name: str
    shape: Shape
    trainable: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a Keras object: the bridge makes it, the exported code spells it. `name` is below `keras`."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One block inside a composite. Its `inputs` name earlier parts or what comes into the composite ("input").

    With `shares` it calls the layers of an earlier part of an equal block again.
    """

    id: str
    block: Block
    inputs: tuple[str, ...]
    shares: str | None = None
    trainable: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the palette: a block as it is first inserted, with its own title and explanation."""

    title: str
    help: str
    reference: str
    block: Block


class Block(BaseModel):
    """A kind of layer. The class's name and fields are Keras's own; the fields are what a student can set.

    A subclass sets `family`, `title`, `help` (when to use it), `reference` (who introduced it) and defines
    `output_shape`; `weights` where it has any; the rest follows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    family: ClassVar[Family]
    title: ClassVar[str]
    help: ClassVar[str]
    reference: ClassVar[str] = ""
    icon: ClassVar[str]
    first_config: ClassVar[dict[str, Any]] = {}
    fewest_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 1
    fixes_rank: ClassVar[bool] = False
    """Whether the layer takes only inputs of the ranks that it got at its first use, when it is shared."""

    uncounted: ClassVar[frozenset[str]] = frozenset()
    """What of its cost nobody can know, as `Cost.at_least` calls it."""

    separate_inputs: ClassVar[bool] = False
    """Whether Keras takes several inputs as arguments of their own, in order, and not as one list."""

    @model_validator(mode="before")
    @classmethod
    def _tuples_from_lists(cls, data: Any) -> Any:
        """JSON has only lists where our fields are tuples."""
        if not isinstance(data, dict):
            return data
        return {name: _tuples(value) for name, value in data.items()}

    @classmethod
    def entries(cls) -> tuple[Entry, ...]:
        """The palette's entries for this block: itself, first inserted with `first_config`."""
        return (Entry(cls.title, cls.help, cls.reference, cls(**cls.first_config)),)

    @property
    def name(self) -> str:
        """The block's name in JSON and in the catalogue: its class's name, which is Keras's."""
        return type(self).__name__

    @property
    def kind(self) -> str:
        """What pictures and tables call this kind of layer: its name, where no file calls it otherwise."""
        return self.name

    def config(self) -> dict[str, Any]:
        """The fields that differ from their defaults, as JSON holds them."""
        fields = type(self).model_fields
        changed = {name for name, field in fields.items() if getattr(self, name) != field.default}
        return self.model_dump(mode="json", include=changed)

    @property
    def nodes_inside(self) -> int:
        """How many nodes it stands for: one, or those of a network inside it."""
        return 1

    @property
    def levels_inside(self) -> int:
        """How many networks stand inside each other in it."""
        return 0

    def tied(self, *inputs: FreeShape) -> object:
        """What of its inputs a layer keeps to from its first use on, besides that they fit its weights."""
        return {len(shape) for shape in inputs} if self.fixes_rank else None

    def output_shape(self, *inputs: Shape) -> Shape:
        """The shape of one example after this block, from the shapes before it.

        Raises:
            UserError: without a place, when the block cannot take these inputs.
        """
        raise NotImplementedError(f"{self.name} does not say its output shape")

    def activated(self, output: FreeShape) -> FreeShape:
        """What its activations work on, where it gives `output`."""
        return output

    def last_function(self, *inputs: FreeShape) -> str | None:
        """The function that gives its output, by its name in formulas, where a formula says so."""
        return None

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        """The weights it makes for inputs of these shapes, by Keras's names and in Keras's order."""
        return ()

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        """The multiply-adds for one example as products to be summed: every kernel element once for every position.

        A block whose kernels are used at other positions, or that multiplies its inputs, says its own.
        """
        return tuple([(*weight.shape, *output[:-1]) for weight in weights if weight.name.endswith("kernel")])

    def macs(self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]) -> int:
        """Multiply-adds for one example."""
        return sum(map(prod, self.products(inputs, output, weights)))

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        """What one position of the output sees of each input: the step of the receptive field (see `lib.arch.view`).

        A block that works on every position by itself needs not say anything. A sentence, as a message id, says why
        no window can tell; all of the input must still be seen by the output as a whole.
        """
        return kept(inputs, output)

    def keras(self) -> Call:
        """The Keras layer that this block is."""
        return Call(f"layers.{self.name}", {name: as_keras(getattr(self, name)) for name in type(self).model_fields})


class CompositeBlock(Block):
    """A block made of others: it only says which, and everything else follows from its parts."""

    icon: ClassVar[str] = ":material/widgets:"
    family: ClassVar[Family] = "composite"

    @property
    def input_names(self) -> tuple[str, ...]:
        """What its parts call the inputs of the block, in order."""
        return ("input",)

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        """Its parts for an input of `shape`, in order; the last one's output is the block's.

        Raises:
            UserError: without a place, when the block cannot take this input.
        """
        raise NotImplementedError

    def parts(self, *inputs: Shape) -> tuple[Part, ...]:
        """Its parts for all of its inputs. A block with a single input defines `expand` instead."""
        return self.expand(inputs[0])

    def output_shape(self, *inputs: Shape) -> Shape:
        """The shape after the last part."""
        parts = self.parts(*inputs)
        shapes = dict(zip(self.input_names, inputs, strict=True))
        last = inputs[0]
        for part in parts:
            last = shapes[part.id] = part.block.output_shape(*(shapes[source] for source in part.inputs))
        return last


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def as_keras(value: Any) -> Any:
    """A field's value as Keras takes it: a nested model with a `keras` method becomes its call."""
    return value.keras() if hasattr(value, "keras") else value


def expect_rank(shape: Shape, rank: int, what: str) -> None:
    """Refuse an input of another rank; `what` says what the block expects, as a message id."""
    if len(shape) != rank:
        raise UserError("", what, shown(shape))


def shown(shape: FreeShape | None) -> str:
    """A shape as the screen writes it: "28 x 28 x 1"; a scalar is "()"; what is unknown or free is "?"."""
    if shape is None:
        return "?"
    return " × ".join("?" if size is None else str(size) for size in shape) or "()"


def shown_as_keras(shape: FreeShape | None) -> str:
    """A shape as Keras writes it, with the batch first: "(None, 28, 28, 1)"; what is unknown is "?"."""
    return "?" if shape is None else f"({', '.join(map(str, (None, *shape)))})"


IMAGE_EXPECTED: Final = N_("expected an image of height × width × channels")
SEQUENCE_EXPECTED: Final = N_("expected a sequence of steps × features")
