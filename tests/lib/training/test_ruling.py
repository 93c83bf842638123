"""Rules at work: what they do, when, why, and that an interrupted training goes on as if it had not been."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib.training import ruling
from tests.lib.training.attempts import DROPOUT, Attempts, at, network

Start = Callable[..., tuple[list[dict[str, Any]], Any]]
SLOWER = {"name": "slower", "epochs": [4, 7, 9]}
TWO = network('"AveragePooling2D", "config": {"pool_size": 4}', '"Flatten"', '"Dense", "config": {"units": 6, '
              '"activation": "relu"}', '"BatchNormalization"')
"""A network whose layers n2 (Dense), n3 (BatchNormalization) and n5 (Dense) have weights."""


def notes(events: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(event["epoch"], event["source"], event["message"].format(**event["values"]))
            for event in events if event["kind"] == "note"]


def rates(events: list[dict[str, Any]]) -> list[float]:
    return [rate for event in events if event["kind"] == "batches" for rate in event["learning_rate"]]


class Course(keras.callbacks.Callback):  # type: ignore[misc]
    """As the course writes it by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch + 1 in (4, 7, 9):
            self.model.optimizer.learning_rate = self.model.optimizer.learning_rate * 0.1
        self.rates.append(float(self.model.optimizer.learning_rate))


def test_the_rates_are_those_of_the_hand_written_callback(start: Start, tmp_path: Path) -> None:
    events, _result = start(epochs=10, rules=[SLOWER], optimizer={"name": "Adam", "learning_rate": 0.02})
    by_hand = Course()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=10, verbose=0, callbacks=[by_hand])
    of_epochs = [event["learning_rate"] for event in events if event["kind"] == "epoch"]
    assert of_epochs == [float(f"{rate:.7g}") for rate in by_hand.rates]
    assert rates(events) == [rate for rate in of_epochs for _batch in range(3)]
    assert notes(events) == [(4, "slower", "learning rate 0.02 → 0.002"), (7, "slower", "learning rate 0.002 → 0.0002"),
                             (9, "slower", "learning rate 0.0002 → 2e-05")]
    with (tmp_path / "run/history.csv").open(newline="") as file:
        assert [float(row["learning_rate"]) for row in csv.DictReader(file)] == of_epochs


def test_a_condition_is_asked_and_its_numbers_are_told(start: Start) -> None:
    events, result = start(epochs=5, rules=[
        {"name": "enough", "when": "on_epoch_end", "condition": "logical_and(epoch >= 2, val_loss < 2 * best_val_loss)",
         "action": {"name": "StopTraining"}}])
    assert result.epochs == 2
    assert result.ended == "finished"
    logs = [event["logs"] for event in events if event["kind"] == "epoch"]
    [(epoch, source, sentence)] = notes(events)
    assert (epoch, source) == (2, "enough")
    assert sentence == (f"training stopped (epoch = 2, val_loss = {logs[1]['val_loss']:.6g}, "
                        f"best_val_loss = {logs[0]['val_loss']:.6g})")


def test_the_first_epoch_is_better_than_none(start: Start) -> None:
    events, _result = start(epochs=1, rules=[
        {"name": "a", "when": "on_epoch_end", "condition": "val_loss < best_val_loss",
         "action": {"name": "WriteNote", "text": "less"}},
        {"name": "b", "when": "on_epoch_end", "condition": "val_accuracy >= best_val_accuracy",
         "action": {"name": "WriteNote", "text": "{more} **bold**"}},
        {"name": "c", "when": "on_epoch_begin", "condition": "best_loss < 1e9", "action": {"name": "StopTraining"}}])
    assert [(source, sentence.partition(" (")[0]) for _epoch, source, sentence in notes(events)] == [
        ("a", "less"), ("b", "{more} **bold**")]


def test_at_batches(start: Start) -> None:
    events, _result = start(epochs=2, rules=[
        {"name": "down", "when": "on_train_batch_end", "every": 2, "action": {"name": "MultiplyLearningRate",
                                                                             "factor": 0.5}},
        {"name": "up", "when": "on_train_batch_begin", "epochs": [2], "condition": "batch == 3",
         "action": {"name": "SetLearningRate", "rate": "learning_rate * 8"}}],
        optimizer={"name": "SGD", "learning_rate": 0.08})
    assert rates(events) == [0.08, 0.08, 0.04, 0.04, 0.02, 0.16]
    assert [event["learning_rate"] for event in events if event["kind"] == "epoch"] == [0.04, 0.08]
    assert notes(events) == [(1, "down", "learning rate 0.08 → 0.04 (batch = 2)"),
                             (2, "down", "learning rate 0.04 → 0.02 (batch = 1)"),
                             (2, "up", "learning rate 0.02 → 0.16 (batch = 3)"),
                             (2, "down", "learning rate 0.16 → 0.08 (batch = 3)")]


