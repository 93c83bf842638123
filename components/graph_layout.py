"""Where each node of a picture stands: layers from top to bottom, with few crossings and straight chains.

After Sugiyama, Tagawa and Toda 1981: nodes are put into layers by their longest path from an input, an edge over
several layers gets a bend in each, and then every layer is ordered and placed (graph_piece.py). All edges of one node
that pass by share one lane of bends and leave it where they are read. Where a layer has one node and nothing passes
by, the picture is cut: each piece between two cuts is laid out for itself and kept, so that equal pieces, and pieces
that a change left as they were, cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from components.graph_piece import piece_places

_BEND_WIDTH: Final = 0.22
"""Room of an edge that passes by, in widths of a node."""

_BENDS_WIDTH: Final = 1.6
"""Room of all edges that pass by in one layer: many of them move closer together."""

Point = tuple[float, int]
"""A place: column (in widths of a node) and layer (from 0)."""


@dataclass(frozen=True)
class Layout:
    """Places in columns (x, in widths of a node) and layers (y, from 0), and the bends of the edges in between.

    `lanes` has, for each node that is read further down than in the next layer, one bend for each layer in between.
    """

    places: Mapping[str, Point]
    sources: Mapping[str, tuple[str, ...]]
    lanes: Mapping[str, tuple[Point, ...]]
    width: float
    layers: int

    @cached_property
    def edges(self) -> Mapping[tuple[str, str], tuple[Point, ...]]:
        """Each edge by the points it passes, one in each layer."""
        edges = {}
        for node, read in self.sources.items():
            for source in read:
                between = self.places[node][1] - self.places[source][1] - 1
                bends = self.lanes.get(source, ())[:between]
                edges[source, node] = (self.places[source], *bends, self.places[node])
        return edges


def layered(sources: Mapping[str, Sequence[str]], widths: Mapping[str, float] | None = None) -> Layout:
    """Lay out a graph given by what each node reads; a node stands after everything it reads.

    `widths` are those of nodes that are not 1 column wide.
    """
    read = {node: tuple(dict.fromkeys(before)) for node, before in sources.items()}
    depth: dict[str, int] = {}
    for node, before in read.items():
        depth[node] = max([depth[source] for source in before], default=-1) + 1
    pieces = _Pieces(read, depth, widths or {})
    places = pieces.places()
    lanes: dict[str, list[float]] = {}
    for (source, _level), x in pieces.bends.items():
        lanes.setdefault(source, []).append(x)
    left, right = pieces.reach
    return Layout(
        {node: (places[node] - left, level) for node, level in depth.items()},
        read,
        {
            source: tuple([(x - left, depth[source] + 1 + index) for index, x in enumerate(bends)])
            for source, bends in lanes.items()
        },
        right - left,
        len(pieces.layers),
    )


class _Pieces:
    """The layers of a graph, cut where one node stands alone, and the places that the pieces give."""

    def __init__(self, read: Mapping[str, tuple[str, ...]], depth: Mapping[str, int], widths: Mapping[str, float]):
        self.read, self.depth, self.widths = read, depth, widths
        self.layers: list[list[str]] = [[] for _level in range(max(depth.values(), default=-1) + 1)]
        for node, level in depth.items():
            self.layers[level].append(node)
        self.passing: list[list[str]] = [[] for _layer in self.layers]
        for source, last in self._last_readers().items():
            for level in range(depth[source] + 1, last):
                self.passing[level].append(source)
        self.bends: dict[tuple[str, int], float] = {}
        self.reach = (0.0, 1.0)

    def _last_readers(self) -> dict[str, int]:
        last = dict(self.depth)
        for node, before in self.read.items():
            for source in before:
                last[source] = max(last[source], self.depth[node])
        return last

    def places(self) -> dict[str, float]:
        """The column of each node, and on the way those of the bends and how far they reach; cuts are at 0."""
        x: dict[str, float] = {}
        cuts = [
            level for level, layer in enumerate(self.layers) if len(layer) == 1 and not self.passing[level]
        ]
        for level in cuts:
            x[self.layers[level][0]] = 0.0
        widest = max((self._width(self.layers[level][0]) for level in cuts), default=0.0) / 2
        left, right = (-widest, widest) if cuts or not self.layers else (float("inf"), float("-inf"))
        for top, bottom in zip([-1, *cuts], [*cuts, len(self.layers)], strict=True):
            if bottom - top > 1:
                reach = self._place_piece(top, bottom, x)
                left, right = min(left, reach[0]), max(right, reach[1])
        self.reach = (left, right) if self.layers else (0.0, 1.0)
        return x

    def _place_piece(self, top: int, bottom: int, x: dict[str, float]) -> tuple[float, float]:
        """Place what stands between the layers `top` and `bottom`, which are cuts or outside; how far it reaches."""
        first, last = max(top, 0), min(bottom, len(self.layers) - 1)
        index: dict[tuple[str, int], int] = {}
        widths, above = [], []
        bend = min(_BEND_WIDTH, _BENDS_WIDTH / max(1, *(len(p) for p in self.passing[first : last + 1])))
        for level in range(first, last + 1):
            row = []
            for node in self.layers[level]:
                before = self.read[node] if level > first else ()
                above.append(tuple([index[source, level - 1] for source in before]))
                row.append(self._width(node))
            for source in self.passing[level]:
                above.append((index[source, level - 1],))
                row.append(-bend)
            for item in (*self.layers[level], *self.passing[level]):
                index[item, level] = len(index)
            widths.append(tuple(row))
        found = piece_places(tuple(widths), tuple(above), top >= 0, bottom < len(self.layers))
        for (item, level), place in zip(index, found, strict=True):
            if self.depth[item] == level:
                x[item] = place
            else:
                self.bends[item, level] = place
        half = [abs(width) / 2 for row in widths for width in row]
        return min(map(float.__sub__, found, half)), max(map(float.__add__, found, half))

    def _width(self, node: str) -> float:
        return self.widths.get(node, 1.0)


def clear_caches() -> None:
    """Forget every piece, as measurements want it."""
    piece_places.cache_clear()
