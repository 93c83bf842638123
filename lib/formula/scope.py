"""Which names a formula knows: inputs, weights, numbers of one's own, earlier lines, functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lib.errors import UserError
from lib.formula import functions
from lib.formula.errors import FormulaError
from lib.formula.language import Line, Name
from lib.formula.statics import within_limits
from lib.formula.tensor import Tensor
from lib.formula.values import Known, Local, Read, Value
from lib.i18n import N_
from lib.names import close_to

OWN: Final = "self."
SAME_INPUT: Final = {"inputs": "x"}
"""Keras's name for the input of a layer, and ours."""

_PREFIXES: Final = {prefix.partition(".")[0] for prefix in functions.PREFIXES}
_TAKEN: Final = frozenset({"self", "math", "epsilon", *SAME_INPUT, *_PREFIXES, *functions.CONSTANTS,
                           *functions.names()})  # fmt: skip


class Scope:
    """The names of one formula, which grow with its lines."""

    def __init__(self, names: Mapping[str, Tensor], statics: Mapping[str, int | float]) -> None:
        self.names = names
        self.statics = statics
        self.lines: dict[str, Value] = {}

    def define(self, line: Line, value: Value) -> None:
        """Let later lines read what `line` has computed.

        Raises:
            FormulaError: its name means something already.
        """
        assert line.name is not None
        if line.name in _TAKEN or line.name in self.names or line.name in self.statics:
            raise FormulaError(line.place, N_("expected a new name; this one means something already"), line.name)
        self.lines[line.name] = value

    def read(self, node: Name) -> Value:
        """What `node` stands for.

        Raises:
            FormulaError: nothing has this name.
        """
        if node.name in functions.CONSTANTS:
            return Known(node.place, node, functions.CONSTANTS[node.name])
        if node.name in self.lines:
            value = self.lines[node.name]
            if isinstance(value, Known):
                return Known(node.place, node, value.value)
            return Local(node.place, node.name, value.tensor)
        name = self._name(node.name)
        if name in self.names:
            return Read(node.place, name, self.names[name], own=not self.names[name].per_example)
        if name in self.statics:
            return self._static(node, name)
        raise self._unknown(node)

    def _name(self, written: str) -> str:
        """The name in `names` or `statics` that was meant: "self.w" and "w" are the same weight."""
        bare = written.removeprefix(OWN)
        if bare != written and (bare not in self.names or self.names[bare].per_example) and bare not in self.statics:
            return written
        alias = SAME_INPUT.get(written, bare)
        return alias if bare not in self.names and alias in self.names else bare

    def _static(self, node: Name, name: str) -> Known:
        try:
            return Known(node.place, node, within_limits(self.statics[name]))
        except UserError as error:
            raise FormulaError.at(node.place, error) from None

    def _unknown(self, node: Name) -> FormulaError:
        found = functions.find(node.name)
        if found is not None:
            return FormulaError(node.place, N_("expected {function} with brackets and what it works on"), node.name,
                                function=node.name)  # fmt: skip
        head = node.name.partition(".")[0]
        if head in self.names or head in self.lines:
            return FormulaError(node.place, N_("expected a function of {name} instead of something of it by a dot"),
                                node.name, name=head)  # fmt: skip
        own = [OWN + name for name in (*self.statics, *self.names) if self._is_own(name)]
        known = [*self.names, *self.lines, *own]
        near = close_to(node.name, [*known, *functions.CONSTANTS])
        if near:
            return FormulaError(node.place, N_("expected one of {names} (did you mean {near}?)"), node.name,
                                names=", ".join(known), near=near)  # fmt: skip
        return FormulaError(node.place, N_("expected one of {names}"), node.name, names=", ".join(known))

    def _is_own(self, name: str) -> bool:
        return name in self.statics or not self.names[name].per_example

