"""A network as a function that calls layers one after the other: the functional style of Keras."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from lib.arch.architecture import Architecture
from lib.arch.code.body import Item
from lib.arch.code.groups import Group, Program
from lib.arch.code.lines import INDENT, Line, alone, call, marked
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
        lines += [*_helper(group, own, called, used), Line(""), Line("")]
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
    end = f"{INDENT}return keras.Model({alone(names)}, {function.result()})"
    return [*lines, *function.calls(), Line(end)]


class _Function(Scope):
    """The calls in a function."""

    def calls(self) -> list[Line]:
        """The lines of the calls, indented once."""
        shared = [item.owner for item in self.items if item.owner]
        kept = {item.token: "frozen" for item in self.items if self._is_frozen(item)} | dict.fromkeys(shared, "shared")
        self.kept = {token: free_name(f"{why}_{attribute(token)}", self.used) for token, why in kept.items()}
        names = [self.inside(item, item.use.called) or "" for item in self.items]
        lines: list[Line] = []
        for stack in stacks(self.body, names, self.same, self._plain, set(self.ends)):
            lines += self.heading(stack.first)
            for place in stack.once if stack.again else ():
                lines += self._make(place, stack, INDENT)
            lines += self.run(stack)
        return lines

    def _is_frozen(self, item: Item) -> bool:
        return item.use.layer is not None and item.use.frozen and not item.owner

    def _plain(self, place: int) -> bool:
        item = self.items[place]
        named = self.inside(item, item.use.called) is not None
        return named and not self._is_frozen(item) and not self._ends_another(place)

    def _ends_another(self, place: int) -> bool:
        """Whether a composite at `place` is the end of another somewhere, after which its last layer is called."""
        uses = [items[place].use for items in self.body.instances]
        return self.items[place].group is not None and any(use.output != use.path for use in uses)

    def _made(self, place: int, stack: Stack) -> list[str]:
        item = self.items[place]
        return [*self.arguments(item, self.settings(place, stack)), *self._name_arguments(place, stack)]

    def _make(self, place: int, stack: Stack, indent: str) -> list[Line]:
        item = self.items[place]
        made = call(f"{self.kept[item.token]} = {self.maker(item)}", self._made(place, stack), indent=indent)
        return marked(made, self.body.nodes(place))

    def call_at(self, place: int, stack: Stack, indent: str, *, chained: bool) -> list[Line]:
        item = self.items[place]
        nodes = self.body.nodes(*stack.places(place))
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
        arguments = [f"name={self._spelled(self.inside(item, item.use.called))}"]
        if self._ends_another(place):
            arguments.append(f"last={self._spelled(self.inside(item, item.use.output))}")
        return arguments

    def _spelled(self, name: str | None, *, numbered: bool = False) -> str:
        """The code of a name, which counts from the scope."""
        if self.group is None:
            return f"{'f' if numbered else ''}{json.dumps(name)}"
        if name is not None:
            return f'f"{{name}}.{name}"'
        return "last or name" if self.group.ends_scopes else "name"


def _helper(group: Group, own: Definitions, called: dict[Group, str], used: set[str]) -> list[Line]:
    """The lines of a function for composites that stand in several places."""
    function = _Function.of_group(group, own, called, used | set(group.body.parameters))
    last = ["last=None"] if group.ends_scopes else []
    given = [*function.inputs, *group.body.parameters, "name", *last]
    nodes = {use.node for use in group.instances}
    says = " The names of its layers begin with `name`"
    says += "; the last one is called `last`." if last else "."
    said = [f"{INDENT}{line}" for line in docstring(group, says)]
    head = [*call(f"def {called[group]}", given, ":"), *said]
    end = f"{INDENT}return {function.result()}"
    return [*marked(head, nodes), *function.calls(), *marked([end], nodes)]
