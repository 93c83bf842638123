"""A checked formula as plain Python with `keras.ops`, which runs without Blockyard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lib.formula.check import Checked
from lib.formula.function import REQUIRED
from lib.formula.functions import CONSTANTS, EPSILON
from lib.formula.language import Binary, Flag, Name, Node, Number, Rest, Sequence, Slice, Unary, walk
from lib.formula.scope import OWN
from lib.formula.values import Applied, AsFloat, Item, Known, Local, Read, Value

_ATOM: Final = 9
_SIGN: Final = 4
_POWER: Final = 5
_STRENGTH: Final = {"<": 1, "<=": 1, ">": 1, ">=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "//": 3, "%": 3, "**": _POWER}
"""How strongly operators bind. Those that tensors do not have in the sense of `keras.ops` are written as calls."""

_BY_POSITION: Final = frozenset({"number", "sizes"})

_JOINED: Final = 1
_WORDS: Final = {"logical_and": "and", "logical_or": "or"}
_COMPARED: Final = {"equal": "==", "not_equal": "!=", "greater": ">", "greater_equal": ">=", "less": "<",
                    "less_equal": "<="}  # fmt: skip
_IN_NUMPY: Final = frozenset({
    "absolute", "exp", "expm1", "log", "log1p", "log2", "sqrt", "square", "sin", "cos", "tan", "arctan", "sinh", "cosh",
    "tanh", "sign", "round", "floor", "ceil", "maximum", "minimum", "clip", "add", "subtract", "multiply", "divide",
    "mod", "power", "negative", "floor_divide", "reciprocal"})  # fmt: skip
"""Functions that NumPy has under the same name."""

_Code = tuple[str, int]
"""Python, and how strongly it holds together."""


def to_python(checked: Checked, indent: str = "", own: str = OWN) -> str:
    """The lines of the body of a function, the last one with `return`; they need `from keras import ops`.

    Args:
        indent: what every line begins with.
        own: what stands before the names of weights and of numbers of one's own.
    """
    printer = _Printer(checked.statics, own)
    code = [(name, printer.value(value)[0]) for name, value in checked.lines]
    return "".join(f"{indent}{'return' if name is None else f'{name} ='} {text}\n" for name, text in code)


def to_scalar_python(checked: Checked, called: Mapping[str, str]) -> list[tuple[str | None, str]]:
    """The lines of a formula of single numbers as Python of numbers, each with the name that it gives its value.

    Numbers of NumPy give the same as the formula where plain ones would raise, as in a division by zero. What Python
    and NumPy do not have comes from `keras.ops`.

    Args:
        called: what names of the formula are in Python, where that is something else.
    """
    printer = _ScalarPrinter(checked, called)
    return [(name and printer.local(name), printer.value(value)[0]) for name, value in checked.lines]


def static_to_python(node: Node, names: Mapping[str, str]) -> str:
    """An expression of numbers and names that are known beforehand; `names` says what those are in Python."""
    return _Printer({}, "", names).node(node)[0]


def expression(checked: Checked, value: Value, own: str = OWN) -> str:
    """`value`, a part of a formula, as it stands in its body."""
    return _Printer(checked.statics, own).value(value)[0]


class _Printer:
    def __init__(self, statics: Mapping[str, int | float], own: str, names: Mapping[str, str] | None = None) -> None:
        self.statics = statics
        self.own = own
        self.names = names or {}

    def value(self, value: Value) -> _Code:
        match value:
            case Known(node=node):
                return self.node(node)
            case Read(name=name, own=own):
                return (self.own + name if own else name), _ATOM
            case Local(name=name):
                return name, _ATOM
            case AsFloat(value=inner):
                return f'ops.cast({self.value(inner)[0]}, "float32")', _ATOM
            case Item(value=inner, parts=parts):
                inside = ", ".join(self.part(part) for part in parts)
                return f"{_held(self.value(inner), _ATOM)}[{inside}]", _ATOM
        return self.operation(value) if value.operator in ("-", *_STRENGTH) else self.call(value)

    def operation(self, value: Applied) -> _Code:
        """An operation that tensors have themselves."""
        assert value.operator is not None
        operands = [self.value(operand) for operand in (*value.values, *(option for _name, option in value.options))]
        if len(operands) == 1:
            return f"-{_held(operands[0], _SIGN)}", _SIGN
        return _joined(operands[0], value.operator, operands[1])

    def call(self, value: Applied) -> _Code:
        """A call of a function of `keras.ops`."""
        arguments = [self.argument(argument) for argument in value.arguments]
        parameters = {parameter.name: parameter for parameter in value.function.parameters}
        for name, known in value.options:
            parameter = parameters[name]
            named = "" if parameter.default is REQUIRED and parameter.kind in _BY_POSITION else f"{name}="
            arguments.append(named + self.node(known.node)[0])
        return f"ops.{value.function.name}({', '.join(arguments)})", _ATOM

    def argument(self, value: Value | tuple[Value, ...]) -> str:
        """A tensor, or a list of them. A number becomes a decimal one: from whole ones `keras.ops` makes whole ones."""
        if isinstance(value, tuple):
            return f"[{', '.join(map(self.argument, value))}]"
        if not isinstance(value, Known) or not isinstance(value.value, int):
            return self.value(value)[0]
        if any(isinstance(node, Name) for node in walk(value.node)):
            return _joined(("1.0", _ATOM), "*", self.node(value.node))[0]
        return repr(float(value.value))

    def node(self, node: Node) -> _Code:
        """What is known beforehand, as it was written."""
        match node:
            case Number(value=number):
                return repr(number), _ATOM
            case Flag(value=flag):
                return repr(flag), _ATOM
            case Name(name=name):
                return self.name(name), _ATOM
            case Unary(operator=sign, operand=operand):
                return f"{sign}{_held(self.node(operand), _SIGN)}", _SIGN
            case Binary(operator=operator, left=left, right=right):
                return _joined(self.node(left), operator, self.node(right))
            case Sequence(items=items):
                inside = ", ".join(self.node(item)[0] for item in items)
                return (f"({inside},)" if len(items) == 1 else f"({inside})"), _ATOM
        return repr(EPSILON), _ATOM

    def name(self, name: str) -> str:
        if name in self.names:
            return self.names[name]
        if name in CONSTANTS:
            return repr(CONSTANTS[name])
        bare = name.removeprefix(OWN)
        return self.own + bare if bare in self.statics else bare

    def part(self, node: Node) -> str:
        """One part of a subscript."""
        if isinstance(node, Rest):
            return "..."
        if not isinstance(node, Slice):
            return self.node(node)[0]
        start, stop, step = ("" if end is None else self.node(end)[0] for end in (node.start, node.stop, node.step))
        return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


class _ScalarPrinter(_Printer):
    def __init__(self, checked: Checked, called: Mapping[str, str]) -> None:
        super().__init__(checked.statics, "", called)

    def local(self, name: str) -> str:
        """What `name` is called in Python."""
        return self.names.get(name, name)

    def value(self, value: Value) -> _Code:
        if isinstance(value, Local | Read):
            return self.local(value.name), _ATOM
        if isinstance(value, AsFloat):
            return f"np.float64({self.value(value.value)[0]})", _ATOM
        return super().value(value)

    def call(self, value: Applied) -> _Code:
        function = value.function.name
        if function in _WORDS:
            left, right = (self.value(part) for part in value.values)
            return f"{_held(left, _JOINED)} {_WORDS[function]} {_held(right, _JOINED)}", _JOINED - 1
        if function in _COMPARED:
            left, right = (self.value(part) for part in value.values)
            return f"{_held(left, _JOINED + 1)} {_COMPARED[function]} {_held(right, _JOINED + 1)}", _JOINED
        if function == "logical_not":
            return f"not {_held(self.value(value.values[0]), _ATOM)}", _JOINED - 1
        if function == "where":
            test, yes, no = (_held(self.choice(part), _JOINED) for part in value.values)
            return f"{yes} if {test} else {no}", _JOINED - 2
        if function in _IN_NUMPY:
            options = [self.node(known.node)[0] for _name, known in value.options]
            return f"np.{function}({', '.join([*map(self.argument, value.arguments), *options])})", _ATOM
        return f"np.float64({super().call(value)[0]})", _ATOM

    def choice(self, value: Value) -> _Code:
        """A part of a choice, whose number is a decimal one, too."""
        return (self.argument(value), _ATOM) if isinstance(value, Known) else self.value(value)


def _joined(left: _Code, operator: str, right: _Code) -> _Code:
    """Two operands and what is between them. Powers are taken from the right, all others from the left."""
    strength = _STRENGTH[operator]
    from_right = operator == "**"
    return f"{_held(left, strength + from_right)} {operator} {_held(right, strength + (not from_right))}", strength


def _held(code: _Code, strength: int) -> str:
    """The code, in brackets where it would fall apart beside something that binds with `strength`."""
    return code[0] if code[1] >= strength else f"({code[0]})"
