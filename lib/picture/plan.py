"""What stands in a picture: the boxes, the frames of composites that are open, and what reads what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from lib.arch import Architecture, Block, CompositeBlock, Layer, NodeReport, analyse
from lib.arch.block import Family, FreeShape
from lib.arch.blocks.composites.model import Model
from lib.arch.parts import entrance, known_shapes, parts_of
from lib.colours import INPUT
from lib.errors import UserError
from lib.i18n import N_, _

Direction = Literal["TB", "LR"]
Detail = Literal["names", "shapes", "dtypes", "activations", "parameters"]
SHOWN: Final[tuple[Detail, ...]] = ("names", "shapes")
"""What a box says besides the kind of its layer, unless someone chooses otherwise."""

ALL: Final = 99
"""So many levels of composites are never inside each other: everything is open."""

MOST_BOXES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Style:
    """How a picture looks: from top to bottom or from left to right, how many levels are open, what boxes say."""

    direction: Direction = "TB"
    levels: int = 0
    shown: frozenset[Detail] = frozenset(SHOWN)


@dataclass(frozen=True, slots=True)
class Box:
    """One use of a layer, or a composite that is closed. Shapes are without the batch."""

    number: int
    name: str
    kind: str
    family: Family | Literal["input"]
    inputs: tuple[FreeShape | None, ...] = ()
    output: FreeShape | None = None
    activation: str = ""
    parameters: int = 0
    shares: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """A composite that is open, with what is in it."""

    name: str
    kind: str
    times: int
    items: list[Box | Frame]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole picture; edges join the numbers of boxes."""

    title: str
    items: list[Box | Frame] = field(default_factory=list)
    edges: dict[tuple[int, int], None] = field(default_factory=dict)


def plan(architecture: Architecture, levels: int) -> Plan:
    """The boxes of `architecture` with so many levels of composites open.

    Raises:
        UserError: there are too many of them.
    """
    return _Planner(architecture, levels).found


class _Planner:
    def __init__(self, architecture: Architecture, levels: int) -> None:
        self.levels = levels
        self.count = 0
        self.found = Plan(architecture.name)
        places: dict[str, int] = {}
        for name, shape in architecture.inputs.items():
            places[name] = self._box(self.found.items, (), name=name, kind=_("Input"), family=INPUT, output=shape)
        reports = analyse(architecture).nodes
        for node in architecture.nodes:
            sources = [places[source] for source in node.inputs]
            places[node.id] = self._node(reports[node.id], node.shares or "", sources)

    def _node(self, report: NodeReport, shares: str, sources: Sequence[int]) -> int:
        if report.layers and isinstance(report.block, CompositeBlock) and self.levels > 0:
            inputs = known_shapes(report.inputs)
            return self._open(self.found.items, report.id, report.block, inputs, report.layers, sources, 1)
        return self._box(
            self.found.items, sources, name=report.id, kind=report.block.kind, family=report.block.family,
            inputs=report.inputs, output=report.output_shape, activation=_activation(report.block),
            parameters=report.parameters, shares=shares, times=_times(report.block),
        )  # fmt: skip

    def _open(
        self, items: list[Box | Frame], name: str, block: CompositeBlock, inputs: tuple[Any, ...],
        layers: Iterable[Layer], sources: Sequence[int], depth: int,
    ) -> int:  # fmt: skip
        """Put a frame, and what is in it; returns the number of the box that its readers read."""
        frame = Frame(name, block.name, _times(block), [])
        items.append(frame)
        groups: dict[str, list[Layer]] = {}
        for layer in layers:
            groups.setdefault(layer.path[depth], []).append(layer)
        places = {entrance(number): source for number, source in enumerate(sources)}
        last = -1
        for part in parts_of(block, inputs):
            given, group = [places[source] for source in part.sources], groups[part.id]
            if isinstance(part.block, CompositeBlock) and depth < self.levels:
                last = self._open(frame.items, part.id, part.block, part.inputs, group, given, depth + 1)
            else:
                last = self._part(frame.items, part.id, part.block, group, part.shares or "", given)
            places[part.id] = last
        return last

    def _part(
        self, items: list[Box | Frame], name: str, block: Block, layers: list[Layer], shares: str, sources: list[int]
    ) -> int:
        return self._box(
            items, sources, name=name, kind=block.kind, family=block.family, inputs=layers[0].input_shapes,
            output=layers[-1].output_shape, activation=_activation(block),
            parameters=sum(layer.cost.parameters for layer in layers), shares=shares, times=_times(block),
        )  # fmt: skip

    def _box(self, items: list[Box | Frame], sources: Iterable[int], **said: Any) -> int:
        number = self.count
        self.count += 1
        if self.count > MOST_BOXES:
            what = N_("expected at most {most} boxes; leave the composites closed")
            raise UserError("picture", what, most=MOST_BOXES)
        items.append(Box(number, **said))
        self.found.edges.update({(source, number): None for source in sources})
        return number


def _times(block: Block) -> int:
    return block.repeat if isinstance(block, Model) else 1


def _activation(block: Block) -> str:
    """What Keras's `plot_model` shows: the function at the end of a layer, where it is said."""
    chosen = getattr(block, "activation", None)
    return "" if chosen is None else str(getattr(chosen, "name", chosen))
