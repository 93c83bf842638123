"""What stands in one function or class of the code: a list of calls, the same for every place where it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lib.arch.block import shown
from lib.arch.code.tree import Use
from lib.arch.export_formula import Definitions
from lib.arch.python_code import free_name

if TYPE_CHECKING:
    from lib.arch.code.groups import Group

OUTSIDE = ":"
"""Starts the tokens of what comes in: ":0" and so on."""


@dataclass(frozen=True, eq=False)
class Item:
    """One call: of a plain layer, or of what is written once for several places.

    Attributes:
        token: its name in the body, the names of parts joined with dots.
        reads: the tokens that it reads.
        owner: the token of the item whose layers it calls again.
        group: what is written once, where it is no plain layer.
    """

    use: Use
    token: str
    reads: tuple[str, ...]
    owner: str | None = None
    group: Group | None = None


@dataclass(eq=False)
class Body:
    """The items of a scope in all of its instances; what differs between those becomes a parameter.

    Attributes:
        inputs: what comes in, as the first instance calls it.
        instances: for each instance its items; the lists are alike.
        settings: for each item its arguments by name, as code: a value, or the name of a parameter.
        parameters: the names of the parameters.
        values: for each instance the code of every parameter.
    """

    inputs: tuple[str, ...]
    instances: list[list[Item]]
    settings: list[dict[str, str]] = field(default_factory=list)
    parameters: tuple[str, ...] = ()
    values: list[dict[str, str]] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        """The items of the first instance."""
        return self.instances[0]

    @cached_property
    def readers(self) -> Mapping[str, list[int]]:
        """The places of the items that read a token."""
        found: dict[str, list[int]] = {}
        for place, item in enumerate(self.items):
            for token in item.reads:
                found.setdefault(token, []).append(place)
        return found

    def nodes(self, *places: int) -> frozenset[str]:
        """The nodes to which the items at `places` belong."""
        return frozenset(items[place].use.node for items in self.instances for place in places)

    def settle(self, own: Definitions) -> None:
        """Find what differs between the instances, and give it names."""
        columns: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        for place in range(len(self.items)):
            settings = _columns([items[place] for items in self.instances], own)
            self.settings.append({name: codes[0] for name, codes in settings.items()})
            for name, codes in settings.items():
                if len(set(codes)) > 1:
                    columns.setdefault(codes, []).append((place, name))
        called = self._called(columns)
        self.parameters = tuple(called.values())
        self.values = [{name: codes[number] for codes, name in called.items()} for number in range(len(self.instances))]
        for codes, places in columns.items():
            for place, name in places:
                self.settings[place][name] = called[codes]

    def _called(self, columns: Mapping[tuple[str, ...], Sequence[tuple[int, str]]]) -> dict[tuple[str, ...], str]:
        """A name for each column of values: that of the argument, and of the layer where several are called so."""
        first = {codes: places[0] for codes, places in columns.items()}
        plain = [name for _place, name in first.values()]
        used = {"x", "name", "last", "inputs", "self", "kwargs", "n"}
        called: dict[tuple[str, ...], str] = {}
        for codes, (place, name) in first.items():
            own = self.items[place].token.replace(".", "_")
            own = own if own[:1].isalpha() else f"part_{own}"
            called[codes] = free_name(name if plain.count(name) == 1 else f"{own}_{name}", used)
        return called

    def note(self, places: Sequence[int], chosen: Mapping[str, Sequence[str]] | None = None) -> str:
        """The shape that comes out at `places`, which are written once: "? × ? × filters".

        Args:
            chosen: the values at those places of what has a name there, where it is not the parameters.
        """
        shapes = [items[place].use.shape for items in self.instances for place in places]
        columns = chosen or {name: [values[name] for values in self.values] for name in self.parameters}
        if len({len(shape) for shape in shapes}) > 1:
            return ""
        sizes = [_size([shape[axis] for shape in shapes], columns) for axis in range(len(shapes[0]))]
        if all(size is None for size in sizes):
            return "" if sizes else f"  # {shown(())}"
        return f"  # {' × '.join('?' if size is None else size for size in sizes)}"


def _columns(items: Sequence[Item], own: Definitions) -> dict[str, tuple[str, ...]]:
    """The arguments that any of these items, which stand in each other's place, is made with: a code for each item."""
    given = [_arguments(item, own) for item in items]
    names = dict.fromkeys(name for found in given for name in found)
    layer = items[0].use.layer
    if layer is None:
        return {name: tuple(found[name] for found in given) for name in names}
    ordered = sorted(names, key=own.order(layer).index)
    return {name: tuple(found.get(name) or own.default(layer, name) for found in given) for name in ordered}


def _arguments(item: Item, own: Definitions) -> Mapping[str, str]:
    """What an item is made with, by name, as code: nothing where it calls the layers of another."""
    if item.owner is not None:
        return {}
    if item.use.layer is not None:
        return own.settings(item.use.layer)
    return {} if item.group is None else item.group.values_of(item.use)


def _size(sizes: Sequence[int | None], columns: Mapping[str, Sequence[str]]) -> str | None:
    if len(set(sizes)) == 1:
        return None if sizes[0] is None else str(sizes[0])
    codes = [str(size) for size in sizes]
    return next((name for name, values in columns.items() if list(values) == codes), None)
