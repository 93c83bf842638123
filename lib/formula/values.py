"""A formula after its check: every part knows its tensor and which function of the table computes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lib.formula.errors import Place
from lib.formula.function import Function
from lib.formula.language import Node
from lib.formula.tensor import Tensor

Static = int | float | bool | tuple[int | float, ...] | None
"""What is known before a tensor comes in."""

Key = tuple[int | slice | None, ...]
"""What stands in a subscript once it is read; `...` has become the slices that it stands for."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is known beforehand; `node` is how it was written."""

    place: Place
    node: Node
    value: Static

    @property
    def tensor(self) -> Tensor:
        """The single number that it is among tensors."""
        return Tensor(())


@dataclass(frozen=True, slots=True)
class Read:
    """What comes from outside under `name`: an input, or a weight of one's `own`."""

    place: Place
    name: str
    tensor: Tensor
    own: bool


@dataclass(frozen=True, slots=True)
class Local:
    """The value of an earlier line."""

    place: Place
    name: str
    tensor: Tensor


@dataclass(frozen=True, slots=True)
class AsFloat:
    """True and false, or whole numbers, as numbers: 1 and 0."""

    value: Value

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.value.place

    @property
    def tensor(self) -> Tensor:
        """The tensor of numbers."""
        return Tensor(self.value.tensor.shape)


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a tensor, by its subscript; `parts` is how that was written."""

    place: Place
    value: Value
    key: Key
    parts: tuple[Node, ...]
    tensor: Tensor


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of the table with its tensors in order, and those options that are not as Keras has them.

    Where it was written as an `operator`, that is kept for the code that is exported.
    """

    place: Place
    function: Function
    arguments: tuple[Value | tuple[Value, ...], ...]
    options: tuple[tuple[str, Known], ...]
    operator: str | None
    tensor: Tensor

    @property
    def values(self) -> tuple[Value, ...]:
        """Its tensors, those in lists too."""
        lists = (argument if isinstance(argument, tuple) else (argument,) for argument in self.arguments)
        return tuple(value for values in lists for value in values)


Value = Known | Read | Local | AsFloat | Item | Applied


def inside(value: Value) -> Iterator[Value]:
    """A value and all that it is made of on its line."""
    yield value
    if isinstance(value, AsFloat | Item):
        yield from inside(value.value)
    elif isinstance(value, Applied):
        for inner in value.values:
            yield from inside(inner)
