"""The parts of a composite, wired: what each reads on its level, and the shapes of what comes in and out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from lib.arch.block import Block, CompositeBlock, FreeShape, Shape

_ENTRANCE: Final = ">"
"""Starts the names of what comes into a composite: no part can be called so."""

_SOME_SIZE: Final = 4_099
"""Stands for a free size where only the parts and their wiring are asked for."""


class Wired(NamedTuple):
    """A part of a composite: what it reads on its level, and the shapes of what comes into it and out of it.

    `sources` are what comes in, one by one; `reads` has each of them once.
    """

    id: str
    block: Block
    shares: str | None
    sources: tuple[str, ...]
    reads: tuple[str, ...]
    inputs: tuple[Shape, ...]
    output: Shape


def entrance(number: int) -> str:
    """The name of what comes into a composite as its input of this number."""
    return f"{_ENTRANCE}{number}"


def is_entrance(name: str) -> bool:
    """Whether `name` is what comes into a composite, and not one of its parts."""
    return name.startswith(_ENTRANCE)


def known_shapes(shapes: Iterable[FreeShape | None]) -> tuple[Shape, ...]:
    """The shapes with some number in the place of every free size."""
    return tuple([tuple([_SOME_SIZE if size is None else size for size in shape or ()]) for shape in shapes])


def whole_shapes(shapes: Iterable[FreeShape | None]) -> tuple[Shape, ...] | None:
    """The shapes, where every one of them and every size is known; None else."""
    given = tuple(shapes)
    sizes = tuple([tuple([size for size in shape or () if size is not None]) for shape in given])
    return sizes if sizes == given else None


@lru_cache(maxsize=1024)
def parts_of(block: CompositeBlock, inputs: tuple[Shape, ...]) -> tuple[Wired, ...]:
    """The parts of a composite in their order; `entrance(0)` and so on are what comes into it.

    Raises:
        UserError: it cannot take these inputs.
    """
    names = {name: entrance(number) for number, name in enumerate(block.input_names)}
    shapes = dict(zip(block.input_names, inputs, strict=True))
    found = []
    for part in block.parts(*inputs):
        given = tuple([shapes[source] for source in part.inputs])
        sources = tuple([names[source] for source in part.inputs])
        output = shapes[part.id] = part.block.output_shape(*given)
        names[part.id] = part.id
        found.append(Wired(part.id, part.block, part.shares, sources, tuple(dict.fromkeys(sources)), given, output))
    return tuple(found)
