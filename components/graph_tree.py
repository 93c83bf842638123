"""What stands in the picture and what reads what: the nodes, and the parts of the composites that are open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from components.summary import shown_shape
from components.units import compact
from lib.arch import Block, CompositeBlock, Layer, NodeReport
from lib.arch.block import FreeShape, Part, Shape
from lib.arch.blocks.composites.model import Model
from lib.i18n import _

Path = tuple[str, ...]
"""Where something stands: the id of a node, then those of the parts down to it."""

_ENTRANCE: Final = ">"
"""Starts the names of what comes into a composite: no part can be called so."""

_SOME_SIZE: Final = 4_099
"""Stands for a free size where only the parts and their wiring are asked for."""


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
    """What a box says. `opens` tells whether there is anything inside; `layer` is the same for all uses of a layer."""

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


def is_entrance(name: str) -> bool:
    """Whether `name` is what comes into a composite, and not one of its parts."""
    return name.startswith(_ENTRANCE)


def kind_of(block: Block) -> str:
    """What kind of block it is, and how often it is repeated."""
    if not isinstance(block, Model) or block.repeat == 1:
        return block.name
    text = _("{block} ×{repeat} shared") if block.share_weights else _("{block} ×{repeat}")
    return text.format(block=block.name, repeat=block.repeat)


def open_node(report: NodeReport, owner: str | None, is_open: Callable[[Path], bool]) -> tuple[Level, dict[Path, Face]]:
    """The level inside a composite node without a mistake, and the faces of all that is on it and on open levels below.

    Args:
        report: of the node.
        owner: the node whose layers it calls again; None where it has layers of its own.
        is_open: whether what stands at a path is open.
    """
    faces: dict[Path, Face] = {}

    def level(place: Path, owner: Path | None, block: Block, inputs: tuple[Shape, ...], layers: list[Layer]) -> Level:
        groups = _grouped(layers, len(place))
        below: list[tuple[str, Level]] = []
        for part, _reads, shapes in _parts(block, inputs):
            here, group = (*place, part.id), groups[part.id]
            called = (*(owner or place), part.shares or part.id) if owner or part.shares else None
            face = faces[here] = _face(here, called, part.block, group)
            if face.opens and is_open(here):
                below.append((part.id, level(here, called, part.block, shapes, group)))
        return Level(_wiring(block, inputs), tuple(below))

    root = (owner,) if owner else None
    return level((report.id,), root, report.block, _known(report.inputs), list(report.layers)), faces


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
    return Face(
        name=here[-1],
        kind=kind_of(block),
        family=block.family,
        shape=shown_shape(layers[-1].output_shape),
        note=compact(parameters) if parameters else "",
        layer=".".join(called or here),
        shares=called[-1] if called else "",
        opens=isinstance(block, CompositeBlock),
        frozen=not any(layer.trainable for layer in layers),
    )


def _known(shapes: Iterable[FreeShape | None]) -> tuple[Shape, ...]:
    return tuple([tuple([_SOME_SIZE if size is None else size for size in shape or ()]) for shape in shapes])


@lru_cache(maxsize=1024)
def _parts(block: Block, inputs: tuple[Shape, ...]) -> tuple[tuple[Part, tuple[str, ...], tuple[Shape, ...]], ...]:
    """The parts of a composite, each with what it reads on its level and the shapes of that."""
    assert isinstance(block, CompositeBlock)
    names = {name: f"{_ENTRANCE}{number}" for number, name in enumerate(block.input_names)}
    shapes = dict(zip(block.input_names, inputs, strict=True))
    found = []
    for part in block.parts(*inputs):
        given = tuple([shapes[source] for source in part.inputs])
        found.append((part, tuple(dict.fromkeys([names[source] for source in part.inputs])), given))
        names[part.id] = part.id
        shapes[part.id] = part.block.output_shape(*given)
    return tuple(found)


@lru_cache(maxsize=1024)
def _wiring(block: Block, inputs: tuple[Shape, ...]) -> Wiring:
    parts = _parts(block, inputs)
    entrances = sorted({source for _part, read, _shapes in parts for source in read if is_entrance(source)})
    return (*((entrance, ()) for entrance in entrances), *((part.id, read) for part, read, _shapes in parts))
