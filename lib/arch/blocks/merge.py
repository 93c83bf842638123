"""Blocks that join several branches."""

from functools import reduce
from typing import Annotated, Any, ClassVar

from pydantic import Field

from lib.arch.block import Block, Family, FreeShape, Shape, Weight, shown
from lib.arch.fields import AxisField, place_of
from lib.arch.view import SCATTERED, View, Views
from lib.errors import UserError
from lib.i18n import N_

DotAxis = Annotated[int, Field(ge=-1, le=4)]


class _Merge(Block):
    """What the merging blocks share: two inputs at least."""

    fixes_rank: ClassVar[bool] = True
    family: ClassVar[Family] = "merge"
    icon: ClassVar[str] = ":material/merge:"
    fewest_inputs: ClassVar[int] = 2
    most_inputs: ClassVar[int | None] = None


class Add(_Merge):
    """The sum, value by value, of inputs of one shape; an axis of size 1 is repeated."""

    title: ClassVar[str] = N_("Add")
    help: ClassVar[str] = N_("Adds branches value by value, as a residual connection does. Their shapes must agree.")
    reference: ClassVar[str] = "He et al. 2015, Deep Residual Learning for Image Recognition"

    def output_shape(self, *inputs: Shape) -> Shape:
        return reduce(_broadcast, inputs)


class Subtract(_Merge):
    """The first input minus the second, value by value; an axis of size 1 is repeated."""

    most_inputs: ClassVar[int | None] = 2
    title: ClassVar[str] = N_("Subtract")
    help: ClassVar[str] = N_("The difference of two branches, for example to compare two images.")
    reference: ClassVar[str] = "Koch et al. 2015, Siamese Neural Networks for One-shot Image Recognition"

    def output_shape(self, *inputs: Shape) -> Shape:
        return reduce(_broadcast, inputs)


class Multiply(_Merge):
    """The product, value by value, of inputs of one shape; an axis of size 1 is repeated."""

    title: ClassVar[str] = N_("Multiply")
    help: ClassVar[str] = N_("Multiplies branches value by value: one opens and closes the other like a gate.")
    reference: ClassVar[str] = "Hu et al. 2018, Squeeze-and-Excitation Networks"

    def output_shape(self, *inputs: Shape) -> Shape:
        return reduce(_broadcast, inputs)


class Average(_Merge):
    """The mean, value by value, of inputs of one shape; an axis of size 1 is repeated."""

    title: ClassVar[str] = N_("Average")
    help: ClassVar[str] = N_("The mean of several branches, as of an ensemble's answers.")
    reference: ClassVar[str] = "Hansen and Salamon 1990, Neural Network Ensembles"

    def output_shape(self, *inputs: Shape) -> Shape:
        return reduce(_broadcast, inputs)


class Maximum(_Merge):
    """The largest, value by value, of inputs of one shape; an axis of size 1 is repeated."""

    title: ClassVar[str] = N_("Maximum")
    help: ClassVar[str] = N_("Keeps the larger value of several branches, as maxout units do.")
    reference: ClassVar[str] = "Goodfellow et al. 2013, Maxout Networks"

    def output_shape(self, *inputs: Shape) -> Shape:
        return reduce(_broadcast, inputs)


class Minimum(_Merge):
    """The smallest, value by value, of inputs of one shape; an axis of size 1 is repeated."""

    title: ClassVar[str] = N_("Minimum")
    help: ClassVar[str] = N_("Keeps the smaller value of several branches: all of them must respond.")

    def output_shape(self, *inputs: Shape) -> Shape:
        return reduce(_broadcast, inputs)


class Dot(_Merge):
    """The dot product of two inputs along one axis of each; their other axes stand one after the other."""

    most_inputs: ClassVar[int | None] = 2
    title: ClassVar[str] = N_("Dot")
    help: ClassVar[str] = N_("How alike two branches are: the sum of their products along an axis.")
    reference: ClassVar[str] = "Luong et al. 2015, Effective Approaches to Attention-based Neural Machine Translation"
    first_config: ClassVar[dict[str, Any]] = {"axes": -1}

    axes: DotAxis | tuple[DotAxis, DotAxis] = Field(
        title=N_("Axes"),
        description=N_("Of the first and of the second input, with the batch as axis 0; -1 is the last"),
    )
    normalize: bool = Field(
        default=False, title=N_("Normalize"), description=N_("Vectors of length 1 first: the cosine of their angle")
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        one, other = self._places(*inputs)
        if inputs[0][one] != inputs[1][other]:
            raise UserError(
                "", N_("expected inputs of one size along the axes"), f"{shown(inputs[0])}; {shown(inputs[1])}"
            )
        left = (*inputs[0][:one], *inputs[0][one + 1 :], *inputs[1][:other], *inputs[1][other + 1 :])
        return left or (1,)

    def products(
        self, inputs: tuple[Shape, ...], output: Shape, weights: tuple[Weight, ...]
    ) -> tuple[tuple[int, ...], ...]:
        # One for every value of the output and every product in its sum.
        return ((*output, inputs[0][self._places(*inputs)[0]]),)

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views:
        one, other = self._places(*inputs)
        after = len(inputs[0]) - 1
        left = (_shifted(axis, one, 0, output) for axis in range(len(inputs[0]) - 1))
        right = (_shifted(axis, other, after, output) for axis in range(len(inputs[1]) - 1))
        return (tuple(left), tuple(right))

    def _places(self, *inputs: FreeShape) -> tuple[int, int]:
        """The axis of each input, without the batch, counted from 0."""
        one, other = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return place_of(one, len(inputs[0]), "axes"), place_of(other, len(inputs[1]), "axes")


class Concatenate(_Merge):
    """The inputs side by side along one axis; their other axes agree."""

    title: ClassVar[str] = N_("Concatenate")
    help: ClassVar[str] = N_("Puts branches side by side, as an Inception block does: their channels add up.")
    reference: ClassVar[str] = "Szegedy et al. 2015, Going Deeper with Convolutions"

    axis: AxisField = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        axis = place_of(self.axis, len(first))
        for shape in inputs[1:]:
            if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
                raise UserError(
                    "",
                    N_("expected shapes that differ only along the concatenated axis"),
                    "; ".join(shown(shape) for shape in inputs),
                )
        joined = sum(shape[axis] for shape in inputs)
        return (*first[:axis], joined, *first[axis + 1 :])

    def views(self, inputs: tuple[FreeShape, ...], output: FreeShape) -> Views | str:
        channels = place_of(self.axis, len(output)) == len(output) - 1
        return super().views(inputs, output) if channels else SCATTERED


def _shifted(axis: int, summed: int, ahead: int, output: FreeShape) -> View | None:
    """Where an axis of one input of a dot product stands in its output, unless it is summed or now holds channels."""
    place = ahead + axis - (axis > summed)
    return None if axis == summed or place == len(output) - 1 else View(axis=place)


def _broadcast(one: Shape, other: Shape) -> Shape:
    """The shape of a sum: aligned at the last axis, where sizes are equal or one of them is 1."""
    if len(one) < len(other):
        one, other = other, one
    ahead = len(one) - len(other)
    if not all(a == b or 1 in (a, b) for a, b in zip(one[ahead:], other, strict=True)):
        raise UserError("", N_("expected inputs of one shape"), f"{shown(one)}; {shown(other)}")
    return one[:ahead] + tuple(max(a, b) for a, b in zip(one[ahead:], other, strict=True))
