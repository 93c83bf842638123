"""Which composites of a network are written once and called wherever they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from lib.arch.architecture import Architecture
from lib.arch.blocks.composites.model import Model
from lib.arch.code.body import OUTSIDE, Body, Item
from lib.arch.code.tree import Use, tree
from lib.arch.export_formula import Definitions

_NO_WORD: Final = re.compile(r"[0-9_]*_|[0-9]+")


class Group:
    """Composites made of the same parts, which differ in some of their numbers at most.

    Attributes:
        name: in words, joined with "_".
        instances: the composites.
        body: what stands in its function or class.
    """

    def __init__(self, name: str, instances: list[Use], body: Body) -> None:
        self.name = name
        self.instances = instances
        self.body = body
        self._places = {use: number for number, use in enumerate(instances)}

    def values_of(self, use: Use) -> Mapping[str, str]:
        """The code of every parameter for one of the instances."""
        return self.body.values[self._places[use]]

    @property
    def ends_scopes(self) -> bool:
        """Whether one of them is the end of another composite, after which its last layer is called."""
        return any(use.output != use.path for use in self.instances)


class Program:
    """What there is to write of a network.

    Attributes:
        body: the network itself.
        groups: what is written once, each after what it calls.
    """

    def __init__(self, architecture: Architecture, own: Definitions, *, sharing: bool) -> None:
        """
        Args:
            sharing: whether a composite can be called again as a whole, as an attribute of a class can.
        """
        self._sharing = sharing
        self._own = own
        self._kinds: dict[tuple[object, ...], int] = {}
        self._kind_of: dict[Use, int] = {}
        self._shared: set[Use] = set()
        self._groups: dict[int, Group] = {}
        self.groups: list[Group] = []
        uses = tree(architecture, closed=sharing)
        self._find_shared(uses)
        for use in uses:
            self._kind(use)
        self._gather(uses)
        self.body = Body(tuple(architecture.inputs), [self._items(uses, architecture.inputs)])
        self.body.settle(own)

    def token_of(self, node: str) -> str:
        """The token in the body of the network of what `node` puts out."""
        return next(item.token for item in self.body.items if item.use.output == node)

    def _find_shared(self, uses: Iterable[Use]) -> None:
        """Remember the composites whose layers are called again as a whole, and those that call them."""
        by_name = {use.name: use for use in uses}
        for use in by_name.values():
            if use.layer is None and use.shares is not None:
                self._shared |= {use, by_name[use.shares]}
            self._find_shared(use.parts)
        if not self._sharing:
            self._shared |= {inner for use in by_name.values() if use in self._shared for inner in use.parts}

    def _kind(self, use: Use) -> int:
        """A number that equal composites have in common."""
        frozen = not self._sharing and use.frozen
        if use.layer is not None:
            key: tuple[object, ...] = (self._own.kind(use.layer), frozen, len(use.reads))
        else:
            key = (use.inputs, *((part.name, self._kind(part), part.reads, part.shares) for part in use.parts))
        number = self._kind_of[use] = self._kinds.setdefault(key, len(self._kinds))
        return number

    def _gather(self, uses: tuple[Use, ...]) -> None:
        counts: Counter[int] = Counter()
        seen: set[int] = set()
        self._count(uses, counts, seen)
        instances: dict[int, list[Use]] = {}
        self._collect(uses, instances, {kind for kind, count in counts.items() if count > 1})
        for kind, found in sorted(instances.items(), key=lambda pair: pair[1][0].height):
            self._settle(kind, found)

    def _count(self, uses: Iterable[Use], counts: Counter[int], seen: set[int]) -> None:
        """Count how often each kind of composite would stand in the code."""
        for use in uses:
            if use.layer is not None:
                continue
            kind = self._kind_of[use]
            whole = use not in self._shared
            # What is called again as a whole needs a class, and cannot have a function.
            counts[kind] += 1 if whole else 2 * self._sharing
            if kind not in seen or not whole:
                seen.add(kind)
                if whole or self._sharing:
                    self._count(use.parts, counts, seen)

    def _collect(self, uses: Iterable[Use], instances: dict[int, list[Use]], wanted: set[int]) -> None:
        for use in uses:
            if use.layer is not None or (use.shares is not None and use in self._shared):
                continue
            if self._sharing or use not in self._shared:
                if self._kind_of[use] in wanted:
                    instances.setdefault(self._kind_of[use], []).append(use)
                self._collect(use.parts, instances, wanted)

    def _settle(self, kind: int, instances: list[Use]) -> None:
        bodies = [self._items(use.parts, use.inputs) for use in instances]
        body = Body(instances[0].inputs, bodies)
        body.settle(self._own)
        group = Group(self._named(instances[0], body), instances, body)
        self._groups[kind] = group
        self.groups.append(group)

    def _items(self, uses: Iterable[Use], inputs: Iterable[str]) -> list[Item]:
        tokens = {name: f"{OUTSIDE}{number}" for number, name in enumerate(inputs)}
        items: list[Item] = []
        self._flatten(uses, tokens, "", items, {})
        return items

    def _flatten(
        self, uses: Iterable[Use], tokens: dict[str, str], prefix: str, items: list[Item], makers: dict[str, str]
    ) -> None:
        """Append the items of a scope; composites that are not written once stand open in it."""
        for use in uses:
            token = prefix + use.name
            reads = tuple(tokens[source] for source in use.reads)
            again = use.layer is None and use.shares is not None and self._sharing
            group = None if use.layer is not None or self._opened(use) else self._groups.get(self._kind_of[use])
            if use.layer is None and group is None and not again:
                inside = dict(zip(use.inputs, reads, strict=True))
                self._flatten(use.parts, inside, f"{token}.", items, makers)
                tokens[use.name] = inside[use.parts[-1].name]
                continue
            tokens[use.name] = token
            if use.layer is not None:
                owner = makers[use.layer.shares] if use.layer.shares else None
                makers[use.layer.id] = token
            else:
                owner = f"{prefix}{use.shares}" if again else None
            items.append(Item(use, token, reads, owner, group))

    def _opened(self, use: Use) -> bool:
        """Whether a composite has to stand open because single layers of it are called again."""
        return not self._sharing and use in self._shared

    def _named(self, use: Use, body: Body) -> str:
        name = _NO_WORD.sub("_", use.name).strip("_") if isinstance(use.block, Model) else _words(use.block.name)
        if not name:
            above = [part for part in use.path.split(".") if not part.isdigit()]
            name = f"{_NO_WORD.sub('_', above[-1]).strip('_')}_block"
        alike = next((group for group in self.groups if group.name == name), None)
        if alike is None:
            return name
        others = {item.token for item in alike.body.items}
        more = next((item.token for item in body.items if item.token not in others), "")
        return f"{name}_{_NO_WORD.sub('_', more.replace('.', '_')).strip('_')}".strip("_")


def _words(name: str) -> str:
    """A name of a class in small letters: "se_block" for "SEBlock"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
