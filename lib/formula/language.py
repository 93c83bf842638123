"""What a formula is made of, and how much of it there may be.

A formula is lines `name = expression`; the last line is an expression alone, its result. Every part knows its place in
the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from lib.formula.errors import Place

MOST_CHARACTERS: Final = 2_000
MOST_LINES: Final = 40
MOST_NODES: Final = 300
DEEPEST: Final = 25
LARGEST_INTEGER: Final = 2**20
LARGEST_EXPONENT: Final = 16
LARGEST_NUMBER: Final = 3.4e38
"""What float32 can hold; above it begins infinity."""


@dataclass(frozen=True, slots=True)
class Node:
    """One part of a formula."""

    place: Place


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as it was written."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Flag(Node):
    """True, False or None."""

    value: bool | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name; dots are part of it: "x", "self.w", "keras.ops.relu"."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """A number or tensor with a sign, "-" or "+"."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two values and the operator between them, a comparison among them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Keyword(Node):
    """A named argument of a call."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function and what it is called with."""

    function: Name
    arguments: tuple[Node, ...]
    keywords: tuple[Keyword, ...]


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """start:stop:step in a subscript."""

    start: Node | None
    stop: Node | None
    step: Node | None


@dataclass(frozen=True, slots=True)
class Rest(Node):
    """... in a subscript: all axes that are not named."""


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    """A part of a tensor. `None` among the parts makes a new axis."""

    value: Node
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A tuple or a list, which only arguments can be."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Line(Node):
    """One line: what it computes and, on every line but the last, the name for it."""

    name: str | None
    value: Node


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that is written correctly; whether it can be computed says `check`."""

    text: str
    lines: tuple[Line, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names that it reads and does not define itself, of functions too."""
        read = {node.name for line in self.lines for node in walk(line) if isinstance(node, Name)}
        return frozenset(read - {line.name for line in self.lines})


def walk(node: Node) -> Iterator[Node]:
    """`node` and all that is inside it."""
    yield node
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, Place):
            continue
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Node):
                yield from walk(inner)
