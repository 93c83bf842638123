"""Where everything of a picture stands in pixels: boxes, frames around what is open, and the lines between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from components.graph_layout import Layout, layered
from components.graph_tree import Level, Path
from lib.arch.parts import is_entrance

_ENTRANCE_WIDTH: Final = 0.08
"""Room of a line where it comes into a frame, in columns."""

_MOST_EVENING: Final = 0.7
"""How many columns a frame may be wider than what is in it, so that a chain of frames has a straight line."""

OUTPUT: Final = "output:"
"""Starts the names of the outputs of the network, which no node can have."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes in pixels. `rim` is the room between a frame and what is in it, in columns; `foot` that below it.

    `letter` is the mean width of a letter of a name, `small_letter` that of the rest.
    """

    height: int = 44
    output_height: int = 28
    gap: int = 24
    aside: int = 24
    margin: int = 6
    foot: int = 16
    rim: float = 0.1
    widest: int = 190
    narrowest: int = 132
    panel: int = 460
    letter: float = 6.5
    small_letter: float = 5.8


class Spot(NamedTuple):
    """A box, or the frame of what is open: its path, left and top edge, width and height, in pixels.

    `inset` is how far from both sides its text stands: in the head of a frame where it was in the box.
    """

    path: Path
    x: float
    y: float
    width: float
    height: float
    inset: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture without its texts. `lines` and `tips` are the data of paths."""

    spots: tuple[Spot, ...]
    lines: str
    tips: str
    width: float
    height: float


@lru_cache(maxsize=128)
def placed(level: Level, measures: Measures) -> Placed:
    """Place everything of `level`, and of the levels inside it.

    Boxes get narrower where several stand side by side, so that their text need not shrink.
    """
    rows = _rows(level, measures)
    fitting = round(measures.panel / rows.layout.width) - measures.aside
    pen = _Pen(measures, max(measures.narrowest, min(measures.widest, fitting)))
    pen.level(level, (), measures.margin, measures.margin)
    width = rows.layout.width * pen.unit - measures.aside + 2 * measures.margin
    return Placed(tuple(pen.spots), "".join(pen.lines), "".join(pen.tips), width, rows.height + 2 * measures.margin)


class _Rows(NamedTuple):
    """A level with its layers from top to bottom: their tops, and the height of all and of each item."""

    layout: Layout
    tops: tuple[int, ...]
    bottoms: tuple[int, ...]
    heights: dict[str, int]

    @property
    def height(self) -> int:
        return self.bottoms[-1] if self.bottoms else 0


@lru_cache(maxsize=512)
def _rows(level: Level, measures: Measures) -> _Rows:
    heights = {name: _height(name, measures) for name, _read in level.sources}
    widths = {name: _ENTRANCE_WIDTH for name in heights if is_entrance(name)}
    for name, inner in level.inside:
        heights[name] = measures.height + _rows(inner, measures).height + measures.foot
        widths[name] = _frame(inner, measures)[0]
    layout = layered(dict(level.sources), widths)
    tallest = [0] * layout.layers
    for name, (_x, layer) in layout.places.items():
        tallest[layer] = max(tallest[layer], heights[name])
    tops = tuple(accumulate((height + measures.gap for height in tallest[:-1]), initial=0))[: layout.layers]
    return _Rows(layout, tops, tuple([top + height for top, height in zip(tops, tallest, strict=True)]), heights)


def _frame(inside: Level, measures: Measures) -> tuple[float, float]:
    """How wide the frame around a level is, and where in it the level begins, in columns.

    What leaves it at the bottom does so in the middle, unless that took much more room.
    """
    layout = _rows(inside, measures).layout
    last = layout.places[inside.sources[-1][0]][0]
    even = 2 * max(last, layout.width - last)
    width = even if even - layout.width <= _MOST_EVENING else layout.width
    begin = width / 2 - last if width == even else 0.0
    return width + 2 * measures.rim, begin + measures.rim


def _height(name: str, measures: Measures) -> int:
    if is_entrance(name):
        return 0
    return measures.output_height if name.startswith(OUTPUT) else measures.height


