"""The layers of a class as its members: how they are made, and how they are called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from lib.arch.block import shown
from lib.arch.code.body import Item
from lib.arch.code.groups import Group
from lib.arch.code.lines import INDENT, LONGEST, Line, call, loop, marked
from lib.arch.code.loops import Stack, stacks
from lib.arch.code.scope import Scope, attribute
from lib.arch.own_layer import RESERVED
from lib.arch.python_code import free_name

DEEP: Final = INDENT * 2
WIDTHS: Final = ("filters", "units")
_ATTRIBUTES: Final = RESERVED | {"layers", "compile", "fit", "evaluate", "predict", "summary", "optimizer", "history"}
_DEFAULTS: Final = {"classes", *WIDTHS}


def _free(name: str, used: set[str]) -> str:
    return free_name(f"{name}_layer" if name in _ATTRIBUTES else name, used)


def _plural(stack: Stack, token: str) -> str:
    """What the list of a stack is called."""
    name = re.sub(r"_*[0-9]+", "", attribute(token)).strip("_")
    if stack.period > 1 or not name[:1].isalpha():
        return "stack"
    return name if name.endswith("s") else f"{name}s"


class Layers(Scope):
    """The layers of a class: how they are made, and how they are called."""

    indent = DEEP

    def prepare(self) -> None:
        """Find stacks, and a name for each attribute."""
        names = [self._named(item) for item in self.items]
        self.stacks = list(stacks(self.body, names, self.same, lambda _place: True, set(self.ends)))
        used = {*_ATTRIBUTES, *_DEFAULTS, *self.body.parameters}
        self.attributes: dict[str, str] = {}
        for stack in self.stacks:
            places = stack.whole if stack.names else stack.once
            tokens = [self.items[place].token for place in places if not self.items[place].owner]
            if stack.names:
                self.attributes |= dict.fromkeys(tokens, _free(_plural(stack, tokens[0]), used))
            else:
                self.attributes |= {token: _free(attribute(token), used) for token in tokens}

    def _named(self, item: Item) -> str:
        return item.use.called if self.group is None else item.token

    def making(self) -> Iterator[Line]:
        """The lines of `__init__`, after the first."""
        for stack in self.stacks:
            if stack.names:
                yield from self._make_list(stack)
                continue
            for place in stack.once:
                item = self.items[place]
                if not item.owner:
                    target = f"self.{self.attributes[item.token]} = {self.maker(item)}"
                    yield from marked(call(target, self._made(place, stack), indent=DEEP), self._nodes(place, stack))

    def _nodes(self, place: int, stack: Stack) -> frozenset[str]:
        return self.body.nodes(*stack.places(place))

    def _made(self, place: int, stack: Stack) -> list[str]:
        item = self.items[place]
        name = f"f{json.dumps(stack.names[place - stack.first])}" if stack.names else json.dumps(self._named(item))
        return [*self.arguments(item, self.settings(place, stack)), f"name={name}"]

    def _make_list(self, stack: Stack) -> Iterator[Line]:
        """A list of layers: as one where they are alike, else layer by layer in a loop."""
        nodes = self._nodes(stack.first, stack)
        target = f"{DEEP}self.{self.attributes[self.items[stack.first].token]}"
        if stack.period > 1:
            yield Line(f"{target} = []", nodes)
            yield from marked(loop(stack.header(), DEEP), nodes)
            yield Line(f"{INDENT}{target} += [", nodes)
            for place in stack.once:
                made = call(self.maker(self.items[place]), self._made(place, stack), ",", DEEP + INDENT * 2)
                yield from marked(made, self._nodes(place, stack))
            yield Line(f"{DEEP}{INDENT}]", nodes)
            return
        inner = call(self.maker(self.items[stack.first]), self._made(stack.first, stack), indent=DEEP + INDENT)
        head = [line.removesuffix(":") for line in loop(stack.header(), DEEP + INDENT)]
        one = f"{target} = [{inner[0].strip()} {head[0].strip()}]"
        if len(inner) == len(head) == 1 and len(one) <= LONGEST:
            yield Line(one, nodes)
        else:
            yield from marked([f"{target} = [", *inner, *head, f"{DEEP}]"], nodes)

    def calling(self) -> Iterator[Line]:
        """The lines of `call`."""
        for stack in self.stacks:
            yield from self.heading(stack.first)
            yield from self.run(stack)

    def loop_over(self, stack: Stack, nodes: frozenset[str]) -> Iterator[Line]:
        """The loop over a list of layers, where those are not the same ones every time."""
        if stack.again:
            yield from super().loop_over(stack, nodes)
            return
        yield Line(f"{DEEP}for layer in self.{self.attributes[self.items[stack.first].token]}:", nodes)
        shape = shown(self.items[stack.whole[-1]].use.shape)
        note = f"  # {shape} in the end" if len(self.body.instances) == 1 else ""
        yield Line(f"{DEEP}{INDENT}x = layer(x){note}", nodes)

    def call_at(self, place: int, stack: Stack, indent: str, *, chained: bool) -> list[Line]:
        item = self.items[place]
        maker = f"self.{self.attributes[item.owner or item.token]}"
        target = "x" if chained else self.variables[item.token]
        text = f"{indent}{target} = {maker}({self.read(item, chained)}){self.note(place, stack)}"
        return marked([text], self._nodes(place, stack))

    def frozen(self, parts: Mapping[Group, Layers], start: str) -> Iterator[tuple[str, str]]:
        """What is frozen, as the code calls it from `start`, and its node."""
        for stack in self.stacks:
            for place in stack.whole:
                item = self.items[place]
                if item.owner or not any(layer.weights and not layer.trainable for layer in item.use.layers):
                    continue
                name = f"{start}.{self.attributes[item.token]}"
                if stack.names:
                    name += f"[{place - stack.first}]"
                if item.use.frozen:
                    yield name, item.use.node
                elif item.group is not None:
                    yield from parts[item.group].frozen(parts, name)
