"""What is known of a tensor before it is computed: its shape, with the batch as a symbol, and what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Final, Literal

MOST_AXES: Final = 6
MOST_ELEMENTS: Final = 4_000_000

DType = Literal["float", "int", "bool"]


@dataclass(frozen=True, slots=True)
class Batch:
    """A size that only a batch has: `times` as many as it has examples."""

    times: int = 1

    def __str__(self) -> str:
        return "batch" if self.times == 1 else f"{self.times}·batch"


BATCH: Final = Batch()

Size = int | Batch
Shape = tuple[Size, ...]
"""The shape of a whole tensor, as Keras has it: for a batch of examples it begins with `BATCH`."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of `shape` that holds numbers ("float"), whole numbers ("int") or true and false ("bool")."""

    shape: Shape
    dtype: DType = "float"

    @property
    def per_example(self) -> bool:
        """Whether it has a value for each example of a batch."""
        return self.shape[:1] == (BATCH,)

    def __str__(self) -> str:
        return shown(self.shape)


def per_example(shape: tuple[int, ...], dtype: DType = "float") -> Tensor:
    """A tensor with one part of `shape` for each example: an input, a prediction."""
    return Tensor((BATCH, *shape), dtype)


def weight(shape: tuple[int, ...] = ()) -> Tensor:
    """A tensor that is the same for every example; without a shape it is one number."""
    return Tensor(shape)


def elements(shape: Shape) -> int:
    """How many numbers of a tensor there are for each example."""
    return prod(size.times if isinstance(size, Batch) else size for size in shape)


def shown(shape: Shape) -> str:
    """A shape as the screen writes it: "batch × 28 × 28 × 1"; one number is "()"."""
    return " × ".join(map(str, shape)) or "()"
