"""The watched callbacks decide as Keras's own do, and say what they did and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import UserError
from lib.training.callbacks import EarlyStopping, LearningRateStep, ModelCheckpoint, ReduceLROnPlateau
from lib.training.recipe import Recipe
from lib.training.watch import watched

LOGS = st.lists(st.tuples(*[st.integers(0, 20).map(lambda tenths: tenths / 10)] * 2), min_size=1, max_size=12).map(
    lambda rows: [{"val_loss": loss, "val_accuracy": accuracy} for loss, accuracy in rows])


def small_model() -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse", metrics=["accuracy"])
    # Keras's callbacks infer from compiled metrics what "auto" means.
    model.evaluate(np.zeros((1, 2)), np.zeros((1, 1)), verbose=0)
    return model


MODELS = [small_model(), small_model()]


def follow(model: keras.Model, callback: keras.callbacks.Callback, epochs: list[dict[str, float]]) -> list[Any]:
    """What a training sees after each epoch: the learning rate, the wish to stop, and the weights at the end."""
    model.optimizer.learning_rate = 0.5
    model.stop_training = False
    callback.set_model(model)
    callback.on_train_begin()
    seen: list[Any] = []
    for epoch, logs in enumerate(epochs):
        callback.on_epoch_begin(epoch)
        rate = float(model.optimizer.learning_rate)
        model.set_weights([np.full((2, 1), float(epoch)), np.zeros(1)])
        callback.on_epoch_end(epoch, dict(logs))
        seen.append((rate, float(model.optimizer.learning_rate), model.stop_training))
        if model.stop_training:
            break
    callback.on_train_end()
    return [*seen, model.get_weights()[0].tolist()]


def compare(config: Any, plain: keras.callbacks.Callback, epochs: list[dict[str, float]]) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    [ours] = watched(Recipe(callbacks=(config,)), notes.append, Path("unused"))
    assert follow(MODELS[0], ours, epochs) == follow(MODELS[1], plain, epochs)
    return notes


def said(notes: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(note["epoch"], note["message"].format(**note["values"])) for note in notes]


@settings(max_examples=60)
@given(LOGS, st.integers(0, 3), st.sampled_from(["val_loss", "val_accuracy"]), st.booleans(), st.integers(0, 2))
def test_early_stopping_decides_as_keras(epochs: list[dict[str, float]], patience: int, monitor: Any, restore: bool,
                                         start: int) -> None:
    config = EarlyStopping(monitor=monitor, patience=patience, restore_best_weights=restore, start_from_epoch=start)
    plain = keras.callbacks.EarlyStopping(monitor=monitor, patience=patience, restore_best_weights=restore,
                                          start_from_epoch=start)
    notes = compare(config, plain, epochs)
    assert any("has not improved" in sentence for _epoch, sentence in said(notes)) == MODELS[1].stop_training


@settings(max_examples=60)
@given(LOGS, st.integers(0, 3), st.sampled_from(["val_loss", "val_accuracy"]), st.integers(0, 2))
def test_reduce_decides_as_keras(epochs: list[dict[str, float]], patience: int, monitor: Any, cooldown: int) -> None:
    config = ReduceLROnPlateau(monitor=monitor, patience=patience, cooldown=cooldown, min_lr=0.001)
    plain = keras.callbacks.ReduceLROnPlateau(monitor=monitor, patience=patience, cooldown=cooldown, min_lr=0.001)
    compare(config, plain, epochs)


def logs(*losses: float) -> list[dict[str, float]]:
    return [{"val_loss": loss, "val_accuracy": 1 - loss} for loss in losses]


def test_early_stopping_says_why() -> None:
    notes = compare(EarlyStopping(patience=3), keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
                    logs(0.5, 0.2, 0.3, 0.4, 0.3))
    assert said(notes) == [(5, "val_loss has not improved for 3 epochs; best was epoch 2"),
                           (5, "weights of epoch 2 restored")]
    assert {note["source"] for note in notes} == {"EarlyStopping"}


def test_reduce_says_why() -> None:
    notes = compare(ReduceLROnPlateau(patience=2), keras.callbacks.ReduceLROnPlateau(patience=2),
                    logs(0.5, 0.5, 0.5, 0.5))
    assert said(notes) == [(3, "learning rate 0.5 → 0.05: val_loss has not improved for 2 epochs")]
    notes = compare(ReduceLROnPlateau(patience=1), keras.callbacks.ReduceLROnPlateau(patience=1), logs(0.5, 0.5))
    assert said(notes) == [(2, "learning rate 0.5 → 0.05: val_loss has not improved for one epoch")]


def test_planned_steps() -> None:
    notes: list[dict[str, Any]] = []
    [callback] = watched(Recipe(callbacks=(LearningRateStep(epochs=(2, 4), factor=0.1),)), notes.append, Path("unused"))
    seen = follow(MODELS[0], callback, logs(0.1, 0.1, 0.1, 0.1))
    assert [rate for rate, _after, _stop in seen[:-1]] == pytest.approx([0.5, 0.05, 0.05, 0.005])
    assert said(notes) == [(2, "learning rate 0.5 → 0.05, as planned for this epoch"),
                           (4, "learning rate 0.05 → 0.005, as planned for this epoch")]


def test_checkpoint_keeps_the_best(tmp_path: Path) -> None:
    notes: list[dict[str, Any]] = []
    [callback] = watched(Recipe(callbacks=(ModelCheckpoint(monitor="val_accuracy"),)), notes.append, tmp_path)
    follow(MODELS[0], callback, logs(0.5, 0.25, 0.3, 0.2, 0.4))
    assert said(notes) == [(1, "val_accuracy is 0.5: model saved"),
                           (2, "new best val_accuracy 0.75 (was 0.5): model saved"),
                           (4, "new best val_accuracy 0.8 (was 0.75): model saved")]
    assert [path.name for path in tmp_path.iterdir()] == ["best.keras"]
    assert keras.models.load_model(tmp_path / "best.keras").get_weights()[0].tolist() == [[3.0], [3.0]]


def test_checkpoint_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    [callback] = watched(Recipe(callbacks=(ModelCheckpoint(),)), lambda _note: None, tmp_path)
    with pytest.raises(UserError, match=r"best.keras: could not be written \(No space left on device\)"):
        follow(MODELS[0], callback, logs(0.5))


def test_notes_come_with_their_epoch(start: Callable[..., Any]) -> None:
    events, result = start(epochs=6, optimizer={"name": "SGD", "learning_rate": 0.01}, callbacks=[
        {"name": "EarlyStopping", "monitor": "val_loss", "patience": 1, "min_delta": 100.0},
        {"name": "LearningRateStep", "epochs": [2], "factor": 0.5}, {"name": "ModelCheckpoint"}])
    assert result.epochs == 2
    assert result.ended == "finished"
    kinds = [(event["kind"], event.get("source")) for event in events if event["kind"] in ("epoch", "note")]
    assert kinds[:2] == [("epoch", None), ("note", "ModelCheckpoint")]
    assert ("note", "LearningRateStep") in kinds
    rates = [rate for event in events if event["kind"] == "batches" for rate in event["learning_rate"]]
    assert rates == [0.01] * 3 + [0.005] * 3
