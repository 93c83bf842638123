"""What stands in the picture and what reads what: the nodes, and the parts of the composites that are open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from components.summary import shown_shape
from components.units import compact
from lib.arch import Block, CompositeBlock, Layer, NodeReport
from lib.arch.block import Shape
from lib.arch.blocks.composites.model import Model
from lib.arch.parts import is_entrance, known_shapes, parts_of

Path = tuple[str, ...]
"""Where something stands: the id of a node, then those of the parts down to it."""

Wiring = tuple[tuple[str, tuple[str, ...]], ...]
"""What each item reads, in order."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is drawn beside each other: each item with what it reads, and the levels inside those that are open.

    Equal wiring makes equal levels, whatever the blocks are and wherever the level stands.
    """

    sources: Wiring
    inside: tuple[tuple[str, Level], ...] = ()


class Face(NamedTuple):
    """What a box says. `opens` tells whether there is anything inside; `layer` is the same for all uses of a layer.

    `times` is how often it is repeated, `loops` whether each time uses the same weights.
    """

    name: str
    kind: str
    family: str
    shape: str
    note: str = ""
    layer: str = ""
    shares: str = ""
    opens: bool = False
    frozen: bool = False
    wrong: bool = False
    times: int = 1
    loops: bool = False


@lru_cache(maxsize=4096)
def note_of(parameters: int) -> str:
    """The parameters of a block as its box shows them: nothing where there are none."""
    return compact(parameters) if parameters else ""


def repeats(block: Block) -> tuple[int, bool]:
    """How often a block is repeated, and whether each time uses the same weights."""
    return (block.repeat, block.share_weights) if isinstance(block, Model) else (1, False)


def open_node(report: NodeReport, owner: str | None, is_open: Callable[[Path], bool]) -> tuple[Level, dict[Path, Face]]:
    """The level inside a composite node without a mistake, and the faces of all that is on it and on open levels below.

    Args:
        report: of the node.
        owner: the node whose layers it calls again; None where it has layers of its own.
        is_open: whether what stands at a path is open.
    """
    faces: dict[Path, Face] = {}

    def level(
        place: Path, owner: Path | None, block: CompositeBlock, inputs: tuple[Shape, ...], layers: list[Layer]
    ) -> Level:
        groups = _grouped(layers, len(place))
        below: list[tuple[str, Level]] = []
        for part in parts_of(block, inputs):
            here, group = (*place, part.id), groups[part.id]
            called = (*(owner or place), part.shares or part.id) if owner or part.shares else None
            faces[here] = _face(here, called, part.block, group)
            if isinstance(part.block, CompositeBlock) and is_open(here):
                below.append((part.id, level(here, called, part.block, part.inputs, group)))
        return Level(_wiring(block, inputs), tuple(below))

    assert isinstance(report.block, CompositeBlock)
    root = (owner,) if owner else None
    return level((report.id,), root, report.block, known_shapes(report.inputs), list(report.layers)), faces


def _grouped(layers: Iterable[Layer], depth: int) -> dict[str, list[Layer]]:
    groups: dict[str, list[Layer]] = {}
    for layer in layers:
        groups.setdefault(layer.path[depth], []).append(layer)
    return groups


def _face(here: Path, called: Path | None, block: Block, layers: list[Layer]) -> Face:
    parameters = sum([layer.cost.parameters for layer in layers])
    if not any(layer.weights for layer in layers):
        # Nothing is shared by two uses of a layer that learns nothing.
        called = None
    times, loops = repeats(block)
    return Face(
        name=here[-1],
        kind=block.name,
        family=block.family,
        shape=shown_shape(layers[-1].output_shape),
        note=note_of(parameters),
        layer=".".join(called or here),
        shares=called[-1] if called else "",
        opens=isinstance(block, CompositeBlock),
        frozen=not any(layer.trainable for layer in layers),
        times=times,
        loops=loops and times > 1,
    )


@lru_cache(maxsize=1024)
def _wiring(block: CompositeBlock, inputs: tuple[Shape, ...]) -> Wiring:
    parts = parts_of(block, inputs)
    entrances = sorted({source for part in parts for source in part.reads if is_entrance(source)})
    return (*((name, ()) for name in entrances), *((part.id, part.reads) for part in parts))
