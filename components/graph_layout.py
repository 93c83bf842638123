"""Where each node of a picture stands: layers from top to bottom, with few crossings and straight chains.

After Sugiyama, Tagawa and Toda 1981: nodes are put into layers by their longest path from an input, an edge over
several layers gets a bend in each, layers are ordered by the mean place of their neighbours, and places are then
pulled towards the neighbours as far as the order and the distances allow. All edges of one node that pass by share
one lane of bends and leave it where they are read. Where a layer has one node and nothing passes by, the picture is
cut: each piece between two cuts is laid out for itself and kept, so that equal pieces, and pieces that a change left
as they were, cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

_SWEEPS: Final = 7
_FEWER_SWEEPS: Final = 3
_LARGE: Final = 700
"""Items of a piece from which on fewer sweeps must do."""

_BEND_WIDTH: Final = 0.22
"""Room of an edge that passes by, in widths of a node."""

_BENDS_WIDTH: Final = 1.6
"""Room of all edges that pass by in one layer: many of them move closer together."""

_LANE: Final = 0.001
"""What an edge's wish for a place counts against a node's."""

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
        found = _piece(tuple(widths), tuple(above), top >= 0, bottom < len(self.layers))
        for (item, level), place in zip(index, found, strict=True):
            if self.depth[item] == level:
                x[item] = place
            else:
                self.bends[item, level] = place
        half = [abs(width) / 2 for row in widths for width in row]
        return min(map(float.__sub__, found, half)), max(map(float.__add__, found, half))

    def _width(self, node: str) -> float:
        return self.widths.get(node, 1.0)


@lru_cache(maxsize=4096)
def _piece(
    widths: tuple[tuple[float, ...], ...], above: tuple[tuple[int, ...], ...], from_cut: bool, to_cut: bool
) -> tuple[float, ...]:
    """The places of the items of one piece, layer by layer; those of its cuts are 0.

    Args:
        widths: of the items in each layer; of bends with a minus.
        above: for each item those of the layer above that it is joined to.
        from_cut: whether the first layer is a cut.
        to_cut: whether the last layer is a cut.
    """
    below: list[list[int]] = [[] for _item in above]
    for item, near in enumerate(above):
        for upper in near:
            below[upper].append(item)
    rows, start = [], 0
    for row in widths:
        rows.append(list(range(start, start + len(row))))
        start += len(row)
    sweeps = _SWEEPS if len(above) < _LARGE else _FEWER_SWEEPS
    flat = [width for row in widths for width in row]
    _order(rows, above, below, sweeps)
    x = _place(rows, flat, above, below, sweeps)
    cuts = [end[0] for end, is_cut in ((rows[0], from_cut), (rows[-1], to_cut)) if is_cut]
    middle = _mean([x[cut] for cut in cuts], 0.0)
    moved = [place - middle for place in x]
    for cut in cuts:
        moved[cut] = 0.0
    return tuple(moved)


def _order(
    rows: list[list[int]], above: Sequence[Sequence[int]], below: Sequence[Sequence[int]], sweeps: int
) -> None:
    """Order each row by the mean place of the neighbours, downwards and upwards in turn, until nothing changes."""
    place = [0.0] * len(above)
    for row in rows:
        _spread(row, place)
    changed = [True, True]
    for sweep in range(sweeps):
        down = sweep % 2 == 0
        near = above if down else below
        changed[sweep % 2] = False
        for row in rows if down else reversed(rows):
            if len(row) > 1:
                middle = {item: _mean([place[n] for n in near[item]], place[item]) for item in row}
                ordered = sorted(row, key=middle.__getitem__)
                if ordered != row:
                    changed[sweep % 2] = True
                    row[:] = ordered
                    _spread(row, place)
        if not any(changed):
            break


def _spread(row: list[int], place: list[float]) -> None:
    most = max(len(row) - 1, 1)
    for index, item in enumerate(row):
        place[item] = index / most


def _place(
    rows: list[list[int]],
    widths: list[float],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
    sweeps: int,
) -> list[float]:
    x = [0.0] * len(above)
    for row in rows:
        start = -sum(abs(widths[item]) for item in row) / 2
        for item in row:
            x[item] = start + abs(widths[item]) / 2
            start += abs(widths[item])
    # Like goes with like: a chain of nodes is straight, and so is a lane.
    pulls = [
        [[n for n in near if (widths[n] > 0) == (widths[item] > 0)] or near for item, near in enumerate(side)]
        for side in (above, below)
    ]
    for sweep in range(sweeps):
        near = pulls[sweep % 2]
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_mean([x[n] for n in near[item]], x[item]) for item in row]
            for item, place in zip(row, _apart([widths[item] for item in row], wanted), strict=True):
                x[item] = place
    return x


def _apart(widths: list[float], wanted: list[float]) -> list[float]:
    """The places nearest to `wanted` that keep order and distances (pool adjacent violators)."""
    if len(wanted) == 1:
        return wanted
    offsets, reach, before = [], 0.0, -abs(widths[0])
    blocks: list[tuple[float, float, int]] = []
    for width, want in zip(widths, wanted, strict=True):
        reach += (before + abs(width)) / 2
        before = abs(width)
        offsets.append(reach)
        mean, heavy, count = want - reach, 1.0 if width > 0 else _LANE, 1
        while blocks and blocks[-1][0] > mean:
            other, weight, more = blocks.pop()
            mean, heavy, count = (other * weight + mean * heavy) / (weight + heavy), weight + heavy, count + more
        blocks.append((mean, heavy, count))
    flat = [mean for mean, _weight, count in blocks for _i in range(count)]
    return [base + offset for base, offset in zip(flat, offsets, strict=True)]


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def clear_caches() -> None:
    """Forget every piece, as measurements want it."""
    _piece.cache_clear()
