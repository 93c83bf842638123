"""A network as a class: its layers are made in `__init__` and called in `call`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lib.arch.architecture import Architecture
from lib.arch.block import shown
from lib.arch.code.body import Body, Item
from lib.arch.code.functional import alone, loop
from lib.arch.code.groups import Group, Program
from lib.arch.code.lines import INDENT, LONGEST, Line, call, marked
from lib.arch.code.loops import Stack, stacks
from lib.arch.code.scope import Scope, attribute, definitions, docstring
from lib.arch.export_formula import Definitions
from lib.arch.own_layer import RESERVED
from lib.arch.python_code import TAKEN, free_name

_TAKEN: Final = {*TAKEN, "x", "n", "inputs", "outputs", "name", "self", "kwargs", "build_model", "model"}
_ATTRIBUTES: Final = RESERVED | {"layers", "compile", "fit", "evaluate", "predict", "summary", "optimizer", "history"}
_DEEP: Final = INDENT * 2
_WIDTHS: Final = ("filters", "units")
_DEFAULTS: Final = {"classes", *_WIDTHS}


def subclassed(architecture: Architecture, taken: Iterable[str] = ()) -> list[Line]:
    """The lines of a class of the network, of what stands before it, and of a function `build_model()`.

    Its layers are called as in Blockyard; those of a composite that is a class of its own, as its parts.

    Raises:
        UserError: the first mistake of the architecture.
    """
    own = definitions(architecture, {*_TAKEN, *taken})
    program = Program(architecture, own, sharing=True)
    used = {*_TAKEN, *taken, *own.names}
    called = {group: free_name(camel(group.name), used) for group in program.groups}
    parts = {group: _Class(group, own, called, set(used)) for group in program.groups}
    lines = own.lines()
    for part in parts.values():
        lines += [*part.lines(), Line(""), Line("")]
    network = _Network(architecture, program, own, called, used)
    return [*lines, *network.lines(), Line(""), Line(""), *network.build_model(parts)]


def camel(name: str) -> str:
    """A name in words as that of a class: "SqueezeNet" of "squeeze_net"."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Network{joined}"


def _free(name: str, used: set[str]) -> str:
    return free_name(f"{name}_layer" if name in _ATTRIBUTES else name, used)


def _plural(stack: Stack, token: str) -> str:
    """What the list of a stack is called."""
    name = re.sub(r"_*[0-9]+", "", attribute(token)).strip("_")
    if stack.period > 1 or not name[:1].isalpha():
        return "stack"
    return name if name.endswith("s") else f"{name}s"


