"""Losses and metrics of a recipe: every one trains, is told, is watched, and is checked before."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib.arch import Architecture
from lib.data import Dataset, split
from lib.errors import UserError
from lib.keras_bridge.build import build, make
from lib.training.check import check
from lib.training.losses import LOSSES
from lib.training.measured import loss_call
from lib.training.metrics import METRICS
from lib.training.recipe import Recipe
from lib.training.repair import repairs
from lib.training.steps import scaled
from tests.lib.training.attempts import two_outputs

Start = Callable[..., Any]
RECALL = {"name": "hits", "formula": "K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0))) / K.sum(y_true)"}


def ending(linear: Architecture, activation: str | None) -> Architecture:
    text = linear.to_json()
    return Architecture.from_json(text.replace(', "activation": "softmax"', f', "activation": "{activation}"'
                                               if activation else ""))


def logs_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["logs"] for event in events if event["kind"] == "epoch"]


def evaluated(folder: Path, tiny: Dataset, one_hot: bool) -> dict[str, float]:
    """What Keras's `evaluate` of the saved model tells of the test set."""
    saved = keras.models.load_model(folder / "model.keras", safe_mode=True)
    labels = np.eye(10, dtype="float32")[tiny.y_test] if one_hot else tiny.y_test
    told: dict[str, float] = saved.evaluate(scaled(tiny.x_test), labels, verbose=0, batch_size=32, return_dict=True)
    return told


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_trains(start: Start, name: str) -> None:
    events, _result = start(epochs=1, loss={"name": name})
    assert np.isfinite(logs_of(events)[0]["val_loss"])


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_takes_logits_or_says_no(linear: Architecture, name: str) -> None:
    """The loss of logits is that of their softmax, or their sigmoid where each class is by itself."""
    recipe = Recipe.model_validate({"loss": {"name": name}, "metrics": [{"name": "AUC"}]})
    takes, misfits = recipe.loss.takes, check(ending(linear, None), Recipe(loss=recipe.loss), 1000)
    assert bool(misfits) == (takes == "shares")
    if takes not in ("classes", "each"):
        return
    scores = np.random.default_rng(0).normal(size=(5, 10)).astype("float32")
    labels = np.eye(10, dtype="float32")[:5]
    shares = keras.ops.softmax(scores) if takes == "classes" else keras.ops.sigmoid(scores)
    of_logits, of_shares = make(loss_call(recipe, True)), make(loss_call(recipe, False))
    assert float(of_logits(labels, scores)) == pytest.approx(float(of_shares(labels, shares)), rel=1e-4)


