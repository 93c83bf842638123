"""A layer with weights whose function is a formula."""

from __future__ import annotations

from typing import Any, Final

import keras
from keras import ops
from pydantic import ValidationError

from lib import strict_json
from lib.arch.own_formula import by_name
from lib.arch.own_layer import OwnLayer
from lib.errors import UserError
from lib.formula import parse
from lib.keras_bridge.formula import compute

_LONGEST: Final = 20_000


@keras.saving.register_keras_serializable(package="blockyard")
class CustomFormulaLayer(keras.layers.Layer):  # type: ignore[misc]  # Keras comes without types
    """Computes a formula of its inputs and its weights.

    A saved model holds the text alone; whoever loads it reads and checks it anew.

    Args:
        layer: the JSON of an `OwnLayer`: its weights, its numbers, its formula.
        **kwargs: those of every layer.

    Raises:
        UserError: the text is no such layer, or its formula none.
    """

    def __init__(self, layer: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer
        self.own = _read(layer)
        parse(self.own.call)
        self.own_weights: dict[str, Any] = {}

    def build(self, input_shape: Any) -> None:
        """Make its weights for inputs of these shapes, each of (batch, ...).

        Raises:
            ValueError: the shape of a weight cannot be known.
        """
        several = not input_shape or isinstance(input_shape[0], list | tuple)
        inputs = tuple(tuple(shape[1:]) for shape in (input_shape if several else [input_shape]))
        try:
            shapes = self.own.shapes(*inputs)
        except UserError as error:
            raise ValueError(str(error)) from None
        for weight in self.own.weights:
            self.own_weights[weight.name] = self.add_weight(
                shape=shapes[weight.name],
                initializer=_made(weight.initializer),
                regularizer=_made(weight.regularizer),
                trainable=weight.trainable,
                name=weight.name,
            )

    def call(self, *inputs: Any) -> Any:
        """The result for these inputs, each of shape (batch, ...), as numbers.

        Raises:
            ValueError: the formula does not fit their shapes.
        """
        shapes = {name: tuple(weight.shape) for name, weight in self.own_weights.items()}
        try:
            found = self.own.checked(*(tuple(tensor.shape[1:]) for tensor in inputs), shapes=shapes)
        except UserError as error:
            # Keras adds to what it raises, which it can do only with errors of Python.
            raise ValueError(str(error)) from None
        result = compute(found, {**by_name(inputs), **self.own_weights})
        return result if found.result.dtype == "float" else ops.cast(result, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal layer from."""
        return {**super().get_config(), "layer": self.layer}


def _read(text: str) -> OwnLayer:
    strict_json.read(text, "layer", _LONGEST, lines=True)
    try:
        return OwnLayer.model_validate_json(text)
    except ValidationError as error:
        raise UserError.from_validation("layer", error) from None


def _made(part: Any) -> Any:
    """An initializer or regularizer as Keras has it; a name as it is."""
    call = part.keras() if hasattr(part, "keras") else None
    if call is None:
        return part
    module, _dot, name = call.name.partition(".")
    return getattr(getattr(keras, module), name)(**call.arguments)