class _Layers(Scope):
    """The layers of a class: how they are made, and how they are called."""

    indent = _DEEP

    def prepare(self) -> None:
        """Find stacks, and a name for each attribute."""
        names = [self._named(item) for item in self.items]
        self.stacks = list(stacks(self.body, names, self.same, lambda _place: True, set(self.ends)))
        used = {*_ATTRIBUTES, *_DEFAULTS, *self.body.parameters}
        self.attributes: dict[str, str] = {}
        for stack in self.stacks:
            places = range(stack.first, stack.first + (stack.size if stack.names else stack.period))
            tokens = [self.items[place].token for place in places if not self.items[place].owner]
            if stack.names:
                self.attributes |= dict.fromkeys(tokens, _free(_plural(stack, tokens[0]), used))
            else:
                self.attributes |= {token: _free(attribute(token), used) for token in tokens}

    def _named(self, item: Item) -> str:
        if self.group is not None:
            return item.token
        return item.use.output if item.use.layer is not None else item.use.path

    def making(self) -> Iterator[Line]:
        """The lines of `__init__`, after the first."""
        for stack in self.stacks:
            places = range(stack.first, stack.first + stack.period)
            if stack.names:
                yield from self._make_list(places, stack)
                continue
            for place in places:
                item = self.items[place]
                if not item.owner:
                    target = f"self.{self.attributes[item.token]} = {self.maker(item)}"
                    yield from marked(call(target, self._made(place, stack), indent=_DEEP), self._nodes(place, stack))

    def _nodes(self, place: int, stack: Stack) -> frozenset[str]:
        return frozenset().union(*(self.body.nodes(other) for other in stack.places(place - stack.first)))

    def _made(self, place: int, stack: Stack) -> list[str]:
        item = self.items[place]
        name = f"f{json.dumps(stack.names[place - stack.first])}" if stack.names else json.dumps(self._named(item))
        return [*self.arguments(item, self.settings(place, stack)), f"name={name}"]

    def _make_list(self, places: range, stack: Stack) -> Iterator[Line]:
        """A list of layers: as one where they are alike, else layer by layer in a loop."""
        nodes = self._nodes(stack.first, stack)
        target = f"{_DEEP}self.{self.attributes[self.items[stack.first].token]}"
        if stack.period > 1:
            yield Line(f"{target} = []", nodes)
            yield from marked(loop(stack.header(), _DEEP), nodes)
            yield Line(f"{INDENT}{target} += [", nodes)
            for place in places:
                made = call(self.maker(self.items[place]), self._made(place, stack), ",", _DEEP + INDENT * 2)
                yield from marked(made, self._nodes(place, stack))
            yield Line(f"{_DEEP}{INDENT}]", nodes)
            return
        inner = call(self.maker(self.items[stack.first]), self._made(stack.first, stack), indent=_DEEP + INDENT)
        head = [line.removesuffix(":") for line in loop(stack.header(), _DEEP + INDENT)]
        one = f"{target} = [{inner[0].strip()} {head[0].strip()}]"
        if len(inner) == len(head) == 1 and len(one) <= LONGEST:
            yield Line(one, nodes)
        else:
            yield from marked([f"{target} = [", *inner, *head, f"{_DEEP}]"], nodes)

    def calling(self) -> Iterator[Line]:
        """The lines of `call`."""
        for stack in self.stacks:
            yield from self.heading(stack.first)
            if stack.size == 1:
                yield from self._call(stack.first, stack, _DEEP, chained=False)
                continue
            first, last = self.items[stack.first], self.items[stack.first + stack.size - 1]
            nodes = frozenset().union(*(self.body.nodes(stack.first + offset) for offset in range(stack.size)))
            before, after = self.variables[first.reads[0]], self.variables[last.token]
            if before != "x":
                yield Line(f"{_DEEP}x = {before}", nodes)
            yield from self._loop(stack, nodes)
            if after != "x":
                yield Line(f"{_DEEP}{after} = x", nodes)

    def _loop(self, stack: Stack, nodes: frozenset[str]) -> Iterator[Line]:
        """The calls of a stack."""
        if stack.again:
            yield Line(f"{_DEEP}for _ in range({stack.count}):", nodes)
            for place in range(stack.first, stack.first + stack.period):
                yield from self._call(place, stack, _DEEP + INDENT, chained=True)
            return
        yield Line(f"{_DEEP}for layer in self.{self.attributes[self.items[stack.first].token]}:", nodes)
        shape = shown(self.items[stack.first + stack.size - 1].use.shape)
        note = f"  # {shape} in the end" if len(self.body.instances) == 1 else ""
        yield Line(f"{_DEEP}{INDENT}x = layer(x){note}", nodes)

    def _call(self, place: int, stack: Stack, indent: str, *, chained: bool) -> list[Line]:
        item = self.items[place]
        maker = f"self.{self.attributes[item.owner or item.token]}"
        target = "x" if chained else self.variables[item.token]
        text = f"{indent}{target} = {maker}({self.read(item, chained)}){self.note(place, stack)}"
        return marked([text], self._nodes(place, stack))

    def frozen(self, parts: Mapping[Group, _Class], start: str) -> Iterator[tuple[str, str]]:
        """What is frozen, as the code calls it from `start`, and its node."""
        for stack in self.stacks:
            for place in range(stack.first, stack.first + stack.size):
                item = self.items[place]
                if item.owner or not any(layer.weights and not layer.trainable for layer in item.use.layers):
                    continue
                name = f"{start}.{self.attributes[item.token]}"
                if stack.names:
                    name += f"[{place - stack.first}]"
                if item.use.frozen:
                    yield name, item.use.node
                elif item.group is not None:
                    yield from parts[item.group].layers.frozen(parts, name)

    def result(self) -> str:
        """What `call` returns."""
        return alone(self.variables[token] for token in self.ends)


