"""Where each node of a picture stands: layers from top to bottom, with few crossings and straight chains.

After Sugiyama, Tagawa and Toda 1981: nodes are put into layers by their longest path from an input, an edge over
several layers gets a bend in each, layers are ordered by the mean place of their neighbours, and places are then
pulled towards the neighbours as far as the order and the distances allow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_SWEEPS: Final = 7
_BEND_WIDTH: Final = 0.22
"""Room of an edge that passes by, in widths of a node."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Places in columns (x, in widths of a node) and layers (y, from 0); each edge by the points it passes."""

    places: Mapping[str, tuple[float, int]]
    edges: Mapping[tuple[str, str], tuple[tuple[float, int], ...]]
    width: float
    layers: int


_Item = str | tuple[str, str, int]


def layered(sources: Mapping[str, Sequence[str]]) -> Layout:
    """Lay out a graph given by what each node reads; a node stands after everything it reads."""
    depth: dict[_Item, int] = {}
    for node, read in sources.items():
        depth[node] = max((depth[source] + 1 for source in read), default=0)
    edges = {(source, node): None for node, read in sources.items() for source in read}
    paths: dict[tuple[str, str], list[_Item]] = {}
    for source, node in edges:
        bends: list[_Item] = [(source, node, level) for level in range(depth[source] + 1, depth[node])]
        depth.update({bend: depth[source] + 1 + i for i, bend in enumerate(bends)})
        paths[source, node] = [source, *bends, node]
    layers = _ordered(depth, paths)
    x = _placed(layers, paths)
    left = min((x[item] - _width(item) / 2 for item in x), default=0.0)
    right = max((x[item] + _width(item) / 2 for item in x), default=1.0)
    return Layout(
        {node: (x[node] - left, depth[node]) for node in sources},
        {edge: tuple((x[item] - left, depth[item]) for item in path) for edge, path in paths.items()},
        right - left,
        len(layers),
    )


def _width(item: _Item) -> float:
    return 1.0 if isinstance(item, str) else _BEND_WIDTH


def _neighbours(paths: Mapping[tuple[str, str], list[_Item]]) -> tuple[dict[_Item, list[_Item]], ...]:
    """For each item what stands right above it, and right below it."""
    above: dict[_Item, list[_Item]] = defaultdict(list)
    below: dict[_Item, list[_Item]] = defaultdict(list)
    for path in paths.values():
        for upper, lower in pairwise(path):
            above[lower].append(upper)
            below[upper].append(lower)
    return above, below


def _ordered(depth: Mapping[_Item, int], paths: Mapping[tuple[str, str], list[_Item]]) -> list[list[_Item]]:
    layers: list[list[_Item]] = [[] for _level in range(max(depth.values(), default=-1) + 1)]
    for item, level in depth.items():
        layers[level].append(item)
    above, below = _neighbours(paths)
    for sweep in range(_SWEEPS):
        order = layers if sweep % 2 == 0 else layers[::-1]
        near = above if sweep % 2 == 0 else below
        for fixed, free in pairwise(order):
            place = {item: index / max(len(fixed) - 1, 1) for index, item in enumerate(fixed)}
            middle = {
                item: _mean([place[n] for n in near[item]], index / max(len(free) - 1, 1))
                for index, item in enumerate(free)
            }
            free.sort(key=middle.__getitem__)
    return layers


def _placed(layers: list[list[_Item]], paths: Mapping[tuple[str, str], list[_Item]]) -> dict[_Item, float]:
    above, below = _neighbours(paths)
    x: dict[_Item, float] = {}
    for layer in layers:
        start = -sum(map(_width, layer)) / 2
        for item in layer:
            x[item] = start + _width(item) / 2
            start += _width(item)
    for sweep in range(_SWEEPS):
        near = above if sweep % 2 == 0 else below
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [_pull(item, near[item], x) for item in layer]
            x.update(zip(layer, _apart(layer, wanted), strict=True))
    return x


def _pull(item: _Item, near: list[_Item], x: Mapping[_Item, float]) -> float:
    """Where the neighbours want `item`: nodes count more than edges that pass by, so that chains stay straight."""
    nodes = [x[n] for n in near if isinstance(n, str)]
    if isinstance(item, str) and nodes:
        return _mean(nodes, 0.0)
    return _mean([x[n] for n in near], x[item])


def _apart(layer: list[_Item], wanted: list[float]) -> list[float]:
    """The places nearest to `wanted` that keep order and distances (pool adjacent violators)."""
    offsets, reach = [], 0.0
    for index, item in enumerate(layer):
        if index:
            reach += (_width(layer[index - 1]) + _width(item)) / 2
        offsets.append(reach)
    blocks: list[tuple[float, float, int]] = []
    for item, want, offset in zip(layer, wanted, offsets, strict=True):
        weight = 1.0 if isinstance(item, str) else 0.001
        block = (want - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, heavy, count = blocks.pop()
            total = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    flat = [mean for mean, _weight, count in blocks for _i in range(count)]
    return [base + offset for base, offset in zip(flat, offsets, strict=True)]


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
