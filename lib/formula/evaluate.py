"""Computing a checked formula, with the functions that somebody who knows Keras hands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.formula.check import Checked
from lib.formula.values import Applied, AsFloat, Item, Known, Local, Read, Value


def evaluate(checked: Checked, values: Mapping[str, Any], namespace: Any) -> Any:
    """The result of the formula.

    Args:
        values: a tensor for every name that the formula reads, under its bare name.
        namespace: where the functions of the table are, each under its name there, and `cast`: `keras.ops`.
    """
    evaluator = _Evaluator(values, namespace)
    result = None
    for name, value in checked.lines:
        result = evaluator.value(value)
        if name is not None:
            evaluator.lines[name] = result
    return result


class _Evaluator:
    def __init__(self, values: Mapping[str, Any], namespace: Any) -> None:
        self.values = values
        self.namespace = namespace
        self.lines: dict[str, Any] = {}

    def value(self, value: Value) -> Any:
        match value:
            case Known(value=known):
                return float(known) if isinstance(known, int) else known
            case Read(name=name):
                return self.values[name]
            case Local(name=name):
                return self.lines[name]
            case AsFloat(value=inner):
                return self.namespace.cast(self.value(inner), "float32")
            case Item(value=inner, key=key):
                return self.value(inner)[key]
        return self.applied(value)

    def applied(self, value: Applied) -> Any:
        arguments = [
            [self.value(one) for one in argument] if isinstance(argument, tuple) else self.value(argument)
            for argument in value.arguments
        ]
        options = {name: known.value for name, known in value.options}
        return getattr(self.namespace, value.function.name)(*arguments, **options)
