"""A layer of one's own as a class of Keras: its numbers, its weights, its call, the shape that comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lib.arch.block import FreeShape, as_keras
from lib.arch.code.lines import call
from lib.arch.own_formula import input_names, reads
from lib.arch.own_layer import OwnLayer, OwnWeight
from lib.arch.own_layer_shape import Axis, Size, result_sizes
from lib.arch.own_sizes import LAST, axes, bare, parts
from lib.arch.python_code import value_code
from lib.formula import to_python
from lib.formula.export import static_to_python
from lib.formula.language import Name, Node, walk
from lib.formula.scope import OWN
from lib.formula.values import AsFloat

_HEAD: Final = '''\
@keras.saving.register_keras_serializable(package="formulas")
class {name}(keras.layers.Layer):
'''
_INIT: Final = '''\
    def __init__(self, {defaults}, **kwargs):
        super().__init__(**kwargs)
{assignments}
'''
_BUILD: Final = '''\
    def build(self, {shapes}):
{axes}{weights}
'''
_CALL: Final = '''\
    def call(self, {inputs}):
{first}{body}
'''
_SHAPE: Final = '''\
    def compute_output_shape(self, {shapes}):
{axes}        return {result}
'''
_CONFIG: Final = '''\
    def get_config(self):
        return {{**super().get_config(), {numbers}}}
'''


def layer_class(name: str, layer: OwnLayer, inputs: tuple[FreeShape, ...]) -> str:
    """The source of a class `name`, whose weights and shapes are those that Blockyard has for such inputs."""
    writer = _Writer(layer, inputs)
    pieces = [writer.init(), writer.build(), writer.call(), writer.output_shape(), writer.config()]
    return _HEAD.format(name=name) + "\n".join(piece for piece in pieces if piece)


def number_arguments(layer: OwnLayer) -> list[str]:
    """What the class is called with for this layer."""
    return [f"{number.name}={number.number!r}" for number in layer.numbers]


class _Writer:
    def __init__(self, layer: OwnLayer, inputs: tuple[FreeShape, ...]) -> None:
        self.layer = layer
        self.inputs = inputs
        names = input_names(len(inputs))
        self.shapes = ("input_shape",) if len(inputs) == 1 else tuple(f"{name}_shape" for name in names)

    def init(self) -> str:
        if not self.layer.numbers:
            return ""
        assignments = "\n".join(f"        self.{number.name} = {number.name}" for number in self.layer.numbers)
        return _INIT.format(defaults=", ".join(number_arguments(self.layer)), assignments=assignments)

    def build(self) -> str:
        if not self.layer.weights:
            return ""
        nodes = [part for weight in self.layer.weights for part in parts(weight.shape)]
        weights = "\n".join(line for weight in self.layer.weights for line in self.weight(weight))
        return _BUILD.format(shapes=", ".join(self.shapes), axes=self.axes(nodes), weights=weights)

    def weight(self, weight: OwnWeight) -> list[str]:
        listed = [self.size(part) for part in parts(weight.shape)]
        shape = f"({listed[0]},)" if len(listed) == 1 else f"({', '.join(listed)})"
        arguments = [f"shape={shape}", f"initializer={value_code(as_keras(weight.initializer))}"]
        if weight.regularizer is not None:
            arguments.append(f"regularizer={value_code(as_keras(weight.regularizer))}")
        if not weight.trainable:
            arguments.append("trainable=False")
        arguments.append(f"name={value_code(weight.name)}")
        return call(f"self.{weight.name} = self.add_weight", arguments, indent="        ")

    def call(self) -> str:
        found = self.layer.checked(*self.inputs)
        if found.result.dtype != "float":
            found = replace(found, lines=(*found.lines[:-1], (None, AsFloat(found.lines[-1][1]))))
        # The first of several inputs goes by a second name.
        first = "        x = x1\n" if "x" in reads(found) and len(self.inputs) > 1 else ""
        inputs = ", ".join(input_names(len(self.inputs)))
        return _CALL.format(inputs=inputs, first=first, body=to_python(found, "        ").rstrip("\n"))

    def output_shape(self) -> str:
        sizes = result_sizes(self.layer, self.inputs)
        axes = self.axes([size for size in sizes or () if isinstance(size, Node)])
        if sizes is not None:
            return _SHAPE.format(shapes=", ".join(self.shapes), axes=axes, result=self.result(sizes))
        # Only Keras knows: it goes through the formula with these shapes.
        given = ", ".join(f"keras.KerasTensor({shape})" for shape in self.shapes)
        built = f"        if not self.built:\n            self.build({', '.join(self.shapes)})\n"
        return _SHAPE.format(shapes=", ".join(self.shapes), axes=built if self.layer.weights else "",
                             result=f"keras.Operation.compute_output_spec(self, {given}).shape")  # fmt: skip

    def result(self, sizes: tuple[Size, ...]) -> str:
        """The tuple that `compute_output_shape` returns: axes that stay at the front are taken together."""
        first = self.shapes[0]
        kept = next((n for n, size in enumerate(sizes) if size != Axis(0, n)), len(sizes))
        if kept == len(sizes) == len(self.inputs[0]):
            return first
        end = kept + 1 - (len(self.inputs[0]) + 1)
        start = f"{first}[0]" if kept == 0 else f"*{first}[:{end}]" if end else f"*{first}"
        rest = [f"{self.shapes[size.input]}[{size.axis + 1}]" if isinstance(size, Axis) else self.size(size)
                for size in sizes[kept:]]  # fmt: skip
        return f"({', '.join([start, *rest])}{'' if rest else ','})"

    def config(self) -> str:
        numbers = ", ".join(f'"{number.name}": self.{number.name}' for number in self.layer.numbers)
        return _CONFIG.format(numbers=numbers) if numbers else ""

    def axes(self, nodes: list[Node]) -> str:
        """Lines that name the axes of the inputs that these sizes speak of."""
        spoken = {bare(node.name) for part in nodes for node in walk(part) if isinstance(node, Name)}
        lines = []
        for name in sorted(spoken - {number.name for number in self.layer.numbers}):
            number, axis = self.axis(name)
            place = -1 if name.endswith(LAST) else axis + 1
            lines.append(f"        {name.replace('.', '_')} = {self.shapes[number]}[{place}]\n")
        return "".join(lines)

    def axis(self, name: str) -> tuple[int, int]:
        """The input, and its axis, that a name such as "channels" or "x2.height" means; both counted from 0."""
        source, _dot, axis = name.rpartition(".")
        number = int(source[1:] or 1) - 1 if source else 0
        return number, axes(len(self.inputs[number]))[axis]

    def size(self, node: Node) -> str:
        """A size as Python."""
        own = {number.name for number in self.layer.numbers}
        names: Mapping[str, str] = {
            inner.name: OWN + bare(inner.name) if bare(inner.name) in own else bare(inner.name).replace(".", "_")
            for inner in walk(node)
            if isinstance(inner, Name)
        }
        return static_to_python(node, names)