def test_after_a_batch_the_loss_is_the_mean_of_the_epoch_so_far(start: Start) -> None:
    events, _result = start(epochs=1, rules=[
        {"name": "see", "when": "on_train_batch_end", "condition": "loss > 0", "action": {"name": "WriteNote"}}])
    loss = [value for event in events if event["kind"] == "batches" for value in event["loss"]]
    sizes = np.array([32, 32, 26])
    means = np.cumsum(np.array(loss) * sizes) / np.cumsum(sizes)
    told = [float(sentence.rpartition("= ")[2].rstrip(")")) for _epoch, _source, sentence in notes(events)]
    np.testing.assert_allclose(told, means, rtol=1e-5)


@pytest.mark.parametrize("when", ["on_epoch_begin", "on_train_batch_begin", "on_train_batch_end"])
def test_a_stop_within_an_epoch_ends_it_after_the_batch(start: Start, when: str) -> None:
    """As in Keras's fit: the batch is learned from, what there is of the epoch is validated and judged."""
    events, result = start(epochs=5, rules=[{"name": "stop", "when": when, "condition": "step >= 3",
                                             "action": {"name": "StopTraining"}}])
    assert result.epochs == {"on_epoch_begin": 2, "on_train_batch_begin": 2, "on_train_batch_end": 1}[when]
    assert len(rates(events)) == {"on_epoch_begin": 4, "on_train_batch_begin": 4, "on_train_batch_end": 3}[when]
    assert events[-1]["kind"] == "evaluation"


def test_what_fires_often_is_told_in_few_notes(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruling, "MOST_TOLD", 2)
    events, _result = start(epochs=2, rules=[{"name": "all", "when": "on_train_batch_end",
                                              "action": {"name": "MultiplyLearningRate", "factor": 0.9}}])
    assert [sentence for _epoch, _source, sentence in notes(events)][2:] == [
        "fired 1 more times in this epoch, at batches 3 to 3", "fired 3 more times in this epoch, at batches 1 to 3"]


def test_once(start: Start) -> None:
    events, _result = start(epochs=3, rules=[{"name": "a", "once": True, "action": {"name": "WriteNote", "text": "x"}}])
    assert notes(events) == [(1, "a", "x")]


def test_a_rate_that_is_none_is_not_set(start: Start) -> None:
    events, _result = start(epochs=2, optimizer={"name": "SGD", "learning_rate": 0.5}, rules=[
        {"name": "a", "action": {"name": "SetLearningRate", "rate": "log(1 - epoch)"}},
        {"name": "b", "action": {"name": "MultiplyLearningRate", "factor": 900}}])
    assert set(rates(events)) == {0.5}
    assert {sentence for _epoch, _source, sentence in notes(events)} == {
        "learning rate stays 0.5, for the formula gives none that can be used"}


def test_save_keeps_the_model_of_the_moment(start: Start, tmp_path: Path) -> None:
    events, _result = start(epochs=3, rules=[{"name": "second", "when": "on_epoch_begin", "epochs": [2],
                                              "action": {"name": "SaveModel"}},
                                             {"name": "end", "when": "on_train_end", "condition": "val_accuracy >= 0",
                                              "action": {"name": "SaveModel"}}])
    second, end, last = (keras.models.load_model(tmp_path / "run" / name).get_weights()[0]
                         for name in ("second.saved.keras", "end.saved.keras", "model.keras"))
    assert (end == last).all()
    assert (second != last).any()
    assert [sentence.partition(" (")[0] for _epoch, _source, sentence in notes(events)] == [
        "model saved as second.saved.keras", "model saved as end.saved.keras"]


FROZEN = [{"name": "halt", "epochs": [2], "action": {"name": "Freeze", "layers": ["n2", "n3"]}},
          {"name": "go", "when": "on_train_batch_begin", "epochs": [3], "condition": "batch == 2",
           "action": {"name": "Unfreeze", "layers": ["n2"]}}]


def test_frozen_layers_stay_and_learn_again(start: Start, tmp_path: Path) -> None:
    saving = [{"name": f"s{epoch}", "when": "on_epoch_end", "epochs": [epoch], "action": {"name": "SaveModel"}}
              for epoch in (1, 2, 3)]
    events, _result = start(TWO, epochs=3, rules=[*FROZEN, *saving])
    models = [keras.models.load_model(tmp_path / f"run/s{epoch}.saved.keras") for epoch in (1, 2, 3)]
    kernel = [model.get_layer("n2").get_weights()[0] for model in models]
    mean = [model.get_layer("n3").get_weights()[2] for model in models]
    assert (kernel[0] == kernel[1]).all()
    assert (kernel[1] != kernel[2]).any()
    assert (mean[0] == mean[1]).all(), "a frozen BatchNormalization infers"
    assert (mean[1] == mean[2]).all()
    assert [[layer.name for layer in model.layers if layer.weights and not layer.trainable] for model in models] == [
        [], ["n2", "n3"], ["n3"]]
    for model in models:
        learning = sum(2 * int(np.prod(weight.shape)) for weight in model.trainable_variables)
        assert sum(int(np.prod(variable.shape)) for variable in model.optimizer.variables) == learning + 2
    assert notes(events)[1][2].startswith("n2, n3 frozen; weights that still learn: 70")
    assert "n2 learning; weights that learn now: 370 (batch = 2)" in [sentence for _e, _s, sentence in notes(events)]


