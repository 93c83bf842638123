"""A network as a class: its layers are made in `__init__` and called in `call`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lib.arch.architecture import Architecture
from lib.arch.code.body import Body
from lib.arch.code.groups import Group, Program
from lib.arch.code.lines import INDENT, Line, call, marked
from lib.arch.code.members import DEEP, WIDTHS, Layers
from lib.arch.code.scope import definitions, docstring
from lib.arch.export_formula import Definitions
from lib.arch.python_code import TAKEN, free_name

_TAKEN: Final = {*TAKEN, "x", "n", "inputs", "outputs", "name", "self", "kwargs", "build_model", "model"}


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
    made = network.build_model({group: part.layers for group, part in parts.items()})
    return [*lines, *network.lines(), Line(""), Line(""), *made]


def camel(name: str) -> str:
    """A name in words as that of a class: "SqueezeNet" of "squeeze_net"."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f"Network{joined}"


class _Class:
    """A class for composites that stand in several places."""

    def __init__(self, group: Group, own: Definitions, called: Mapping[Group, str], used: set[str]) -> None:
        self.group = group
        self.name = called[group]
        self.layers = Layers.of_group(group, own, called, used)
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
            f"{DEEP}super().__init__(**kwargs)",
        ]
        between = ["", *call("def call", ["self", *self.layers.inputs], ":", INDENT)]
        return [
            *marked(head, nodes), *self.layers.making(), *marked(between, nodes), *self.layers.calling(),
            *marked([f"{DEEP}return {self.layers.result()}"], nodes),
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
        self.layers = Layers(program.body, own, called, inputs, ends, used, None)
        self.layers.prepare()
        self.defaults = dict(_repeated(program.body, self.layers, set(ends)))

    def lines(self) -> list[Line]:
        """The class, line by line."""
        given = ["self", *(f"{name}={code}" for name, code in self.defaults.items()), "**kwargs"]
        lines = [
            Line('@keras.saving.register_keras_serializable(package="blocks")'),
            Line(f"class {self.name}(keras.Model):"),
            *marked(call("def __init__", given, ":", INDENT)),
            Line(f"{DEEP}super().__init__(**kwargs)"),
            *self.layers.making(),
            Line(""),
            Line(f"{INDENT}def call(self, inputs):"),
        ]
        if len(self.names) > 1:
            lines.append(Line(f"{DEEP}{', '.join(self.names)} = inputs", frozenset(self.architecture.inputs)))
        return [*lines, *self.layers.calling(), Line(f"{DEEP}return {self.layers.result()}")]

    def build_model(self, parts: Mapping[Group, Layers]) -> list[Line]:
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


def _repeated(body: Body, layers: Layers, ends: set[str]) -> Iterator[tuple[str, str]]:
    """Numbers that the network could be made with, with their names; the settings of the layers then name them.

    Those are how many classes there are, and widths that repeat.
    """
    single = [s.first for s in layers.stacks if s.size == 1 and not body.items[s.first].owner]
    looped = {name for stack in layers.stacks for name, _codes in stack.targets}
    last = [place for place in single if body.items[place].token in ends and "units" in body.settings[place]]
    if len(ends) == len(last) == 1 and body.settings[last[0]]["units"] not in ("1", "classes"):
        yield "classes", body.settings[last[0]]["units"]
        body.settings[last[0]]["units"] = "classes"
    for field in WIDTHS:
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