@pytest.mark.parametrize("first", [0, len(METRICS) // 2])
def test_every_metric_is_told(start: Start, tmp_path: Path, tiny: Dataset, first: int) -> None:
    """As Keras tells it of the saved model."""
    metrics = [{"name": name} for name in list(METRICS)[first : first + len(METRICS) // 2]]
    names = [metric.log_name for metric in Recipe.model_validate({"metrics": metrics}).metrics]
    events, result = start(epochs=1, metrics=metrics)
    [logs] = logs_of(events)
    assert list(logs) == ["loss", "accuracy", *names, "val_loss", "val_accuracy", *(f"val_{name}" for name in names)]
    assert result.logs == logs
    told = evaluated(tmp_path / "run", tiny, True)
    [evaluation] = [event for event in events if event["kind"] == "evaluation"]
    assert evaluation["metrics"] == pytest.approx({name: told[name] for name in names}, rel=1e-4)
    assert told["loss"] == pytest.approx(result.test_loss, rel=1e-4)


def test_class_numbers_are_enough_for_some(start: Start, tmp_path: Path, tiny: Dataset) -> None:
    events, _result = start(epochs=1, metrics=[{"name": "TopKCategoricalAccuracy", "k": 2}])
    [evaluation] = [event for event in events if event["kind"] == "evaluation"]
    told = evaluated(tmp_path / "run", tiny, False)
    assert evaluation["metrics"] == pytest.approx({"top_2_accuracy": told["top_2_accuracy"]})


def test_they_equal_a_plain_fit(start: Start, linear: Architecture, tiny: Dataset) -> None:
    plain = Architecture.from_json(linear.to_json().replace('"rate": 0.2', '"rate": 0.0'))
    events, _result = start(plain, epochs=3, batch_size=90, optimizer={"name": "SGD", "momentum": 0.5},
                            loss={"name": "CategoricalCrossentropy", "label_smoothing": 0.1},
                            metrics=[{"name": "F1Score"}, {"name": "AUC"}, RECALL])
    model = build(plain, seed=0)
    model.compile(keras.optimizers.SGD(momentum=0.5), keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
                  metrics=["accuracy", keras.metrics.F1Score("macro"), keras.metrics.AUC(name="auc"),
                           keras.metrics.Recall(name="hits")])
    parts = split(tiny, 0.1, 0)
    rows = np.eye(10, dtype="float32")
    fitted = model.fit(parts.x_train / np.float32(255), rows[parts.y_train], batch_size=90, epochs=3, verbose=0,
                       validation_data=(parts.x_val / np.float32(255), rows[parts.y_val]))
    for name, values in fitted.history.items():
        np.testing.assert_allclose([logs[name] for logs in logs_of(events)], values, rtol=1e-4, err_msg=name)


def test_own_ones_are_trained_by_and_told(start: Start, tmp_path: Path) -> None:
    events, _result = start(epochs=2, loss={"name": "squares", "formula": "square(y_true - y_pred)"}, metrics=[
        RECALL, {"name": "by_batch", "formula": RECALL["formula"], "over": "batches"},
        {"name": "nothing", "formula": "log(0 - sum(y_pred))"}], callbacks=[
            {"name": "ModelCheckpoint", "monitor": "val_hits"}])
    plain, _result = start(epochs=2, loss={"name": "MeanSquaredError"}, folder="plain")
    for ours, theirs in zip(logs_of(events), logs_of(plain), strict=True):
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-5)
        assert ours["nothing"] is ours["val_nothing"] is None
    assert json.dumps(events, allow_nan=False)
    with (tmp_path / "run/history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_hits"]) for row in rows] == [logs["val_hits"] for logs in logs_of(events)]
    assert rows[0]["nothing"] == ""
    assert (tmp_path / "run/best.keras").exists()


def test_rules_read_metrics(start: Start) -> None:
    """The numbers of the epoch, and the best so far in the direction of the metric."""
    rules = [{"name": "told", "when": "on_epoch_end", "condition": "val_hits < best_val_hits", "action": {
                  "name": "WriteNote", "text": "fewer"}},
             {"name": "never", "when": "on_epoch_end", "condition": "nothing > 0", "action": {"name": "StopTraining"}}]
    metrics = [{**RECALL, "better": "min"}, {"name": "nothing", "formula": "log(0 - sum(y_pred))"}]
    events, result = start(epochs=3, metrics=metrics, rules=rules, optimizer={"name": "Adam", "learning_rate": 0.01})
    values = [logs["val_hits"] for logs in logs_of(events)]
    told = [event["epoch"] for event in events if event["kind"] == "note"]
    assert told == [epoch for epoch in (1, 2, 3) if epoch == 1 or values[epoch - 1] < min(values[: epoch - 1])]
    assert result.epochs == 3


def test_of_several_outputs_the_first_is_told(start: Start) -> None:
    events, _result = start(two_outputs(), epochs=1, metrics=[RECALL, {"name": "TopKCategoricalAccuracy", "k": 2}],
                            loss={"name": "CategoricalCrossentropy"})
    [logs] = logs_of(events)
    assert {"hits", "val_hits", "top_2_accuracy", "val_top_2_accuracy"} < set(logs)


def test_more_or_less_is_better_as_the_metric_says() -> None:
    recipe = Recipe.model_validate({"metrics": [{**RECALL, "better": "min"}, {"name": "AUC"}], "callbacks": [
        {"name": "EarlyStopping", "monitor": "val_hits"}, {"name": "ModelCheckpoint", "monitor": "auc"},
        {"name": "ReduceLROnPlateau", "monitor": "hits", "mode": "max"}]})
    assert [recipe.decided(callback).mode for callback in recipe.callbacks] == ["min", "max", "max"]


def said(linear: Architecture, activation: str | None = "softmax", **recipe: Any) -> list[str]:
    return [str(problem) for problem in check(ending(linear, activation), Recipe.model_validate(recipe), 1000)]


@pytest.mark.parametrize(("formula", "sentence"), [
    ("round(y_true - y_pred)", "loss: line 1, column 1: round lets no gradient through."),
    ("sum(y_true)", "loss: line 1, column 1: the result does not depend on y_pred."),
    ("sum(y_pred)", "loss: line 1, column 1: expected a formula that reads y_true too."),
    ("sum(y_true * y_pred, axis=0)", "loss: line 1, column 1: expected a number, or one for each image of the batch"),
    ("square(y_true - x)", "loss: line 1, column 17: expected one of y_true, y_pred. Received: x."),
    ("", "loss: line 1, column 1: expected a formula, such as x * tanh(softplus(x))."),
])  # fmt: skip
def test_a_loss_that_cannot_be(linear: Architecture, formula: str, sentence: str) -> None:
    [found] = said(linear, loss={"name": "mine", "formula": formula})
    assert found.startswith(sentence)


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"name": "m", "formula": "sum(y_pred - mean(y_pred))"}, "m: line 1, column 1: expected a formula that can be add"),
    ({"name": "m", "formula": "mean(y_true)"}, "m: line 1, column 1: expected a formula that reads y_pred too."),
    ({"name": "Recall", "class_id": 10}, "recall_of_10: expected one of the 10 classes of MNIST, counted from 0."),
])  # fmt: skip
def test_a_metric_that_cannot_be(linear: Architecture, fields: dict[str, Any], sentence: str) -> None:
    [found] = said(linear, metrics=[fields])
    assert found.startswith(sentence)


