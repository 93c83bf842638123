"""Stacks of equal layers in a body, which the code goes through in a loop."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from lib.arch.code.body import Body
from lib.arch.python_code import free_name

_NUMBER: Final = re.compile(r"[0-9]+")
_LONGEST: Final = 6
_MOST_TARGETS: Final = 3

Same = Callable[[int, int], bool]


@dataclass(frozen=True)
class Stack:
    """The items from `first` on: `period` of them, `count` times in a row; 1 and 1 for one by itself.

    Attributes:
        start: the number in the names of the first of them.
        names: their names, with {n} for that number.
        targets: what differs from time to time, by name, as code.
        again: whether every time calls the layers of the first one.
    """

    first: int
    period: int = 1
    count: int = 1
    start: int = 0
    names: tuple[str, ...] = ()
    targets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    again: bool = False

    @property
    def size(self) -> int:
        """How many items it has."""
        return self.period * self.count

    @property
    def whole(self) -> range:
        """Where its items stand."""
        return range(self.first, self.first + self.size)

    @property
    def once(self) -> range:
        """Where the items of the first time stand."""
        return range(self.first, self.first + self.period)

    def places(self, place: int) -> range:
        """Where that stands every time which stands at `place` the first time."""
        return range(place, self.first + self.size, self.period)

    @property
    def numbered(self) -> bool:
        """Whether the names of its layers need the number."""
        return any("{n}" in name for name in self.names)

    def header(self) -> str:
        """The head of the loop that makes its layers, without the colon: "for n, filters in enumerate((16, 32), 1)"."""
        names = [name for name, _codes in self.targets]
        columns = [codes for _name, codes in self.targets]
        if not columns:
            ends = f"{self.start}, {self.start + self.count}" if self.start else f"{self.count}"
            return f"for {'n' if self.numbered else '_'} in range({ends})"
        rows = columns[0] if len(columns) == 1 else [f"({', '.join(row)})" for row in zip(*columns, strict=True)]
        listed = f"({', '.join(rows)})"
        if not self.numbered:
            return f"for {', '.join(names)} in {listed}"
        target = names[0] if len(names) == 1 else f"({', '.join(names)})"
        return f"for n, {target} in enumerate({listed}, {self.start})"


def stacks(body: Body, names: Sequence[str], same: Same, plain: Callable[[int], bool], ends: set[str]) -> list[Stack]:
    """All items of a body in their order, those that repeat in stacks.

    Args:
        names: what the layers of the items are called.
        same: whether the code for two items differs in its arguments at most.
        plain: whether an item may stand in a loop.
        ends: the tokens that are the outputs of the body.
    """
    finder = _Finder(body, names, same, plain, ends)
    found: list[Stack] = []
    place = 0
    while place < len(body.items):
        found.append(finder.at(place))
        place += found[-1].size
    return found


class _Finder:
    def __init__(
        self, body: Body, names: Sequence[str], same: Same, plain: Callable[[int], bool], ends: set[str]
    ) -> None:
        self.body = body
        self.items = body.items
        self.names = names
        self.same = same
        self.plain = plain
        self.ends = ends
        self.owners = {item.owner for item in self.items if item.owner}

    def at(self, first: int) -> Stack:
        """The longest stack that begins here."""
        best = Stack(first)
        for period in range(1, _LONGEST + 1):
            again = self._again(first, period)
            if again > 1 and period * again > best.size:
                best = Stack(first, period, again, again=True)
            stack = self._stack(first, period)
            if stack and stack.size >= period + 2 and stack.size > best.size:
                best = stack
        return best

    def _chained(self, place: int, first: int) -> bool:
        """Whether the item reads the one before and nothing else, which nothing else reads."""
        item = self.items[place]
        if place == first:
            return len(item.reads) == 1
        before = self.items[place - 1].token
        return item.reads == (before,) and self.body.readers[before] == [place] and before not in self.ends

    def _again(self, first: int, period: int) -> int:
        """How often the items from `first` on are called in a row, counting the first time."""
        items = self.items
        count = 1
        if any(item.owner for item in items[first : first + period]):
            return 1
        while first + (count + 1) * period <= len(items):
            places = range(first + count * period, first + (count + 1) * period)
            if any(items[place].owner != items[first + (place - first) % period].token for place in places):
                break
            count += 1
        whole = range(first, first + count * period)
        return count if count > 1 and all(self._chained(place, first) for place in whole) else 1

    def _stack(self, first: int, period: int) -> Stack | None:
        """The stack of items with weights of their own."""
        count = 0
        while first + (count + 1) * period <= len(self.items) and self._fits(first, period, count):
            count += 1
        while count > 1:
            stack = self._named(first, period, count)
            if stack:
                return stack
            count -= 1
        return None

    def _fits(self, first: int, period: int, count: int) -> bool:
        places = range(first + count * period, first + (count + 1) * period)
        return all(
            self.plain(place)
            and self.items[place].owner is None
            and self.items[place].token not in self.owners
            and self._chained(place, first)
            and (not count or self.same(place - period, place))
            for place in places
        )

    def _named(self, first: int, period: int, count: int) -> Stack | None:
        """The stack, if its names count up by one and little enough differs otherwise."""
        names, start = [], None
        for offset in range(period):
            listed = [self.names[place] for place in range(first + offset, first + period * count, period)]
            found = template(listed)
            if found is None or (start is not None and found[1] is not None and found[1] != start):
                return None
            names.append(found[0])
            start = found[1] if start is None else start
        targets = self._targets(first, period, count)
        if len(targets) > _MOST_TARGETS:
            return None
        return Stack(first, period, count, start or 0, tuple(names), targets)

    def _targets(self, first: int, period: int, count: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
        columns: dict[tuple[str, ...], str] = {}
        used = set(self.body.parameters)
        for offset in range(period):
            settings = [self.body.settings[place] for place in range(first + offset, first + period * count, period)]
            for name in settings[0]:
                codes = tuple(setting[name] for setting in settings)
                if len(set(codes)) > 1 and codes not in columns:
                    columns[codes] = free_name(name, used)
        return tuple((name, codes) for codes, name in columns.items())


def template(names: Sequence[str]) -> tuple[str, int | None] | None:
    """The pattern of names that count up by one, with {n} for the number, and the first number.

    None where they do not.
    """
    parts = [_NUMBER.split(name) for name in names]
    numbers = [_NUMBER.findall(name) for name in names]
    if any(part != parts[0] for part in parts):
        return None
    start: int | None = None
    pieces = [parts[0][0]]
    for place, after in enumerate(parts[0][1:]):
        column = [row[place] for row in numbers]
        if len(set(column)) == 1:
            pieces += [column[0], after]
            continue
        first = int(column[0])
        if column != [str(first + step) for step in range(len(names))] or start not in (None, first):
            return None
        start = first
        pieces += ["{n}", after]
    return "".join(pieces), start
