"""One piece of a layout: its layers ordered and placed, with few crossings and straight chains.

After Sugiyama, Tagawa and Toda 1981: layers are ordered by the mean place of their neighbours, and places are then
pulled towards the neighbours as far as the order and the distances allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_SWEEPS: Final = 7
_FEWER_SWEEPS: Final = 3
_LARGE: Final = 700
"""Items of a piece from which on fewer sweeps must do."""

_LANE: Final = 0.001
"""What a bend's wish for a place counts against a node's."""


@lru_cache(maxsize=4096)
def piece_places(
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
