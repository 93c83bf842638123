"""Blocks that join several branches."""

from functools import reduce
from typing import ClassVar, Literal

from pydantic import Field

from lib.arch.block import Block, Family, Shape, shown
from lib.errors import UserError
from lib.i18n import N_


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


class Concatenate(_Merge):
    """The inputs side by side along one axis; their other axes agree."""

    title: ClassVar[str] = N_("Concatenate")
    help: ClassVar[str] = N_("Puts branches side by side, as an Inception block does: their channels add up.")
    reference: ClassVar[str] = "Szegedy et al. 2015, Going Deeper with Convolutions"

    axis: Literal[-1, 1, 2, 3] = Field(
        default=-1, title=N_("Axis"), description=N_("Counted with the batch as axis 0; -1 is the last, the channels")
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        first = inputs[0]
        axis = self._axis(len(first))
        for shape in inputs[1:]:
            if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
                raise UserError(
                    "",
                    N_("expected shapes that differ only along the concatenated axis"),
                    "; ".join(shown(shape) for shape in inputs),
                )
        joined = sum(shape[axis] for shape in inputs)
        return (*first[:axis], joined, *first[axis + 1 :])

    def _axis(self, rank: int) -> int:
        """The axis without the batch, counted from 0."""
        axis = self.axis - 1 if self.axis > 0 else rank + self.axis
        if axis not in range(rank):
            raise UserError("axis", N_("expected an axis of the inputs, from 1 to {rank}"), self.axis, rank=rank)
        return axis


def _broadcast(one: Shape, other: Shape) -> Shape:
    """The shape of a sum: aligned at the last axis, where sizes are equal or one of them is 1."""
    if len(one) < len(other):
        one, other = other, one
    ahead = len(one) - len(other)
    if not all(a == b or 1 in (a, b) for a, b in zip(one[ahead:], other, strict=True)):
        raise UserError("", N_("expected inputs of one shape"), f"{shown(one)}; {shown(other)}")
    return one[:ahead] + tuple(max(a, b) for a, b in zip(one[ahead:], other, strict=True))
