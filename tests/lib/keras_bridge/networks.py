"""Any functional Keras model as an architecture, layer by layer: how tests hold the catalogue to whole networks.

A layer becomes the block of its class with the fields that both have. What Keras keeps to itself (two layers of
keras.applications, and arithmetic with numbers) becomes the blocks that do the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras

from lib.arch import CATALOGUE, Architecture, Node, read_block

LISTS = {"target_shape", "dims"}
"""Fields that stay lists where others say one number for all sides."""
NOT_COMPARED = {"name", "trainable", "dtype"}


class Placed(NamedTuple):
    """A layer or operation of the model, the nodes that stand for it, and what Keras says its output is."""

    operation: Any
    nodes: tuple[str, ...]
    shape: tuple[int, ...]


class Translation:
    """Grows the nodes of an architecture while it walks over a model."""

    def __init__(self, model: keras.Model) -> None:
        self.nodes: list[Node] = []
        self.placed: list[Placed] = []
        inputs = {f"in{number}": tensor for number, tensor in enumerate(model.inputs, 1)}
        outputs = self._walk(model, {id(tensor): name for name, tensor in inputs.items()})
        self.architecture = Architecture(
            {name: tuple(tensor.shape[1:]) for name, tensor in inputs.items()},
            tuple(self.nodes),
            {f"out{number}": name for number, name in enumerate(outputs, 1)},
        )

    def _walk(self, model: keras.Model, names: dict[int, str]) -> list[str]:
        """Put the layers of `model`; `names` holds what its tensors are called. Returns the names of its outputs."""
        graph = getattr(model, "_functional", model)
        for depth in sorted(graph._nodes_by_depth, reverse=True):
            for node in graph._nodes_by_depth[depth]:
                if not node.is_input:
                    names[id(node.output_tensors[0])] = self._put(node, names)
        return [names[id(tensor)] for tensor in graph.outputs]

    def _put(self, node: Any, names: dict[int, str]) -> str:
        operation = node.operation
        sources = [names[id(tensor)] for tensor in node.input_tensors]
        if isinstance(operation, keras.Model):
            graph = getattr(operation, "_functional", operation)
            inside = {id(tensor): name for tensor, name in zip(graph.inputs, sources, strict=True)}
            return self._walk(operation, inside)[0]
        first = len(self.nodes)
        for block, config, read in _blocks(node, sources):
            name = f"n{len(self.nodes) + 1}"
            inputs = tuple(self.nodes[-1].id if source is None else source for source in read)
            self.nodes.append(Node(name, read_block(block, config, name), inputs))
        shape = tuple(node.output_tensors[0].shape[1:])
        self.placed.append(Placed(operation, tuple(made.id for made in self.nodes[first:]), shape))
        return self.nodes[-1].id


def _blocks(node: Any, sources: list[str]) -> Iterator[tuple[str, dict[str, Any], list[str | None]]]:
    """The blocks for one call of a layer, with what they read; None is the block before."""
    operation, kind = node.operation, type(node.operation).__name__
    numbers = [value for value in node.arguments.args if isinstance(value, int | float)]
    if kind == "CustomScaleLayer":
        yield "Rescaling", {"scale": operation.scale}, [sources[1]]
        yield "Add", {}, [sources[0], None]
    elif kind == "LayerScale":
        yield "LayerScale", {"init_values": operation.init_values}, list(sources)
    elif numbers and kind == "Add":
        yield "Rescaling", {"scale": 1.0, "offset": numbers[0]}, list(sources)
    elif numbers and kind == "Multiply":
        yield "Rescaling", {"scale": numbers[0]}, list(sources)
    elif isinstance(operation, keras.Layer):
        fields = CATALOGUE[kind].model_fields
        config = {name: plain(value) for name, value in operation.get_config().items() if name in fields}
        config.update({name: list(operation.get_config()[name]) for name in LISTS & config.keys()})
        yield kind, config, list(sources)
    else:
        yield kind, {}, list(sources)


def plain(value: Any) -> Any:
    """A value of a Keras config as our JSON has it."""
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value]
        # One number for all sides, as nearly every window has it.
        alike = len(items) <= 2 and all(isinstance(item, int | float) and item == items[0] for item in items)
        return items[0] if items and alike else items
    if isinstance(value, dict) and "class_name" in value:
        return _initializer(value["class_name"], value["config"])
    return value


_BY_NAME = {"Zeros": "zeros", "Ones": "ones", "GlorotUniform": "glorot_uniform", "HeNormal": "he_normal"}


def _initializer(name: str, config: dict[str, Any]) -> Any:
    if name in _BY_NAME:
        return _BY_NAME[name]
    own = {"seed", "input_axes", "output_axes"}
    return {"name": name, **{field: value for field, value in config.items() if field not in own}}


def compared(config: dict[str, Any]) -> dict[str, Any]:
    """A Keras config without the layer's name, in one spelling."""
    return {name: _spelled(value) for name, value in config.items() if name not in NOT_COMPARED}


def _spelled(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("class_name") == "Constant" and value["config"] == {"value": 0.0}:
            return _spelled(keras.initializers.serialize(keras.initializers.Zeros()))
        return {name: _spelled(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return _spelled(value[0]) if len(value) == 1 else [_spelled(item) for item in value]
    return value
