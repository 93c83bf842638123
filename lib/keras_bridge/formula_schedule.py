"""A learning rate that follows a formula."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from lib.formula import FormulaError
from lib.keras_bridge.formula import compute
from lib.training.schedules import NAMES, checked_rate


@keras.saving.register_keras_serializable(package="blockyard")
class FormulaSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no types
    """The learning rate of every step by `formula`, of which a saved model holds the text alone.

    Args:
        formula: in the language of `lib.formula`, of the names in `lib.training.schedules.NAMES`.
        learning_rate: what the formula reads under this name.
        batches: how many an epoch has.
        epochs: how many the training has.

    Raises:
        ValueError: the text is no formula of a learning rate.
    """

    def __init__(self, formula: str, learning_rate: float, batches: int, epochs: int) -> None:
        super().__init__()
        self.formula, self.learning_rate, self.batches, self.epochs = formula, learning_rate, batches, epochs
        try:
            self._checked = checked_rate(formula, NAMES)
        except FormulaError as error:
            raise ValueError(str(error)) from None

    def __call__(self, step: Any) -> Any:
        """The learning rate of `step`, which counts from 0, as a number of 32 bits."""
        step = ops.cast(step, "float32")
        steps = ops.cast(self.batches * self.epochs, "float32")
        values = {"step": step, "steps": steps, "epoch": ops.floor(step / ops.cast(self.batches, "float32")) + 1.0,
                  "epochs": ops.cast(self.epochs, "float32"), "progress": step / steps,
                  "learning_rate": ops.cast(self.learning_rate, "float32")}
        return ops.cast(compute(self._checked, values), "float32")

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal schedule from."""
        return {"formula": self.formula, "learning_rate": self.learning_rate, "batches": self.batches,
                "epochs": self.epochs}