def test_no_two_metrics_have_one_name(linear: Architecture) -> None:
    assert said(linear, metrics=[{"name": "AUC"}, {"name": "Recall"}, {"name": "AUC", "curve": "PR"}]) == [
        "metrics: expected metrics of different names. Received: auc, recall, auc."]


def test_what_needs_the_batch_twice_can_be_of_batches(linear: Architecture) -> None:
    fields = {"name": "m", "formula": "sum(y_pred - mean(y_pred))", "over": "batches"}
    assert said(linear, metrics=[fields]) == []


def test_a_number_that_nobody_tells_cannot_be_watched(linear: Architecture) -> None:
    recipe = Recipe.model_validate({"callbacks": [{"name": "EarlyStopping", "monitor": "val_recall"}]})
    [problem] = check(linear, recipe, 1000)
    assert str(problem) == ("EarlyStopping: expected one of val_loss, val_accuracy, loss, accuracy to watch. Received: "
                            "val_recall.")
    [repair] = repairs(linear, recipe, 1000)
    assert str(repair) == "Watch val_loss"
    assert check(linear, repair.recipe, 1000) == ()


@pytest.mark.parametrize(("activation", "recipe", "offered"), [
    ("sigmoid", {}, ["Give answer softmax", "Add a Dense layer of 10 units", "Learn by BinaryCrossentropy"]),
    ("relu", {"loss": {"name": "BinaryCrossentropy"}}, ["Give answer softmax", "Give answer sigmoid",
                                                       "Add a Dense layer of 10 units"]),
    (None, {"loss": {"name": "KLDivergence"}}, [
        "Give answer softmax", "Give answer sigmoid", "Add a Dense layer of 10 units",
        "Learn by SparseCategoricalCrossentropy", "Learn by BinaryCrossentropy"]),
    (None, {"metrics": [{"name": "Precision"}]}, ["Give answer softmax", "Add a Dense layer of 10 units"]),
])  # fmt: skip
def test_loss_and_last_layer_are_brought_together(
    linear: Architecture, activation: str | None, recipe: dict[str, Any], offered: list[str]
) -> None:
    network, made = ending(linear, activation), Recipe.model_validate(recipe)
    assert len(check(network, made, 1000)) == 1
    found = repairs(network, made, 1000)
    assert [str(repair) for repair in found] == offered
    assert all(check(repair.architecture, repair.recipe, 1000) == () for repair in found)


def test_what_cannot_be_is_refused_before_training(start: Start) -> None:
    with pytest.raises(UserError, match="loss: line 1, column 1: sign lets no gradient through"):
        start(loss={"name": "mine", "formula": "sign(y_true - y_pred)"})
