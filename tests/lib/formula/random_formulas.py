"""Formulas by chance, from the whole table of functions, of which those that are accepted come out."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from lib.formula import Checked, FormulaError, Tensor, check, parse, per_example, weight
from lib.formula.expressions import BatchRule
from lib.formula.function import TENSORS, Function, Parameter
from lib.formula.functions import ALIASES, FUNCTIONS, OPERATORS

LAYER: Final = {"x": per_example((3, 4)), "w": weight((4, 4)), "b": weight((4,)), "s": weight()}
LOSS: Final = {"y_true": per_example((6,)), "y_pred": per_example((6,)), "label": per_example((), "int")}
FIELDS: Final = {"rate": 0.25, "count": 3}

_PREFIXES: Final = ("", "ops.", "keras.ops.", "tf.", "tf.math.", "K.", "np.")
_POSITIVE: Final = "(abs({}) + 1.0)"
_SMALL: Final = "tanh({})"
_GUARDS: Final = {
    **dict.fromkeys(("log", "log2", "sqrt", "rsqrt", "reciprocal", "log1p"), _POSITIVE),
    **dict.fromkeys(("exp", "expm1", "sinh", "cosh", "tan"), _SMALL),
    "binary_crossentropy": "sigmoid({})",
    "categorical_crossentropy": "softmax({})",
}
"""What keeps an argument where a function and its gradient are finite."""

_DIVISIONS: Final = frozenset({"divide", "mod", "floor_divide"})
_ROUGH: Final = frozenset({"std"})
"""Functions whose gradient is not finite everywhere, whatever their argument is guarded by."""


@dataclass
class Writer:
    """Writes expressions over some names."""

    chance: Random
    names: list[str]
    smooth: bool

    def expression(self, depth: int) -> str:
        kind = self.chance.random()
        if depth == 0 or kind < 0.1:
            return self.leaf()
        if kind < 0.35:
            return self.operation(depth - 1)
        if kind < 0.4:
            return f"-{self.expression(depth - 1)}"
        if kind < 0.5:
            return f"{self.expression(depth - 1)}[{self.subscript()}]"
        return self.call(depth - 1)

    def leaf(self) -> str:
        constants = ["2", "0.5", "-1.5", "1e-3", "pi", "K.epsilon()", "self.rate", "self.count", "(2 * self.count - 1)"]
        return self.chance.choice(constants) if self.chance.random() < 0.2 else self.chance.choice(self.names)

    def operation(self, depth: int) -> str:
        sign = self.chance.choice(list(OPERATORS))
        left = self.expression(depth)
        if sign == "**":
            exponent = self.chance.choice(["2", "3", "self.count", "-1", "0.5", "self.rate"])
            return f"({_POSITIVE.format(left)} ** {exponent})"
        right = self.expression(depth)
        if sign in ("/", "//", "%"):
            right = _POSITIVE.format(right)
        return f"({left} {sign} {right})"

    def call(self, depth: int) -> str:
        function = FUNCTIONS[self.chance.choice([name for name in FUNCTIONS if not self.smooth or name not in _ROUGH])]
        names = [function.name, *(alias for alias, name in ALIASES.items() if name == function.name)]
        arguments = []
        for number, parameter in enumerate(function.parameters):
            text = self.argument(function, number, depth)
            if parameter.kind in TENSORS or self.chance.random() < 0.5:
                arguments.append(text)
                continue
            arguments += [f"{parameter.name}={self.argument(function, later, depth)}"
                          for later in range(number, len(function.parameters))]  # fmt: skip
            break
        return f"{self.chance.choice(_PREFIXES)}{self.chance.choice(names)}({', '.join(arguments)})"

    def argument(self, function: Function, number: int, depth: int) -> str:
        parameter = function.parameters[number]
        if parameter.kind == "truth":
            sign = self.chance.choice(["<", ">=", "=="])
            return f"{self.expression(depth - 1 if depth else 0)} {sign} {self.leaf()}"
        if parameter.kind == "tensors":
            one = self.expression(depth)
            return f"[{one}, {one}, {self.expression(depth)}]" if self.chance.random() < 0.3 else f"[{one}, {one}]"
        if parameter.kind == "tensor":
            text = _GUARDS.get(function.name, "{}").format(self.expression(depth))
            return _POSITIVE.format(text) if function.name in _DIVISIONS and number == 1 else text
        return self.option(parameter)

    def option(self, parameter: Parameter) -> str:
        axis = str(self.chance.randint(-2, 2))
        match parameter.kind:
            case "axis":
                return axis
            case "axes":
                return self.chance.choice([axis, f"({axis},)", "(1, 2)", "None" if parameter.default is None else axis])
            case "flag":
                # What is guarded to be a probability is no logit.
                return "False" if parameter.name == "from_logits" else self.chance.choice(["True", "False"])
            case "exponent":
                return self.chance.choice(["2", "3", "1"])
            case "sizes":
                return self.chance.choice(["(-1, 4, 3)", "(-1, 12)", "(-1,)", "(0, 2, 1)", "(2, -1)", "(1, 0)"])
        return self.chance.choice(["0", "1", "0.5", "self.rate", "-1"])

    def subscript(self) -> str:
        parts = ["..., 0", ":, 1:", ":, ::-1", "..., :2", ":, None", "..., None", ":, -1", "..., 1:3, :", ":, 0, None"]
        return self.chance.choice(parts)


def accepted(seed: int, *, batch: BatchRule = "kept", smooth: bool = False) -> Checked:
    """The first formula of this seed that is accepted; in a `smooth` one every gradient is finite."""
    chance = Random(seed)
    names = LAYER if batch == "kept" else LOSS
    while True:
        try:
            return check(parse(text(chance, names, smooth=smooth)), names, batch=batch, statics=FIELDS)
        except FormulaError:
            continue


def text(chance: Random, names: dict[str, Tensor], *, smooth: bool = False) -> str:
    """A formula of one to three lines, well written but of shapes that need not fit."""
    known = [name if tensor.per_example else chance.choice(["", "self."]) + name for name, tensor in names.items()]
    writer = Writer(chance, known, smooth)
    lines = []
    for number in range(chance.randint(0, 2)):
        lines.append(f"h{number} = {writer.expression(chance.randint(1, 3))}")
        writer.names = [*writer.names, f"h{number}"]
    return "\n".join([*lines, writer.expression(chance.randint(1, 3))])