class _Pen:
    """Draws level by level; boxes are `width` pixels wide."""

    def __init__(self, measures: Measures, width: int) -> None:
        self.measures = measures
        self.unit = width + measures.aside
        self.spots: list[Spot] = []
        self.lines: list[str] = []
        self.tips: list[str] = []

    def level(self, level: Level, place: Path, left: float, top: float) -> float:
        """Draw a level whose columns begin at `left` and layers at `top`; where the line leaves it downwards."""
        rows = _rows(level, self.measures)
        left -= self.measures.aside / 2
        inside = dict(level.inside)
        middles = {name: left + column * self.unit for name, (column, _layer) in rows.layout.places.items()}
        exits = dict(middles)
        for name, (_column, layer) in rows.layout.places.items():
            if not is_entrance(name):
                y = top + rows.tops[layer]
                exits[name] = self._item((*place, name), inside.get(name), middles[name], y, rows.heights[name])
        for name, read in level.sources:
            self._tips(name, bool(read), middles[name], top + rows.tops[rows.layout.places[name][1]])
        self._lines(rows, middles, exits, left, top)
        return exits[level.sources[-1][0]]

    def _item(self, path: Path, inside: Level | None, middle: float, y: float, height: int) -> float:
        """Draw a box, or a frame with what is in it; where the line leaves it downwards."""
        measures = self.measures
        box = float(self.unit - measures.aside)
        if inside is None:
            self.spots.append(Spot(path, middle - box / 2, y, box, height, 0.0, is_open=False))
            return middle
        columns, begin = _frame(inside, measures)
        width = columns * self.unit - measures.aside
        self.spots.append(Spot(path, middle - width / 2, y, width, height, (width - box) / 2, is_open=True))
        left = middle + (begin - columns / 2) * self.unit + measures.aside / 2
        leaves = self.level(inside, path, left, y + measures.height)
        # From the last part down to the edge of the frame.
        self.lines.append(f"M{leaves:.0f} {y + height - measures.foot:.0f}V{y + height:.0f}")
        return leaves

    def _tips(self, name: str, reads: bool, middle: float, y: float) -> None:
        if reads and not is_entrance(name):
            self.tips.append(f"M{middle - 4:.0f} {y - 7:.0f}h8l-4 7z")

    def _lines(
        self, rows: _Rows, middles: dict[str, float], exits: dict[str, float], left: float, top: float
    ) -> None:
        """One line for each node that is read: down its lane, and out of it to every reader."""
        layout = rows.layout
        lanes = {name: [left + x * self.unit for x, _layer in lane] for name, lane in layout.lanes.items()}
        for name, lane in lanes.items():
            layer = layout.places[name][1]
            bottom = top + rows.tops[layer] + rows.heights[name]
            points = [(exits[name], bottom, top + rows.bottoms[layer])]
            points += [
                (x, top + rows.tops[below], top + rows.bottoms[below]) for below, x in enumerate(lane, layer + 1)
            ]
            self.lines.append(_path(points))
        for name, read in layout.sources.items():
            layer = layout.places[name][1]
            end = (middles[name], top + rows.tops[layer] - 5, top + rows.tops[layer] - 5)
            for source in read:
                begin = layout.places[source][1]
                if layer == begin + 1:
                    bottom = top + rows.tops[begin] + rows.heights[source]
                    start = (exits[source], bottom, top + rows.bottoms[begin])
                else:
                    bottom = top + rows.bottoms[layer - 1]
                    start = (lanes[source][layer - begin - 2], bottom, bottom)
                self.lines.append(_path([start, end]))


def _path(points: list[tuple[float, float, float]]) -> str:
    """A line through points, each a column with the top and bottom of its layer: straight in it, bent in between."""
    return "".join(_steps(points))


def _steps(points: list[tuple[float, float, float]]) -> Iterator[str]:
    x, top, y = points[0]
    yield f"M{x:.0f} {top:.0f}"
    down = y
    for next_x, next_top, next_bottom in points[1:]:
        if abs(next_x - x) < 1:
            down = next_bottom
            continue
        middle = (down + next_top) / 2
        if down > top:
            yield f"V{down:.0f}"
        yield f"C{x:.0f} {middle:.0f} {next_x:.0f} {middle:.0f} {next_x:.0f} {next_top:.0f}"
        x, top, down = next_x, next_top, next_bottom
    if down > top:
        yield f"V{down:.0f}"
