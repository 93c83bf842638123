"""What is one's own in a network, as Keras code: functions and layers that stand before the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from lib.arch.analyse import Layer
from lib.arch.block import Call, as_keras
from lib.arch.blocks.custom import Lambda
from lib.arch.blocks.custom_layer import CustomLayer
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.code.lines import Line, marked
from lib.arch.export_layer import layer_class
from lib.arch.own_activation import KERAS_OWN, own_activations
from lib.arch.own_formula import checked, input_names, reads
from lib.arch.own_layer import OwnLayer
from lib.arch.own_python import OwnPython
from lib.arch.python_code import Symbol, free_name, value_code
from lib.errors import UserError
from lib.formula import to_python
from lib.i18n import N_

_ACTIVATION: Final = '''\
@keras.saving.register_keras_serializable(package="formulas")
def {function}(x):
{body}'''
_LAMBDA: Final = '''\
def {function}({inputs}):
{first}{body}

@keras.saving.register_keras_serializable(package="formulas")
class {layer}(keras.layers.Layer):
    def call(self, {inputs}):
        return {result}
'''


class Definitions:
    """The functions and classes for the layers of a model, each once, none of them called by a name in `taken`."""

    def __init__(self, layers: Iterable[Layer], taken: set[str]) -> None:
        self.used = set(taken)
        self._codes: dict[object, tuple[str, set[str]]] = {}
        self._activations: dict[tuple[str, str], Symbol] = {}
        self._lambdas: dict[str, str] = {}
        self._layers: dict[OwnLayer, str] = {}
        for layer in layers:
            self._define(layer)
        self.names = self.used - taken

    def lines(self) -> list[Line]:
        """All of them, to stand before the model."""
        return [
            line
            for code, nodes in self._codes.values()
            for line in marked([*code.rstrip("\n").split("\n"), "", ""], nodes)
        ]

    def kind(self, layer: Layer) -> str:
        """The class of a layer, as the code calls it."""
        if isinstance(layer.block, CustomLayer):
            return self._layers[_class_of(layer.block)]
        if isinstance(layer.block, PythonLayer):
            return layer.block.layer.name
        return self._lambdas[layer.block.formula] if isinstance(layer.block, Lambda) else layer.block.keras().name

    def settings(self, layer: Layer) -> dict[str, str]:
        """What the class is called with, by name, as code: of Keras's ones what it requires and what is no default."""
        block = layer.block
        if isinstance(block, Lambda | PythonLayer):
            return {}
        if isinstance(block, CustomLayer):
            return {number.name: repr(number.number) for number in block.layer.numbers}
        fields = type(block).model_fields
        return {
            name: value_code(self.spelled(value))
            for name, value in block.keras().arguments.items()
            if fields[name].is_required() or getattr(block, name) != fields[name].default
        }

    def order(self, layer: Layer) -> list[str]:
        """The names of everything that the class can be called with, in order."""
        if isinstance(layer.block, CustomLayer):
            return [number.name for number in layer.block.layer.numbers]
        if isinstance(layer.block, PythonLayer):
            return []
        return list(type(layer.block).model_fields)

    def default(self, layer: Layer, name: str) -> str:
        """What the argument `name` is where it is not given, as code."""
        return value_code(self.spelled(as_keras(type(layer.block).model_fields[name].default)))

    def spelled_arguments(self, layer: Layer, settings: Mapping[str, str]) -> list[str]:
        """Arguments as the code spells them: what Keras requires by position."""
        fields = type(layer.block).model_fields
        by_place = not isinstance(layer.block, CustomLayer)
        return [
            code if by_place and fields[name].is_required() else f"{name}={code}" for name, code in settings.items()
        ]

    def spelled(self, value: Any) -> Any:
        """A value of a field, what is one's own in it by the name that it has in the code."""
        if not isinstance(value, Call):
            return value
        if value.name == "own.FormulaActivation":
            return self._activations[value.arguments["name"], value.arguments["formula"]]
        return Call(value.name, {name: self.spelled(inner) for name, inner in value.arguments.items()})

    def _define(self, layer: Layer) -> None:
        for _field, own in own_activations(layer.block):
            if (own.name, own.formula) not in self._activations:
                function = free_name(own.name, self.used | KERAS_OWN)
                self.used.add(function)
                self._activations[own.name, own.formula] = Symbol(function)
                body = to_python(own.checked(layer.block.activated(layer.output_shape)), "    ")
                self._codes[own.name, own.formula] = (_ACTIVATION.format(function=function, body=body), set())
            self._belongs((own.name, own.formula), layer)
        if isinstance(layer.block, CustomLayer):
            kind = _class_of(layer.block)
            if kind not in self._layers:
                name = self._layers[kind] = free_name(layer.block.layer.name, self.used)
                self._codes[kind] = (layer_class(name, layer.block.layer, layer.input_shapes), set())
            self._belongs(kind, layer)
        if isinstance(layer.block, PythonLayer):
            self._python(layer.id, layer.block.layer)
            self._belongs(layer.block.layer.digest, layer)
        if isinstance(layer.block, Lambda):
            if layer.block.formula not in self._lambdas:
                self._lambdas[layer.block.formula] = self._lambda(layer, layer.block.formula)
            self._belongs(layer.block.formula, layer)

    def _python(self, where: str, own: OwnPython) -> None:
        """The text of a layer as it was written, under its own name, which it may not share.

        Raises:
            UserError: it does.
        """
        if own.digest in self._codes:
            return
        if own.name in self.used:
            raise UserError(where, N_("expected a class whose name nothing else has in this network"), own.name)
        self.used.add(own.name)
        self._codes[own.digest] = (own.code.strip("\n") + "\n", set())

    def _belongs(self, key: object, layer: Layer) -> None:
        """Remember that the code `key` is that of the node of `layer`, too."""
        self._codes[key][1].add(layer.path[0])

    def _lambda(self, layer: Layer, text: str) -> str:
        """A function for the formula `text`, and a layer that calls it, named after the first layer that has it."""
        found = checked(text, layer.input_shapes)
        function = free_name(f"{layer.id}_formula", self.used)
        words = f"{layer.id}_formula".replace(".", "_").split("_")
        name = free_name("".join(word[:1].upper() + word[1:] for word in words), self.used)
        inputs = ", ".join(input_names(len(layer.input_shapes)))
        called = f"{function}({inputs})"
        code = _LAMBDA.format(
            function=function,
            layer=name,
            inputs=inputs,
            # The first of several inputs goes by a second name.
            first="    x = x1\n" if "x" in reads(found) and len(layer.input_shapes) > 1 else "",
            body=to_python(found, "    "),
            result=called if found.result.dtype == "float" else f"ops.cast({called}, self.compute_dtype)",
        )
        self._codes[text] = (code, set())
        return name


def _class_of(block: CustomLayer) -> OwnLayer:
    """What layers of one class have in common: all but the values of their numbers."""
    same = tuple(number.model_copy(update={"value": 0.0}) for number in block.layer.numbers)
    return block.layer.model_copy(update={"numbers": same})
