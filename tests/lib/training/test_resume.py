"""Pause, kill and go on: the same training, bit for bit, as one that was never interrupted."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib.arch import Architecture
from lib.training import keeping
from lib.training.recipe import OPTIMIZERS, Recipe
from lib.training.run import RunSpec
from lib.training.state import fingerprint
from tests.lib.training.attempts import DROPOUT, Attempts, Killed, at, killed_at, two_outputs

EVERY_CHANCE = (
    '"AveragePooling2D", "config": {"pool_size": 4}', '"RandomFlip"', '"RandomRotation", "config": {"factor": 0.1}',
    '"RandomZoom", "config": {"height_factor": 0.1}',
    '"RandomTranslation", "config": {"height_factor": 0.1, "width_factor": 0.1}',
    '"RandomContrast", "config": {"factor": 0.1}', '"RandomBrightness", "config": {"factor": 0.1}', '"RandomErasing"',
    '"GaussianNoise", "config": {"stddev": 0.1}', '"GaussianDropout", "config": {"rate": 0.1}',
    '"AlphaDropout", "config": {"rate": 0.1}', '"SpatialDropout2D", "config": {"rate": 0.1}')
NORMALIZED = ('"Conv2D", "config": {"filters": 2, "kernel_size": 3, "strides": 4}', '"BatchNormalization"',
              '"ReLU"', '"GroupNormalization", "config": {"groups": 2}', '"Dropout", "config": {"rate": 0.2}')
RECURRENT = (
    '"AveragePooling2D", "config": {"pool_size": 4}', '"Reshape", "config": {"target_shape": [7, 7]}',
    '"LSTM", "config": {"units": 4, "dropout": 0.2, "recurrent_dropout": 0.2, "return_sequences": true}',
    '"GRU", "config": {"units": 4, "dropout": 0.2, "return_sequences": true}')
PATIENT: dict[str, Any] = {"callbacks": [
    {"name": "EarlyStopping", "patience": 2, "monitor": "val_accuracy"},
    {"name": "ReduceLROnPlateau", "patience": 1, "factor": 0.5, "cooldown": 1, "monitor": "val_accuracy"},
    {"name": "ModelCheckpoint", "monitor": "val_loss"}]}
MEASURED: dict[str, Any] = {
    "loss": {"name": "squares", "formula": "mean(square(y_true - y_pred)) + 0.1 * max(abs(y_true - y_pred))"},
    "metrics": [
        {"name": "hits", "formula": "sum(y_true * y_pred) / (sum(y_pred) + max(y_pred))"},
        {"name": "batch_hits", "formula": "sum(y_true * y_pred) / sum(y_pred * y_pred)", "over": "batches"},
        {"name": "F1Score"}, {"name": "AUC"}, {"name": "TopKCategoricalAccuracy"}],
    "callbacks": [{"name": "EarlyStopping", "monitor": "val_hits"}, {"name": "ModelCheckpoint", "monitor": "hits"}]}
CASES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "Adam, dropout": (DROPOUT, {"epochs": 3}),
    "SGD momentum, patience": (DROPOUT, {
        "epochs": 7, "optimizer": {"name": "SGD", "learning_rate": 0.05, "momentum": 0.9}, **PATIENT}),
    "RAdam, averaged, accumulated": (DROPOUT, {"optimizer": {
        "name": "RAdam", "use_ema": True, "ema_overwrite_frequency": 4, "gradient_accumulation_steps": 3}}),
    "steps of the learning rate": (DROPOUT, {"callbacks": [{"name": "LearningRateStep", "epochs": [2, 3]}]}),
    "augmentation and noise": (EVERY_CHANCE, {}),
    "normalization": (NORMALIZED, {}),
    "recurrent": (RECURRENT, {}),
    "own loss and metrics": (DROPOUT, MEASURED),
    "two outputs": ((), {"architecture": two_outputs()}),
}


SLOW = ("augmentation and noise", "normalization", "recurrent")
"""Those whose steps take long to compile."""


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in CASES])
def test_paused_at_random_moments_it_is_the_same_training(attempts: Callable[..., Attempts], name: str) -> None:
    nodes, given = CASES[name]
    whole, parted = attempts("whole", nodes, **given), attempts("parted", nodes, **given)
    assert whole().ended == "finished"
    chance = random.Random(name)
    while parted(at(chance.randrange(1, 16), "pause")).ended == "paused":
        assert parted.attempt < 50
    assert parted.attempt > 2
    assert parted.story == whole.story
    assert parted.weights == whole.weights
    one, other = (json.loads((run.folder / "evaluation.json").read_text("utf-8")) for run in (whole, parted))
    assert one == other
    assert _without_seconds(whole.folder) == _without_seconds(parted.folder)


def _without_seconds(folder: Path) -> list[str]:
    return [line.rpartition(",")[0] for line in (folder / "history.csv").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", ["Adam, dropout", "SGD momentum, patience", "own loss and metrics"])
def test_killed_at_random_moments_it_is_the_same_training(
        attempts: Callable[..., Attempts], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Checkpoints at every batch, or only between epochs, or none: what comes again is the same."""
    nodes, given = CASES[name]
    whole, parted = attempts("whole", nodes, **given), attempts("parted", nodes, **given)
    whole()
    chance = random.Random(name)
    for _kill in range(8):
        monkeypatch.setattr(keeping, "BETWEEN_EPOCHS", chance.choice([0, math.inf]))
        monkeypatch.setattr(keeping, "WITHIN_EPOCH", chance.choice([0, math.inf]))
        with pytest.raises(Killed):
            parted(killed_at(chance.randrange(7)))
    assert parted().ended == "finished"
    assert parted.story == whole.story
    assert parted.weights == whole.weights


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_goes_on_exactly(attempts: Callable[..., Attempts], name: str) -> None:
    optimizer = {"name": name, "weight_decay": 0.001, "use_ema": True}
    whole, parted = (attempts(folder, optimizer=optimizer, epochs=2) for folder in ("whole", "parted"))
    whole()
    assert parted(at(5, "pause")).ended == "paused"
    parted()
    assert parted.story == whole.story
    assert parted.weights == whole.weights


@pytest.mark.parametrize(("callbacks", "begins"), [
    ((), "cd2643c4aa53aabd"), (("EarlyStopping", "ModelCheckpoint"), "7604a1173a691d6d"),
    (("TensorBoard",), "89eb344e36237135")])
def test_fields_that_came_later_keep_no_training_from_going_on(callbacks: tuple[str, ...], begins: str) -> None:
    network = Architecture.from_json("""{"format": "blockyard/1", "name": "", "inputs": {"input": [4, 4, 1]}, "nodes": [
        {"id": "flat", "block": "Flatten", "inputs": ["input"]}, {"id": "told", "block": "Dense", "config": {"units": 3,
         "activation": "softmax"}, "inputs": ["flat"]}], "outputs": {"told": "told"}}""")
    recipe = Recipe(callbacks=[{"name": name} for name in callbacks])
    # As it was when callbacks had fewer fields.
    assert fingerprint(RunSpec("", "", network, recipe, Path())).startswith(begins)
