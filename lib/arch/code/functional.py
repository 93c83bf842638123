"""A network as a function that calls layers one after the other: the functional style of Keras."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from lib.arch.architecture import Architecture
from lib.arch.code.body import Item
from lib.arch.code.groups import Group, Program
from lib.arch.code.lines import INDENT, LONGEST, Line, call, marked
from lib.arch.code.loops import Stack, stacks
from lib.arch.code.scope import Scope, attribute, definitions, docstring
from lib.arch.export_formula import Definitions
from lib.arch.python_code import TAKEN, free_name

_TAKEN: Final = {*TAKEN, "x", "n", "inputs", "outputs", "name", "last", "build_model"}


def functional(architecture: Architecture, taken: Iterable[str] = ()) -> list[Line]:
    """The lines of a function `build_model()`, and of what stands before it.

    It makes the same layers under the same names in the same order as Blockyard itself.

    Raises:
        UserError: the first mistake of the architecture.
    """
    own = definitions(architecture, {*_TAKEN, *taken})
    program = Program(architecture, own, sharing=False)
    used = {*_TAKEN, *taken, *own.names}
    called = {group: free_name(group.name, used) for group in program.groups}
    lines = own.lines()
    for group in program.groups:
        lines += [*_Helper(group, own, called, set(used)).lines(), Line(""), Line("")]
    return lines + _model(architecture, program, own, called, used)


def _model(
    architecture: Architecture, program: Program, own: Definitions, called: dict[Group, str], used: set[str]
) -> list[Line]:
    names = [free_name(name, used) for name in architecture.inputs]
    names = ["inputs"] if len(names) == 1 else names
    ends = [program.token_of(node) for node in architecture.outputs.values()]
    function = _Function(program.body, own, called, names, ends, used, None)
    lines = [Line("def build_model():")]
    for name, (key, shape) in zip(names, architecture.inputs.items(), strict=True):
        lines.append(Line(f'{INDENT}{name} = keras.Input({shape}, name="{key}")', frozenset({key})))
    answers = [function.variables[token] for token in ends]
    end = f"{INDENT}return keras.Model({alone(names)}, {alone(answers)})"
    return [*lines, *function.calls(), Line(end)]


class _Function(Scope):
    """The calls in a function."""

    def calls(self) -> list[Line]:
        """The lines of the calls, indented once."""
        shared = [item.owner for item in self.items if item.owner]
        kept = {item.token: "frozen" for item in self.items if self._is_frozen(item)} | dict.fromkeys(shared, "shared")
        self.kept = {
            token: free_name(f"{why}_{attribute(token)}", self.used) for token, why in kept.items()
        }  # fmt: skip
        names = [self.inside(item, self._named(item)) or "" for item in self.items]
        lines: list[Line] = []
        for stack in stacks(self.body, names, self.same, self._plain, set(self.ends)):
            lines += [*self.heading(stack.first), *self._stack(stack)]
        return lines

    def _named(self, item: Item) -> str:
        return item.use.output if item.use.layer is not None else item.use.path

    def _is_frozen(self, item: Item) -> bool:
        return item.use.layer is not None and item.use.frozen and not item.owner

    def _plain(self, place: int) -> bool:
        item = self.items[place]
        named = self.inside(item, self._named(item)) is not None
        ends = any(items[place].use.output != items[place].use.path for items in self.body.instances)
        return named and not self._is_frozen(item) and not (item.group and item.group.ends_scopes and ends)

    def _stack(self, stack: Stack) -> list[Line]:
        if stack.size == 1:
            return self._call(stack.first, stack, INDENT, chained=False)
        first, last = self.items[stack.first], self.items[stack.first + stack.size - 1]
        nodes = frozenset().union(*(self.body.nodes(stack.first + offset) for offset in range(stack.size)))
        before, after = self.variables[first.reads[0]], self.variables[last.token]
        places = range(stack.first, stack.first + stack.period)
        lines: list[Line] = []
        if stack.again:
            for place in places:
                lines += self._make(place, stack, INDENT)
        if before != "x":
            lines.append(Line(f"{INDENT}x = {before}", nodes))
        head = f"for _ in range({stack.count})" if stack.again else stack.header()
        lines += marked(loop(head), nodes)
        for place in places:
            lines += self._call(place, stack, INDENT * 2, chained=True)
        return [*lines, *([] if after == "x" else [Line(f"{INDENT}{after} = x", nodes)])]

    def _made(self, place: int, stack: Stack) -> list[str]:
        item = self.items[place]
        return [*self.arguments(item, self.settings(place, stack)), *self._name_arguments(place, stack)]

    def _make(self, place: int, stack: Stack, indent: str) -> list[Line]:
        item = self.items[place]
        made = call(f"{self.kept[item.token]} = {self.maker(item)}", self._made(place, stack), indent=indent)
        return marked(made, self.body.nodes(place))

    def _call(self, place: int, stack: Stack, indent: str, *, chained: bool) -> list[Line]:
        item = self.items[place]
        nodes = set().union(*(self.body.nodes(other) for other in stack.places(place - stack.first)))
        target = "x" if chained else self.variables[item.token]
        read = self.read(item, chained)
        note = self.note(place, stack)
        if item.group is not None:
            made = call(f"{target} = {self.maker(item)}", [read, *self._made(place, stack)], note, indent)
            return marked(made, nodes)
        maker = self.kept.get(item.owner or item.token)
        if maker is None:
            made = call(f"{target} = {self.maker(item)}", self._made(place, stack), f"({read}){note}", indent)
            return marked(made, nodes)
        lines = [] if item.owner or stack.again else self._make(place, stack, indent)
        lines += marked([f"{indent}{target} = {maker}({read}){note}"], nodes)
        # Frozen after its first call, when all of its weights are there.
        return lines + marked([f"{indent}{maker}.trainable = False"] if self._is_frozen(item) else [], nodes)

    def _name_arguments(self, place: int, stack: Stack) -> list[str]:
        item = self.items[place]
        if stack.names:
            return [f"name={self._spelled(stack.names[place - stack.first], numbered=True)}"]
        arguments = [f"name={self._spelled(self.inside(item, self._named(item)))}"]
        if item.group is not None and item.group.ends_scopes:
            ends = [items[place].use.output != items[place].use.path for items in self.body.instances]
            if any(ends):
                arguments.append(f"last={self._spelled(self.inside(item, item.use.output))}")
        return arguments

    def _spelled(self, name: str | None, *, numbered: bool = False) -> str:
        """The code of a name, which counts from the scope."""
        if self.group is None:
            return f"{'f' if numbered else ''}{json.dumps(name)}"
        if name is not None:
            return f'f"{{name}}.{name}"'
        return "last or name" if self.group.ends_scopes else "name"


class _Helper:
    """A function for composites that stand in several places."""

    def __init__(self, group: Group, own: Definitions, called: dict[Group, str], used: set[str]) -> None:
        self.group = group
        used |= set(group.body.parameters)
        count = len(group.body.inputs)
        self.inputs = ["inputs"] if count == 1 else [free_name(name, used) for name in group.body.inputs]
        self.name = called[group]
        ends = [group.body.items[-1].token]
        self.function = _Function(group.body, own, called, self.inputs, ends, used, group)

    def lines(self) -> list[Line]:
        """The function, line by line."""
        last = ["last=None"] if self.group.ends_scopes else []
        given = [*self.inputs, *self.group.body.parameters, "name", *last]
        nodes = {use.node for use in self.group.instances}
        says = " The names of its layers begin with `name`"
        says += "; the last one is called `last`." if last else "."
        end = f"{INDENT}return {self.function.variables[self.function.ends[0]]}"
        said = [f"{INDENT}{line}" for line in docstring(self.group, says)]
        head = [*call(f"def {self.name}", given, ":"), *said]
        return [*marked(head, nodes), *self.function.calls(), *marked([end], nodes)]


def loop(head: str, indent: str = INDENT) -> list[str]:
    """The head of a loop."""
    line = f"{indent}{head}:"
    if len(line) <= LONGEST:
        return [line]
    start, _in, rest = head.partition(" in ")
    called, _bracket, inner = rest.partition("(")
    return [f"{indent}{start} in {called}(", f"{indent}{INDENT}{inner[:-1]}", f"{indent}):"]


def alone(names: Iterable[str]) -> str:
    """One name, or a list of several."""
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"
