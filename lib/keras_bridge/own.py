"""Losses and metrics whose function is a formula. Saved models hold its text alone, and check it anew."""

from __future__ import annotations

from typing import Any, Final

import keras
from keras import ops

from lib.formula import FormulaError, parse
from lib.formula.streaming import Kind, Streamed
from lib.keras_bridge.formula import compute
from lib.training.own_formulas import checked_loss, checked_metric

_START: Final[dict[Kind, float]] = {"sum": 0.0, "prod": 1.0, "max": float("-inf"), "min": float("inf")}
_GROWN: Final[dict[Kind, Any]] = {"sum": ops.add, "prod": ops.multiply, "max": ops.maximum, "min": ops.minimum}


@keras.saving.register_keras_serializable(package="blockyard")
class FormulaLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras comes without types
    """The loss `formula` of y_true and y_pred, both (batch, classes); of several numbers, their mean.

    Raises:
        FormulaError: the text is no formula.
    """

    def __init__(self, formula: str, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        parse(formula)
        self.formula = formula

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss before its mean is taken.

        Raises:
            ValueError: the formula does not fit the number of classes.
        """
        try:
            found = checked_loss(self.formula, y_pred.shape[-1])
        except FormulaError as error:
            raise ValueError(str(error)) from None
        return compute(found, {"y_true": y_true, "y_pred": y_pred})

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal loss from."""
        return {**super().get_config(), "formula": self.formula}


@keras.saving.register_keras_serializable(package="blockyard")
class FormulaMetric(keras.metrics.Metric):  # type: ignore[misc]
    """The metric `formula` of y_true and y_pred, both (batch, classes).

    Args:
        formula: a number, or some for each example, whose mean counts.
        over: "epoch": of all examples as if they were one batch; "batches": the mean of what it gives for each batch.

    Raises:
        FormulaError: the text is no formula.
    """

    def __init__(self, formula: str, over: str = "epoch", name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        parse(formula)
        self.formula = formula
        self.over = over
        self._streamed: Streamed | None = None
        self._grown: dict[str, Any] = {}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; weights of examples are not looked at, as the formula has none.

        Raises:
            ValueError: the formula does not fit the number of classes.
        """
        y_true, y_pred = (ops.convert_to_tensor(value, dtype=self.dtype) for value in (y_true, y_pred))
        cut = self._streamed or self._made(y_pred.shape[-1])
        for state in cut.states:
            added = compute(state.added, {"y_true": y_true, "y_pred": y_pred})
            grown = self._grown[state.name]
            grown.assign(_GROWN[state.kind](grown, ops.cast(added, self.dtype)))

    def result(self) -> Any:
        """The number, of all batches since the last reset."""
        if self._streamed is None:
            return ops.zeros(())
        states = {name: ops.convert_to_tensor(variable) for name, variable in self._grown.items()}
        return ops.convert_to_tensor(compute(self._streamed.result, states), dtype=self.dtype)

    def reset_state(self) -> None:
        """Forget all batches."""
        for state in self._streamed.states if self._streamed else ():
            grown = self._grown[state.name]
            grown.assign(ops.full(grown.shape, _START[state.kind], dtype=grown.dtype))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal metric from."""
        return {**super().get_config(), "formula": self.formula, "over": self.over}

    def _made(self, classes: int) -> Streamed:
        try:
            cut = checked_metric(self.formula, classes, self.over)
        except FormulaError as error:
            raise ValueError(str(error)) from None
        for state in cut.states:
            start = keras.initializers.Constant(_START[state.kind])
            self._grown[state.name] = self.add_variable(state.shape, start, name=state.name)
        self._streamed = cut
        return cut