def test_a_layer_that_the_network_freezes_can_be_let_go(start: Start, tmp_path: Path) -> None:
    frozen = type(TWO).from_json(TWO.to_json().replace('"id": "n2",', '"id": "n2", "trainable": false,'))
    assert frozen != TWO
    rules = [{"name": "go", "epochs": [2], "action": {"name": "Unfreeze", "layers": ["n2"]}},
             {"name": "first", "when": "on_epoch_end", "epochs": [1], "action": {"name": "SaveModel"}}]
    start(frozen, epochs=2, rules=rules)
    first, last = (keras.models.load_model(tmp_path / "run" / name).get_layer("n2").get_weights()[0]
                   for name in ("first.saved.keras", "model.keras"))
    assert (first != last).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Adafactor", "Muon", "Nadam", "ScheduleFreeAdamW"])
def test_optimizers_that_keep_more_train_on_with_frozen_layers(start: Start, tmp_path: Path, name: str) -> None:
    _events, result = start(TWO, epochs=3, rules=FROZEN, optimizer={"name": name, "gradient_accumulation_steps": 2})
    assert result.epochs == 3
    first, again = (keras.models.load_model(tmp_path / "run/model.keras") for _time in range(2))
    assert first.optimizer.iterations.numpy() == again.optimizer.iterations.numpy() > 0


RULES: dict[str, list[dict[str, Any]]] = {
    "conditions": [
        SLOWER,
        {"name": "worse", "when": "on_epoch_end", "condition": "val_loss > 0.9 * best_val_loss", "every": 2,
         "action": {"name": "SetLearningRate", "rate": "learning_rate * (0.5 + accuracy)"}},
        {"name": "once", "when": "on_train_batch_end", "once": True, "condition": "loss < 2.4",
         "action": {"name": "SaveModel"}},
        {"name": "batches", "when": "on_train_batch_end", "every": 5, "action": {"name": "MultiplyLearningRate",
                                                                                 "factor": 0.9}},
        {"name": "begin", "when": "on_train_begin", "action": {"name": "SetLearningRate", "rate": "0.02"}},
        {"name": "end", "when": "on_train_end", "condition": "loss > 0", "action": {"name": "WriteNote", "text": "."}},
        {"name": "stop", "when": "on_train_batch_end", "condition": "step >= 21", "action": {"name": "StopTraining"}}],
    "freezing": [*FROZEN, {"name": "save", "when": "on_epoch_end", "action": {"name": "SaveModel"}}],
}


@pytest.mark.parametrize("name", sorted(RULES))
def test_paused_at_random_moments_it_is_the_same_training(
    attempts: Callable[..., Attempts], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(ruling, "MOST_TOLD", 1)
    given = {"rules": RULES[name], **({"architecture": TWO} if name == "freezing" else {"epochs": 5})}
    whole, parted = attempts("whole", DROPOUT, **given), attempts("parted", DROPOUT, **given)
    assert whole().ended == "finished"
    chance = random.Random(name)
    while parted(at(chance.randrange(1, 12), "pause")).ended == "paused":
        assert parted.attempt < 50
    assert parted.attempt > 2
    assert parted.story == whole.story
    assert parted.weights == whole.weights


def test_a_composite_and_a_layer_of_ones_own_freeze_whole(start: Start, tmp_path: Path) -> None:
    own = json.dumps({"name": "Scaled", "call": "x * w + b", "weights": [
        {"name": "w", "shape": "channels"}, {"name": "b", "shape": "channels", "trainable": False}]})
    inside = network('"AveragePooling2D", "config": {"pool_size": 4}', '"Residual", "config": {"filters": 2}',
                     f'"CustomLayer", "config": {{"layer": {own}}}')
    saving = {"name": "kept", "when": "on_epoch_end", "epochs": [1], "action": {"name": "SaveModel"}}
    rules = [saving, {"name": "halt", "epochs": [2], "action": {"name": "Freeze", "layers": ["n1", "n2"]}},
             {"name": "go", "epochs": [3], "action": {"name": "Unfreeze", "layers": ["n2"]}},
             {**saving, "name": "then", "epochs": [2]}]
    events, _result = start(inside, epochs=3, rules=rules)
    first, then, last = (keras.models.load_model(tmp_path / "run" / name)
                         for name in ("kept.saved.keras", "then.saved.keras", "model.keras"))
    for layer in first.layers:
        same = [all((one == other).all() for one, other in zip(
            layer.get_weights(), model.get_layer(layer.name).get_weights(), strict=True)) for model in (then, last)]
        if layer.get_weights() and layer.name != "n4":
            assert same == [True, layer.name != "n2"], layer.name
    assert [weight.name for weight in last.get_layer("n2").trainable_weights] == ["w"]
    assert any("n1, n2 frozen" in sentence for _epoch, _source, sentence in notes(events))
