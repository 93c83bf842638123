"""An architecture as a Keras model. This is the only place that makes Keras layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import keras

from lib.arch import Architecture, analyse
from lib.arch.analyse import Layer
from lib.arch.block import Block, Call
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.override import with_hidden_activation
from lib.arch.own_activation import OwnActivation
from lib.keras_bridge.custom_layer import CustomFormulaLayer
from lib.keras_bridge.formula_activation import FormulaActivation
from lib.keras_bridge.formula_layer import FormulaLayer
from lib.keras_bridge.python_layer import expect_as_measured, python_layer
from lib.keras_bridge.strided import made_safe

_OWN: Final[Mapping[str, Any]] = {
    "CustomFormulaLayer": CustomFormulaLayer,
    "FormulaActivation": FormulaActivation,
    "FormulaLayer": FormulaLayer,
    "PythonLayer": python_layer,
}
"""The layers and functions that are not Keras's, by their names in a `Call` after "own."."""


def build(
    architecture: Architecture, activation: str | OwnActivation | None = None, seed: int | None = None
) -> keras.Model:
    """The functional Keras model that `architecture` describes.

    Args:
        architecture: one without mistakes.
        activation: takes the place of every hidden activation, where given.
        seed: makes the initial weights the same every time (it seeds Python, NumPy and the backend), where given.

    Returns:
        A model whose layers have the nodes' ids as names (those inside composites with a dot), whose inputs and
        outputs come in the architecture's order.

    Raises:
        UserError: the first mistake of the architecture.
    """
    if activation is not None:
        architecture = with_hidden_activation(architecture, activation)
    analysis = analyse(architecture)
    analysis.expect_complete()
    if seed is not None:
        keras.utils.set_random_seed(seed)
    tensors = {name: keras.Input(shape, name=name) for name, shape in architecture.inputs.items()}
    inputs = list(tensors.values())
    made: dict[str, keras.Layer] = {}
    for layer in analysis.layers:
        made[layer.id] = made[layer.shares] if layer.shares else _make(layer)
        read = [tensors[source] for source in layer.inputs]
        tensors[layer.id] = called(made[layer.id], layer.block, read)
        if isinstance(layer.block, PythonLayer):
            expect_as_measured(layer.id, made[layer.id], layer.block.layer, layer.input_shapes, tensors[layer.id])
        if layer.weights and not layer.trainable:
            # Only now: a layer made of others, as MultiHeadAttention, has them from its first call on.
            made[layer.id].trainable = False
    outputs = [tensors[source] for source in architecture.outputs.values()]
    return keras.Model(_alone(inputs), _alone(outputs))


def called(layer: keras.Layer, block: Block, values: list[Any]) -> Any:
    """What `layer`, made of `block`, answers for tensors: one, a list, or arguments of their own, as Keras takes them.
    """
    if block.separate_inputs or block.most_inputs == 1:
        return layer(*values)
    return layer(values)


def make(value: Any) -> Any:
    """The Keras object that a `Call` stands for, its arguments included; any other value as it is."""
    if not isinstance(value, Call):
        return value
    module, _dot, name = value.name.partition(".")
    kind = _OWN[name] if module == "own" else getattr(getattr(keras, module), name)
    return made_safe(kind(**_made(value.arguments)))


def _make(layer: Layer) -> keras.Layer:
    call = layer.block.keras()
    return make(Call(call.name, {**call.arguments, "name": layer.id}))


def _made(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: make(value) for name, value in arguments.items()}


def _alone(values: list[Any]) -> Any:
    """A model of one input or output takes and gives it bare."""
    return values[0] if len(values) == 1 else values
