"""Blocks that change the shape or the range of values and learn nothing."""

from math import prod
from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Family, FreeShape, Shape, expect_rank, shown
from lib.arch.fields import Number, Units
from lib.arch.view import ALL, View, Views, relaid
from lib.errors import UserError
from lib.i18n import N_

Size = Annotated[int, Field(ge=-1, le=2**22)]
Axis = Annotated[int, Field(ge=1, le=4)]
Numbers = Number | Annotated[tuple[Number, ...], Field(min_length=1)]


class _Shape(Block):
    """What these blocks share: their place in the palette."""

    family: ClassVar[Family] = "shape"
    icon: ClassVar[str] = ":material/crop_free:"


class Identity(_Shape):
    """What comes in goes out."""

    title: ClassVar[str] = N_("Identity")
    help: ClassVar[str] = N_("Changes nothing: a name for a place, or for a branch that stays empty.")

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


class Flatten(_Shape):
    """All values in one row: (h, w, c) -> (h * w * c,)."""

    title: ClassVar[str] = N_("Flatten")
    help: ClassVar[str] = N_("Lays an image out as one row of numbers, as a Dense layer after convolutions needs it.")

    def output_shape(self, *inputs: Shape) -> Shape:
        return (prod(inputs[0]),)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        return (ALL,)


class Reshape(_Shape):
    """The same values in another shape, row by row."""

    title: ClassVar[str] = N_("Reshape")
    help: ClassVar[str] = N_("Lays the same values out in another shape, for example a row of numbers as an image.")
    first_config: ClassVar[dict[str, Any]] = {"target_shape": (-1,)}

    target_shape: tuple[Size, ...] = Field(
        min_length=1,
        max_length=4,
        title=N_("Target shape"),
        description=N_("Sizes without the batch, as in 7, 7, 64; one may be -1 and follows from the others"),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        values = prod(inputs[0])
        known = prod(size for size in self.target_shape if size != -1)
        free = self.target_shape.count(-1)
        if free > 1 or 0 in self.target_shape:
            raise UserError("target_shape", N_("expected sizes of at least 1, and -1 at most once"), self._text())
        if values % known if free else values != known:
            raise UserError("target_shape", N_("expected a shape of {values} values"), self._text(), values=values)
        return tuple(values // known if size == -1 else size for size in self.target_shape)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        return relaid(inputs[0], output)

    def _text(self) -> str:
        return shown(self.target_shape)


class Permute(_Shape):
    """The axes in another order."""

    title: ClassVar[str] = N_("Permute")
    help: ClassVar[str] = N_("Puts the axes in another order: 2, 1 swaps the steps and the features of a sequence.")
    first_config: ClassVar[dict[str, Any]] = {"dims": (2, 1)}

    dims: tuple[Axis, ...] = Field(
        min_length=1, max_length=4, title=N_("Order"), description=N_("The old axes in their new order, from 1 on")
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        rank = len(inputs[0])
        if sorted(self.dims) != list(range(1, rank + 1)):
            order = ", ".join(str(axis) for axis in self.dims)
            raise UserError("dims", N_("expected every axis from 1 to {rank} once"), order, rank=rank)
        return tuple(inputs[0][axis - 1] for axis in self.dims)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        places = [self.dims.index(axis) for axis in range(1, len(inputs[0]))]
        last = len(self.dims) - 1
        return (tuple(None if place == last else View(axis=place) for place in places),)


class RepeatVector(_Shape):
    """A row of numbers several times, as a sequence: (c,) -> (n, c)."""

    title: ClassVar[str] = N_("RepeatVector")
    help: ClassVar[str] = N_("Repeats a row of numbers as the steps of a sequence, as a decoder wants it.")
    first_config: ClassVar[dict[str, Any]] = {"n": 8}

    n: Units = Field(title=N_("Times"), description=N_("How many steps the sequence has"))

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_rank(inputs[0], 1, N_("expected a row of numbers"))
        return (self.n, inputs[0][0])


class Rescaling(_Shape):
    """x * scale + offset, each one number or one for every channel; the shape stays."""

    title: ClassVar[str] = N_("Rescaling")
    help: ClassVar[str] = N_("Multiplies and shifts every value, for example from 0…1 to -1…1.")
    first_config: ClassVar[dict[str, Any]] = {"scale": 2.0, "offset": -1.0}

    scale: Numbers = Field(
        title=N_("Scale"), description=N_("What values are multiplied by: one number, or one for every channel")
    )
    offset: Numbers = Field(
        default=0.0,
        title=N_("Offset"),
        description=N_("What is added afterwards: one number, or one for every channel"),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        for field, numbers in (("scale", self.scale), ("offset", self.offset)):
            if isinstance(numbers, tuple) and len(numbers) not in (1, *inputs[0][-1:]):
                raise UserError(
                    field,
                    N_("expected one number, or one for each of {channels}"),
                    str(len(numbers)),
                    channels=inputs[0][-1] if inputs[0] else 1,
                )
        return inputs[0]
