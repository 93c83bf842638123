"""What the writers of functions and of classes have in common: variables, names, arguments, notes."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from lib.arch.analyse import analyse
from lib.arch.architecture import Architecture
from lib.arch.code.body import OUTSIDE, Body, Item
from lib.arch.code.groups import Group
from lib.arch.code.lines import INDENT, LONGEST, Line, alone, loop, marked
from lib.arch.code.loops import Stack
from lib.arch.export_formula import Definitions
from lib.arch.python_code import free_name


def definitions(architecture: Architecture, taken: set[str]) -> Definitions:
    """What the layers of a network need to be defined, under no name in `taken`.

    Raises:
        UserError: the first mistake of the architecture.
    """
    analysis = analyse(architecture)
    analysis.expect_complete()
    return Definitions(analysis.layers, taken)


class Scope(ABC):
    """One function or class in the making.

    Args:
        body: what stands in it.
        own: the functions and layers of one's own.
        called: what the code calls each group.
        inputs: what the code calls what comes in.
        ends: the tokens that are its outputs.
        used: names that no variable may have; those of this scope are added.
        group: what it is written for, unless that is the network itself.
    """

    indent = INDENT

    def __init__(
        self, body: Body, own: Definitions, called: Mapping[Group, str], inputs: Sequence[str], ends: Sequence[str],
        used: set[str], group: Group | None,
    ) -> None:  # fmt: skip
        self.body = body
        self.items = body.items
        self.own = own
        self.called = called
        self.ends = ends
        self.group = group
        self.used = used
        self.inputs = inputs
        self.variables = {f"{OUTSIDE}{number}": name for number, name in enumerate(inputs)}
        self._name_tensors()

    @classmethod
    def of_group(cls, group: Group, own: Definitions, called: Mapping[Group, str], used: set[str]) -> Self:
        """The function or class of what is written once; to `used` the names of this scope are added."""
        names = group.body.inputs
        inputs = ["inputs"] if len(names) == 1 else [free_name(name, used) for name in names]
        return cls(group.body, own, called, inputs, [group.body.items[-1].token], used, group)

    def _name_tensors(self) -> None:
        """`x` along a chain, a name of its own where a tensor is read elsewhere."""
        for place, item in enumerate(self.items):
            next_only = self.body.readers.get(item.token) == [place + 1] and item.token not in self.ends
            is_end = place == len(self.items) - 1 and set(self.ends) == {item.token}
            name = "x" if next_only or is_end else free_name(attribute(self.tensor_name(item)), self.used)
            self.variables[item.token] = name

    def tensor_name(self, item: Item) -> str:
        """What the tensor of an item is called after, where it needs a name."""
        return item.use.output if self.group is None else item.token

    def inside(self, item: Item, name: str) -> str | None:
        """`name`, which counts from the network, counted from this scope; None where it is that of the scope."""
        if self.group is None:
            return name
        prefix = f"{self.group.instances[0].path}."
        return name.removeprefix(prefix) if name.startswith(prefix) else None

    def same(self, one: int, two: int) -> bool:
        """Whether two items differ in their arguments at most."""
        first, second = self.items[one], self.items[two]
        if self.body.settings[one].keys() != self.body.settings[two].keys() or first.group is not second.group:
            return False
        if first.use.layer is None or second.use.layer is None:
            return first.group is not None
        return self.own.kind(first.use.layer) == self.own.kind(second.use.layer)

    def heading(self, place: int) -> list[Line]:
        """A remark before the first layer of a composite that stands open in the code."""
        item = self.items[place]
        opened = self.group is None and "." in item.token
        if not opened or (place and self.items[place - 1].use.node == item.use.node):
            return []
        return [Line(""), Line(f"{self.indent}# {item.use.node}", self.body.nodes(place))]

    def run(self, stack: Stack) -> Iterator[Line]:
        """The calls of a stack, in a loop where it has several items: there its tensor is `x`."""
        if stack.size == 1:
            yield from self.call_at(stack.first, stack, self.indent, chained=False)
            return
        nodes = self.body.nodes(*stack.whole)
        before, after = self.items[stack.first].reads[0], self.items[stack.whole[-1]].token
        if self.variables[before] != "x":
            yield Line(f"{self.indent}x = {self.variables[before]}", nodes)
        yield from self.loop_over(stack, nodes)
        if self.variables[after] != "x":
            yield Line(f"{self.indent}{self.variables[after]} = x", nodes)

    def loop_over(self, stack: Stack, nodes: frozenset[str]) -> Iterator[Line]:
        """The loop over a stack that belongs to `nodes`, in which its items are called."""
        yield from marked(loop(stack.header(), self.indent), nodes)
        for place in stack.once:
            yield from self.call_at(place, stack, self.indent + INDENT, chained=True)

    @abstractmethod
    def call_at(self, place: int, stack: Stack, indent: str, *, chained: bool) -> list[Line]:
        """The call of the item at `place`, which stands for its fellows in the stack; `chained` in a loop."""

    def settings(self, place: int, stack: Stack) -> dict[str, str]:
        """The arguments of the item at `place`, in which what differs from time to time in a stack has a name."""
        names = {codes: name for name, codes in stack.targets}
        found = {}
        for name, code in self.body.settings[place].items():
            column = tuple(self.body.settings[other][name] for other in stack.places(place)) if stack.targets else ()
            found[name] = names.get(column, code)
        return found

    def note(self, place: int, stack: Stack) -> str:
        """The shape that an item puts out, as a note."""
        places = stack.places(place)
        if len(places) == 1:
            return self.body.note([place])
        return self.body.note(places, dict(stack.targets) if len(self.body.instances) == 1 else {"": ()})

    def result(self) -> str:
        """What it returns, as code."""
        return alone(self.variables[token] for token in self.ends)

    def arguments(self, item: Item, settings: Mapping[str, str]) -> list[str]:
        """The arguments of an item as the code spells them."""
        if item.use.layer is None:
            return [f"{name}={code}" for name, code in settings.items()]
        return self.own.spelled_arguments(item.use.layer, settings)

    def maker(self, item: Item) -> str:
        """The class of a layer, or what is written once."""
        if item.use.layer is not None:
            return self.own.kind(item.use.layer)
        assert item.group is not None
        return self.called[item.group]

    def read(self, item: Item, chained: bool) -> str:
        """What an item is called with."""
        listed = ", ".join(["x"] if chained else [self.variables[token] for token in item.reads])
        layer = item.use.layer
        as_list = layer is not None and layer.block.most_inputs != 1 and not layer.block.separate_inputs
        return f"[{listed}]" if as_list else listed


def attribute(token: str) -> str:
    """A token as a name of Python."""
    name = token.replace(".", "_")
    return name if name[:1].isalpha() else f"block_{name}"


def docstring(group: Group, more: str = "") -> list[str]:
    """What is said of a function or class, as lines that are not indented."""
    blocks = {use.block.name: use.block for use in group.instances}
    first, *others = blocks.values()
    says = group.name.replace("_", " ").capitalize() if others or first.name == "Model" else first.help.rstrip(".")
    lines = textwrap.wrap(f"{says}.{more}", LONGEST - 8)
    return [f'"""{lines[0]}', *lines[1:], '"""'] if len(lines) > 1 else [f'"""{lines[0]}"""']
