"""A layer whose function is a formula."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from lib.arch.own_formula import by_name, checked
from lib.formula import FormulaError, parse
from lib.keras_bridge.formula import compute


@keras.saving.register_keras_serializable(package="blockyard")
class FormulaLayer(keras.layers.Layer):  # type: ignore[misc]  # Keras comes without types
    """Computes `formula` of its inputs, without weights.

    A saved model holds the text alone; whoever loads it reads and checks the formula anew, so that nothing else than
    the functions of formulas is ever computed.

    Args:
        formula: what is computed, in the language of `lib.formula`; x is the input, x1, x2 and so on are several.
        **kwargs: those of every layer.

    Raises:
        FormulaError: the text is no formula.
    """

    def __init__(self, formula: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        parse(formula)
        self.formula = formula

    def call(self, *inputs: Any) -> Any:
        """The result for these inputs, each of shape (batch, ...), as numbers.

        Raises:
            ValueError: the formula does not fit their shapes.
        """
        try:
            found = checked(self.formula, tuple(tuple(tensor.shape[1:]) for tensor in inputs))
        except FormulaError as error:
            # Keras adds to what it raises, which it can do only with errors of Python.
            raise ValueError(str(error)) from None
        result = compute(found, by_name(inputs))
        return result if found.result.dtype == "float" else ops.cast(result, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal layer from."""
        return {**super().get_config(), "formula": self.formula}
