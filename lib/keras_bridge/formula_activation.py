"""An activation whose function is a formula."""

from __future__ import annotations

from typing import Any

import keras
from pydantic import ValidationError

from lib.arch.own_activation import OwnActivation
from lib.errors import UserError
from lib.formula import FormulaError, parse
from lib.keras_bridge.formula import compute


@keras.saving.register_keras_serializable(package="blockyard")
class FormulaActivation:
    """Computes `formula` of what comes in, whose shape it keeps.

    A saved model holds the text alone; whoever loads it reads and checks the formula anew.

    Args:
        name: what it is called.
        formula: what is computed of x, in the language of `lib.formula`.

    Raises:
        UserError: the text is no formula, or the name none.
    """

    def __init__(self, name: str, formula: str) -> None:
        try:
            self.own = OwnActivation(name=name, formula=formula)
        except ValidationError as error:
            raise UserError.from_validation("FormulaActivation", error) from None
        parse(formula)
        self.__name__ = name

    def __call__(self, x: Any) -> Any:
        """The result, of the shape of x.

        Raises:
            ValueError: the formula does not fit that shape.
        """
        try:
            found = self.own.checked(tuple(x.shape[1:]))
        except FormulaError as error:
            # Keras adds to what it raises, which it can do only with errors of Python.
            raise ValueError(str(error)) from None
        return compute(found, {"x": x})

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal activation from."""
        return {"name": self.own.name, "formula": self.own.formula}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FormulaActivation:
        """The activation that `get_config` described."""
        return cls(**config)