class _Class:
    """A class for composites that stand in several places."""

    def __init__(self, group: Group, own: Definitions, called: Mapping[Group, str], used: set[str]) -> None:
        self.group = group
        self.name = called[group]
        count = len(group.body.inputs)
        self.inputs = ["inputs"] if count == 1 else [free_name(name, used) for name in group.body.inputs]
        self.layers = _Layers(group.body, own, called, self.inputs, [group.body.items[-1].token], used, group)
        self.layers.prepare()

    def lines(self) -> list[Line]:
        """The class, line by line."""
        nodes = {use.node for use in self.group.instances}
        given = ["self", *self.group.body.parameters, "**kwargs"]
        head = [
            '@keras.saving.register_keras_serializable(package="blocks")',
            f"class {self.name}(keras.layers.Layer):",
            *(f"{INDENT}{line}" for line in docstring(self.group)),
            "",
            *call("def __init__", given, ":", INDENT),
            f"{_DEEP}super().__init__(**kwargs)",
        ]
        between = ["", *call("def call", ["self", *self.inputs], ":", INDENT)]
        return [
            *marked(head, nodes), *self.layers.making(), *marked(between, nodes), *self.layers.calling(),
            *marked([f"{_DEEP}return {self.layers.result()}"], nodes),
        ]  # fmt: skip


class _Network:
    """The class of the network itself."""

    def __init__(
        self, architecture: Architecture, program: Program, own: Definitions, called: Mapping[Group, str],
        used: set[str],
    ) -> None:  # fmt: skip
        self.architecture = architecture
        self.name = free_name(camel(architecture.name) if architecture.name.isascii() else "Network", used)
        self.names = [free_name(name, used) for name in architecture.inputs]
        ends = [program.token_of(node) for node in architecture.outputs.values()]
        inputs = ["inputs"] if len(self.names) == 1 else self.names
        self.layers = _Layers(program.body, own, called, inputs, ends, used, None)
        self.layers.prepare()
        self.defaults = dict(_repeated(program.body, self.layers, set(ends)))

    def lines(self) -> list[Line]:
        """The class, line by line."""
        given = ["self", *(f"{name}={code}" for name, code in self.defaults.items()), "**kwargs"]
        lines = [
            Line('@keras.saving.register_keras_serializable(package="blocks")'),
            Line(f"class {self.name}(keras.Model):"),
            *marked(call("def __init__", given, ":", INDENT)),
            Line(f"{_DEEP}super().__init__(**kwargs)"),
            *self.layers.making(),
            Line(""),
            Line(f"{INDENT}def call(self, inputs):"),
        ]
        if len(self.names) > 1:
            lines.append(Line(f"{_DEEP}{', '.join(self.names)} = inputs", frozenset(self.architecture.inputs)))
        return [*lines, *self.layers.calling(), Line(f"{_DEEP}return {self.layers.result()}")]

    def build_model(self, parts: Mapping[Group, _Class]) -> list[Line]:
        """A function that returns the network with its weights made."""
        shapes = [f'keras.Input({shape}, name="{name}")' for name, shape in self.architecture.inputs.items()]
        given = shapes if len(shapes) == 1 else [f"[{', '.join(shapes)}]"]
        lines = marked(["def build_model():", f"{INDENT}model = {self.name}()"])
        lines += marked([*call("model", given, "  # makes the weights", INDENT)], self.architecture.inputs)
        lines += [
            Line(f"{INDENT}{name}.trainable = False", frozenset({node}))
            for name, node in self.layers.frozen(parts, "model")
        ]
        return [*lines, Line(f"{INDENT}return model")]


def _repeated(body: Body, layers: _Layers, ends: set[str]) -> Iterator[tuple[str, str]]:
    """Numbers that the network could be made with, with their names; the settings of the layers then name them.

    Those are how many classes there are, and widths that repeat.
    """
    single = [s.first for s in layers.stacks if s.size == 1 and not body.items[s.first].owner]
    looped = {name for stack in layers.stacks for name, _codes in stack.targets}
    last = [place for place in single if body.items[place].token in ends and "units" in body.settings[place]]
    if len(ends) == len(last) == 1 and body.settings[last[0]]["units"] not in ("1", "classes"):
        yield "classes", body.settings[last[0]]["units"]
        body.settings[last[0]]["units"] = "classes"
    for field in _WIDTHS:
        # Inside a composite a number that is the same may mean something else.
        own = [place for place in single if "." not in body.items[place].token]
        places = [place for place in own if body.settings[place].get(field, "").isdigit()]
        counts = Counter(body.settings[place][field] for place in places)
        often = [code for code, count in counts.items() if count > 1]
        for number, code in enumerate(often, 1):
            name = field if len(often) == 1 else f"{field}_{number}"
            name = f"base_{name}" if name in looped else name
            yield name, code
            for place in places:
                if body.settings[place][field] == code:
                    body.settings[place][field] = name
