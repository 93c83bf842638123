"""A training from outside: its events, its files, and how it ends."""

from __future__ import annotations

import csv
import errno
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
from lib.keras_bridge import build
from lib.training.recipe import ACTIVATIONS, OPTIMIZERS
from lib.training.state import VARIABLES

Start = Callable[..., tuple[list[dict[str, Any]], Any]]


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["kind"] == kind]


def curve(events: list[dict[str, Any]], name: str) -> list[float]:
    return [value for event in of(events, "batches") for value in event[name]]


def test_events_are_complete(start: Start) -> None:
    events, result = start(epochs=3)
    begin = events[0]
    assert begin == {"kind": "begin", "epochs": 3, "steps_per_epoch": 3, "train_images": 90, "validation_images": 10,
                     "source": "generated"}
    assert curve(events, "steps") == list(range(1, 10))
    for event in of(events, "batches"):
        lengths = {len(event[name]) for name in ("steps", "loss", "accuracy", "learning_rate")}
        assert lengths == {len(event["steps"])}
        assert {(step - 1) // 3 + 1 for step in event["steps"]} == {event["epoch"]}
        assert event["progress"] == event["steps"][-1] / 9
    sizes = np.array([32, 32, 26] * 3)
    for name in ("loss", "accuracy"):
        means = np.sum((np.array(curve(events, name)) * sizes).reshape(3, 3), axis=1) / 90
        logged = [event["logs"][name] for event in of(events, "epoch")]
        np.testing.assert_allclose(logged, means, rtol=1e-5)
    assert [event["kind"] for event in events][-1] == "evaluation"
    assert json.loads(json.dumps(events, allow_nan=False)) == events
    assert result.epochs == 3
    assert result.ended == "finished"


def test_first_batch_is_reported_alone_and_at_once(start: Start) -> None:
    events, _result = start()
    assert of(events, "batches")[0]["steps"] == [1]


def test_first_loss_equals_a_recomputation(start: Start, linear: Architecture, tiny: Dataset) -> None:
    """Without chance in the model the first loss follows from the initial weights and the first batch alone."""
    plain = Architecture.from_json(linear.to_json().replace('"rate": 0.2', '"rate": 0.0'))
    events, _result = start(plain, epochs=1, seed=5, batch_size=90)
    kernel, bias = (np.asarray(weights, np.float64) for weights in build(plain, seed=5).get_weights())
    rows = split(tiny, 0.1, 5).train
    scores = tiny.x_train[rows].reshape(90, -1) / 255 @ kernel + bias
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    answers = tiny.y_train[rows]
    assert curve(events, "loss")[0] == pytest.approx(-logs[np.arange(90), answers].mean(), rel=1e-5)
    assert curve(events, "accuracy")[0] == pytest.approx((scores.argmax(axis=1) == answers).mean())


def test_same_recipe_gives_the_same_curve(start: Start) -> None:
    one, first = start(seed=3)
    other, second = start(seed=3, folder="again")
    different, _third = start(seed=4, folder="different")
    assert curve(one, "loss") == curve(other, "loss") != curve(different, "loss")
    assert (first.logs, first.test_loss) == (second.logs, second.test_loss)


def test_equals_a_plain_fit(start: Start, linear: Architecture, tiny: Dataset) -> None:
    """The same numbers as `model.fit` gives on the same batches, penalties of regularizers included."""
    plain = Architecture.from_json(linear.to_json().replace('"rate": 0.2', '"rate": 0.0').replace(
        '"units": 10', '"units": 10, "kernel_regularizer": {"name": "L2", "l2": 0.01}'))
    events, _result = start(plain, epochs=4, batch_size=90, optimizer={"name": "SGD", "momentum": 0.5})
    model = build(plain, seed=0)
    model.compile(keras.optimizers.SGD(momentum=0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    parts = split(tiny, 0.1, 0)
    fitted = model.fit(parts.x_train / np.float32(255), parts.y_train, batch_size=90, epochs=4, verbose=0,
                       validation_data=(parts.x_val / np.float32(255), parts.y_val))
    for name, values in fitted.history.items():
        np.testing.assert_allclose([event["logs"][name] for event in of(events, "epoch")], values, rtol=1e-4)


def test_files(start: Start, tmp_path: Path, linear: Architecture, tiny: Dataset) -> None:
    events, result = start(epochs=2)
    folder = tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == {
        "model.keras", "history.csv", "evaluation.json", "architecture.json", "recipe.json", "inside.npz"}
    with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 2]
    for row, event in zip(rows, of(events, "epoch"), strict=True):
        assert {name: float(row[name]) for name in event["logs"]} == event["logs"]
    evaluation = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    assert {"kind": "evaluation", **evaluation} == of(events, "evaluation")[0]
    assert Architecture.from_json((folder / "architecture.json").read_text(encoding="utf-8")) == linear
    model = keras.models.load_model(folder / "model.keras", safe_mode=True)
    predicted = model.predict(tiny.x_test / np.float32(255), verbose=0).argmax(axis=1)
    assert (predicted == tiny.y_test).mean() == result.test_accuracy


def test_learns_and_is_judged(start: Start, tiny: Dataset) -> None:
    events, result = start(epochs=20, optimizer={"name": "Adam", "learning_rate": 0.01})
    judged = of(events, "evaluation")[0]
    confusion = np.array(judged["confusion"])
    assert confusion.sum(axis=1).tolist() == np.bincount(tiny.y_test).tolist()
    assert result.test_accuracy == judged["accuracy"] == np.trace(confusion) / 40 > 0.9
    assert judged["per_class"] == [row[index] / row.sum() for index, row in enumerate(confusion)]
    assert judged["labels"] == list("0123456789")


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_trains(start: Start, name: str) -> None:
    events, _result = start(epochs=1, optimizer={"name": name})
    assert len(curve(events, "loss")) == 3
    assert np.isfinite(curve(events, "loss")).all()


def test_shared_fields_of_optimizers_reach_keras(start: Start) -> None:
    asked = {"name": "Adam", "weight_decay": 0.01, "global_clipnorm": 1.0, "use_ema": True, "ema_momentum": 0.5,
             "gradient_accumulation_steps": 2, "loss_scale_factor": 4.0}
    events, result = start(epochs=2, optimizer=asked)
    assert len(curve(events, "loss")) == 6
    assert result.test_accuracy is not None


@pytest.mark.slow
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_override_trains(start: Start, activation: str) -> None:
    architecture = Architecture.from_json("""{"format": "blockyard/1", "name": "two", "inputs": {"image": [28, 28, 1]},
     "nodes": [{"id": "flat", "block": "Flatten", "inputs": ["image"]},
      {"id": "hidden", "block": "Dense", "config": {"units": 4, "activation": "relu"}, "inputs": ["flat"]},
      {"id": "answer", "block": "Dense", "config": {"units": 10}, "inputs": ["hidden"]}],
     "outputs": {"answer": "answer"}}""")
    events, _result = start(architecture, epochs=1, activation=activation)
    assert len(curve(events, "loss")) == 3


def test_linear_output_is_trained_as_logits(start: Start, linear: Architecture) -> None:
    """Softmax in the model, or in the loss: the same curve."""
    logits = Architecture.from_json(linear.to_json().replace(', "activation": "softmax"', ""))
    assert logits != linear
    one, _result = start()
    other, _result = start(logits, folder="logits")
    np.testing.assert_allclose(curve(one, "loss"), curve(other, "loss"), rtol=1e-4)


def test_stop_keeps_what_was_learned(start: Start, tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    _events, result = start(epochs=50, events=events, asked=lambda: "stop" if len(of(events, "epoch")) == 2 else "")
    assert result.ended == "stopped"
    assert result.epochs == len(of(events, "epoch")) < 50
    steps = curve(events, "steps")
    assert steps == list(range(1, len(steps) + 1))
    assert (tmp_path / "run" / "model.keras").exists()
    assert of(events, "evaluation")
    assert len((tmp_path / "run" / "history.csv").read_text(encoding="utf-8").splitlines()) == 1 + result.epochs


def test_stop_before_the_first_batch(start: Start, tmp_path: Path) -> None:
    events, result = start(asked=lambda: "stop")
    assert (result.epochs, result.ended, result.logs) == (0, "stopped", {})
    assert not of(events, "batches")
    assert (tmp_path / "run" / "model.keras").exists()


def test_numbers_that_run_away_are_explained(start: Start, tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    with pytest.raises(UserError, match=r"loss: became (NaN|∞) at step \d+ of epoch \d+, .* smaller learning rate"):
        start(epochs=50, events=events, optimizer={"name": "SGD", "learning_rate": 100, "momentum": 0.99},
              architecture=Architecture.from_json(RUNAWAY))
    assert np.isfinite(curve(events, "loss")).all()
    steps = curve(events, "steps")
    assert steps == list(range(1, len(steps) + 1))
    assert json.dumps(events, allow_nan=False)
    assert not (tmp_path / "run" / "model.keras").exists()
    complete = len(of(events, "epoch"))
    history = tmp_path / "run" / "history.csv"
    assert complete == (len(history.read_text(encoding="utf-8").splitlines()) - 1 if history.exists() else 0)


RUNAWAY = """{"format": "blockyard/1", "name": "runaway", "inputs": {"image": [28, 28, 1]}, "nodes": [
 {"id": "flat", "block": "Flatten", "inputs": ["image"]},
 {"id": "a", "block": "Dense", "config": {"units": 20, "activation": "exponential"}, "inputs": ["flat"]},
 {"id": "b", "block": "Dense", "config": {"units": 10}, "inputs": ["a"]}], "outputs": {"b": "b"}}"""


def test_what_cannot_work_is_refused_before_training(start: Start) -> None:
    events: list[dict[str, Any]] = []
    with pytest.raises(UserError, match="batch_size: expected at most the 90 images"):
        start(events=events, batch_size=91)
    assert not events


def test_full_disk_is_one_sentence(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    with pytest.raises(UserError, match=r"^model.keras: could not be written \(No space left on device\)\.$"):
        start(epochs=1)


def test_full_memory_is_one_sentence(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_more: object) -> None:
        raise MemoryError

    monkeypatch.setattr("lib.training.lessons.training_step", full)
    with pytest.raises(UserError, match="batch_size: expected a model and a batch that fit in the memory"):
        start()


def test_checkpoint_is_the_model_of_its_epoch(start: Start, tmp_path: Path) -> None:
    kept = []

    def save(step: int, write: Callable[[Path], None], state: dict[str, Any]) -> None:
        folder = tmp_path / f"kept-{step}"
        folder.mkdir()
        write(folder)
        kept.append((step, state, folder))

    start(epochs=1, save=save)
    [(step, state, folder)] = kept
    assert step == 3
    assert state["epoch"] == 1
    assert [row["epoch"] for row in json.loads(json.dumps(state))["rows"]] == [1]
    last = keras.models.load_model(tmp_path / "run/model.keras")
    with np.load(folder / VARIABLES) as saved:
        kept = [saved[f"variable.{number}"] for number in range(len(saved.files))]
    for weight in last.get_weights():
        assert any(array.shape == weight.shape and (array == weight).all() for array in kept)
