"""The parts of a network: groups of layers with one output.

Every way from a layer to the output leads through certain later ones, which post-dominate it (Prosser 1959). Layers
that lead through the same one, and through nothing else before, are a part: a residual block, a dense layer, a cell of
a searched network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lib.arch.architecture import Architecture

FEWEST: Final = 3
"""Layers of a part."""

_MOST: Final = 200
_SINK: Final = ""

Group = list[str]


class Parts:
    """The parts of a network, found in the tree of post-dominators."""

    def __init__(self, architecture: Architecture) -> None:
        self.nodes = architecture.by_id
        self.blocks = {node.id: architecture.block_of(node) for node in architecture.nodes}
        self.order = {name: place for place, name in enumerate([*architecture.inputs, *self.nodes])}
        self.readers: dict[str, list[str]] = {name: [] for name in self.order}
        for node in architecture.nodes:
            for source in node.inputs:
                self.readers[source].append(node.id)
        for target in architecture.outputs.values():
            self.readers[target].append(_SINK)
        for unread in self.readers.values():
            if not unread:
                unread.append(_SINK)
        self.after: dict[str, str] = {}
        self.depth = {_SINK: 0}
        for name in reversed(self.order):
            meeting = self.readers[name][0]
            for other in self.readers[name][1:]:
                meeting = self._meet(meeting, other)
            self.after[name] = meeting
            self.depth[name] = self.depth[meeting] + 1
        self.hanging: dict[str, Group] = {name: [] for name in (*self.order, _SINK)}
        for name in self.nodes:
            self.hanging[self.after[name]].append(name)
        self.trunk = list(self._trunk(next(iter(architecture.inputs))))

    def _meet(self, one: str, other: str) -> str:
        """The first node that the ways from both lead through."""
        while one != other:
            if self.depth[one] >= self.depth[other]:
                one = self.after[one]
            else:
                other = self.after[other]
        return one

    def _trunk(self, name: str) -> Iterator[str]:
        while name != _SINK:
            name = self.after[name]
            yield name

    def found(self) -> list[Group]:
        """The groups of nodes, each with its output as the last one."""
        on_trunk = set(self.trunk)
        groups: list[Group] = []
        chain: Group = []
        for name in self.trunk:
            children = [child for child in self.hanging[name] if child not in on_trunk]
            inside = [node for child in children for node in self._below(child)]
            if not inside and name != _SINK:
                if not chain and groups and groups[-1][-1:] == [self._before(name)] and self._trails(name):
                    groups[-1].append(name)
                else:
                    chain.append(name)
                continue
            if name != _SINK and groups and self._ends(groups[-1], chain):
                groups[-1] += chain
            else:
                groups.append(chain)
            chain = []
            if len(inside) < _MOST and name != _SINK:
                groups.append([*inside, name])
            else:
                last = self._last_cell(name, children)
                groups += [cell for child in children if child not in last for cell in self._cells(child)]
                groups.append([*last, *([] if name == _SINK else [name])])
        return [sorted(group, key=self.order.__getitem__) for group in [*groups, chain] if len(group) >= FEWEST]

    def _last_cell(self, name: str, children: Sequence[str]) -> set[str]:
        """What is below a bottleneck at the end of many cells, and not in one of those: the small things that only it
        and each other read."""
        below = {child: set(self._below(child)) for child in children}
        largest = max(map(len, below.values()), default=0)
        inside = {name}
        for child in sorted(children, key=lambda child: -self.order[child]):
            if 3 * len(below[child]) <= largest and inside.issuperset(self.readers[child]):
                inside |= below[child]
        return inside - {name}

    def _ends(self, group: Group, chain: Group) -> bool:
        """Whether a chain that is too short for a part is the end of the one before it: a projection."""
        short = 0 < len(chain) < FEWEST
        return short and group[-1:] == [self._before(chain[0])] and self.blocks[chain[0]].family == "conv"

    def _before(self, name: str) -> str:
        return self.nodes[name].inputs[0]

    def _trails(self, name: str) -> bool:
        return len(self.nodes[name].inputs) == 1 and self.blocks[name].family == "activation"

    def _cells(self, name: str) -> Iterator[Group]:
        """The parts below a node that is no bottleneck of the whole: itself, or where it is too large, those in it."""
        below = list(self._below(name))
        if len(below) < _MOST:
            yield below
        else:
            for child in self.hanging[name]:
                yield from self._cells(child)

    def _below(self, name: str) -> Iterator[str]:
        ahead = [name]
        while ahead:
            here = ahead.pop()
            yield here
            ahead += self.hanging[here]
