"""Losses and metrics written out as formulas are those of Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib.keras_bridge.own import FormulaLoss, FormulaMetric

CLIPPED = "p = clip(y_pred, K.epsilon(), 1 - K.epsilon())"
LOSSES: dict[str, tuple[str, Any]] = {
    "mean squared error": ("mean(square(y_true - y_pred))", keras.losses.MeanSquaredError()),
    "mean squared error of each example": ("square(y_true - y_pred)", keras.losses.MeanSquaredError()),
    "mean absolute error": ("mean(abs(y_true - y_pred), axis=-1)", keras.losses.MeanAbsoluteError()),
    "Huber": ("d = abs(y_true - y_pred)\nwhere(d < 0.4, 0.5 * d ** 2, 0.4 * (d - 0.2))", keras.losses.Huber(0.4)),
    "binary cross-entropy": (
        f"{CLIPPED}\n-mean(y_true * log(p) + (1 - y_true) * log(1 - p))",
        keras.losses.BinaryCrossentropy()),
    "categorical cross-entropy": (
        f"{CLIPPED}\n-mean(sum(y_true * log(p), axis=-1))",
        keras.losses.CategoricalCrossentropy()),
    "focal": (
        f"{CLIPPED}\nsum(-0.25 * (1 - p) ** 2 * y_true * log(p), axis=-1)",
        keras.losses.CategoricalFocalCrossentropy(alpha=0.25, gamma=2.0)),
    "label smoothing": (
        f"smooth = 0.9 * y_true + 0.1 / 6\n{CLIPPED}\n-sum(smooth * log(p), axis=-1)",
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1)),
    "Kullback-Leibler": (
        "t = clip(y_true, K.epsilon(), 1)\np = clip(y_pred, K.epsilon(), 1)\nsum(t * log(t / p), axis=-1)",
        keras.losses.KLDivergence()),
    "hinge": ("maximum(1 - (2 * y_true - 1) * y_pred, 0)", keras.losses.Hinge()),
    "Dice": ("1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred) + K.epsilon())", keras.losses.Dice()),
    "logits": (
        "-sum(y_true * log_softmax(5 * y_pred), axis=-1) + 0 * y_pred[:, 0]",
        lambda y_true, y_pred: keras.losses.CategoricalCrossentropy(from_logits=True)(y_true, 5 * y_pred)),
}  # fmt: skip
HITS = "K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0)))"
RECALL = f"hits = {HITS}\nthere = K.sum(K.round(K.clip(y_true, 0.0, 1.0)))\nhits / (there + K.epsilon())"
PRECISION = f"hits = {HITS}\ntold = K.sum(K.round(K.clip(y_pred, 0.0, 1.0)))\nhits / (told + K.epsilon())"
F1 = (f"hits = {HITS}\nprecision = hits / (K.sum(K.round(K.clip(y_pred, 0.0, 1.0))) + K.epsilon())\n"
      "recall = hits / (K.sum(K.round(K.clip(y_true, 0.0, 1.0))) + K.epsilon())\n"
      "2 * precision * recall / (precision + recall + K.epsilon())")  # fmt: skip
METRICS: dict[str, tuple[str, Any]] = {
    "recall": (RECALL, keras.metrics.Recall),
    "precision": (PRECISION, keras.metrics.Precision),
    "F1": (F1, lambda: keras.metrics.F1Score(average="micro", threshold=0.5)),
    "accuracy": ("equal(argmax(y_true, axis=-1), argmax(y_pred, axis=-1))", keras.metrics.CategoricalAccuracy),
    "mean squared error": ("square(y_true - y_pred)", keras.metrics.MeanSquaredError),
    "root of it": ("sqrt(mean(square(y_true - y_pred)))", keras.metrics.RootMeanSquaredError),
}


def batch(seed: int, count: int, sharp: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """One-hot labels and shares of six classes, with some that are sure."""
    chance = np.random.default_rng(seed)
    scores = np.exp(sharp * chance.normal(size=(count, 6)))
    return np.eye(6, dtype="float32")[chance.integers(0, 6, count)], (
        scores / scores.sum(axis=1, keepdims=True)).astype("float32")


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_written_out_is_that_of_keras(name: str) -> None:
    formula, theirs = LOSSES[name]
    ours = FormulaLoss(formula, name="ours")
    for seed in range(5):
        given = batch(seed, 8 + seed, 1.0)
        assert float(ours(*given)) == pytest.approx(float(theirs(*given)), abs=1e-6, rel=1e-6)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_written_out_is_that_of_keras(name: str) -> None:
    """Over batches of different sizes; the mean of the batches is another number."""
    formula, theirs = METRICS[name]
    ours, plain = FormulaMetric(formula, name="ours"), theirs()
    for seed, count in enumerate([13, 4, 29, 1]):
        for metric in (ours, plain):
            metric.update_state(*batch(seed, count))
    assert float(ours.result()) == pytest.approx(float(plain.result()), abs=1e-6)
    ours.reset_state()
    assert not any(np.asarray(variable).any() for variable in ours.variables)
    ours.update_state(*batch(9, 5))
    plain.reset_state()
    plain.update_state(*batch(9, 5))
    assert float(ours.result()) == pytest.approx(float(plain.result()), abs=1e-6)


@pytest.mark.parametrize("formula", [RECALL, PRECISION, F1])
def test_over_batches_it_is_their_mean(formula: str) -> None:
    epoch, batches = (FormulaMetric(formula, over, name=over) for over in ("epoch", "batches"))
    alone = []
    for seed, count in enumerate([13, 4, 29, 1]):
        for metric in (epoch, batches):
            metric.update_state(*batch(seed, count))
        one = FormulaMetric(formula)
        one.update_state(*batch(seed, count))
        alone.append(float(one.result()))
    assert float(batches.result()) == pytest.approx(np.mean(alone), abs=1e-6)
    assert abs(float(epoch.result()) - np.mean(alone)) > 1e-3


def test_a_saved_model_brings_its_loss_and_metrics(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, "softmax")])
    model.compile("sgd", FormulaLoss("square(y_true - y_pred)", name="squares"),
                  metrics=["accuracy", FormulaMetric(RECALL, name="hits"),
                           FormulaMetric("max(y_pred) - min(y_pred)", name="span"),
                           FormulaMetric(RECALL, "batches", name="mean_hits")])
    labels = batch(0, 20)[0]
    inputs = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    expected = model.evaluate(inputs, labels, batch_size=8, verbose=0, return_dict=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.evaluate(inputs, labels, batch_size=8, verbose=0, return_dict=True) == pytest.approx(expected)
    assert set(expected) == {"loss", "accuracy", "hits", "span", "mean_hits"}
    shares = loaded.predict(inputs, verbose=0)
    assert expected["span"] == pytest.approx(shares.max() - shares.min())


def test_what_is_loaded_is_checked_anew() -> None:
    for kind in (FormulaLoss, FormulaMetric):
        config = {**kind("mean(y_pred)", name="x").get_config(), "formula": "__import__('os')"}
        with pytest.raises(ValueError, match="line 1, column"):
            kind.from_config(config)


def test_a_formula_that_does_not_fit_says_so() -> None:
    with pytest.raises(ValueError, match="expected an index from -6 to 5"):
        FormulaLoss("y_true[:, 7] - y_pred[:, 7]")(*batch(0, 4))
    with pytest.raises(ValueError, match="expected an index from -6 to 5"):
        FormulaMetric("mean(y_pred[:, 7])").update_state(*batch(0, 4))
