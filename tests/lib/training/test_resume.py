"""Pause, kill and go on: the same training, bit for bit, as one that was never interrupted."""

from __future__ import annotations

import functools
import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib.arch import Architecture
from lib.training import checkpoint, fit
from lib.training.patience import unless_stopped
from lib.training.recipe import OPTIMIZERS
from lib.training.run import Wish
from lib.training.state import VARIABLES

Events = list[dict[str, Any]]
Start = Callable[..., tuple[Events, Any]]


class Killed(BaseException):
    """Stands for the end of the process."""


def network(*nodes: str, size: str = "[28, 28, 1]") -> Architecture:
    """Blocks one after the other, and a Dense layer that tells ten classes."""
    made, source = [], "image"
    for number, node in enumerate([*nodes, '"Flatten"', '"Dense", "config": {"units": 10, "activation": "softmax"}']):
        made.append(f'{{"id": "n{number}", "block": {node}, "inputs": ["{source}"]}}')
        source = f"n{number}"
    return Architecture.from_json(
        f'{{"format": "blockyard/1", "name": "t", "inputs": {{"image": {size}}}, "nodes": [{", ".join(made)}], '
        f'"outputs": {{"answer": "{source}"}}}}')


DROPOUT = ('"AveragePooling2D", "config": {"pool_size": 4}', '"Dropout", "config": {"rate": 0.3}')
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
}


class Attempts:
    """One run in several attempts, with checkpoints in its folder, and what a reader makes of its events."""

    def __init__(self, start: Start, folder: Path, **given: Any) -> None:
        self.folder = folder
        self.steps: list[int] = []
        self.notes: Events = []
        self.epochs: Events = []
        self.batches: dict[int, tuple[float, float, float]] = {}
        self.evaluation: dict[str, Any] = {}
        self.resumed: Events = []
        self.attempt = 0
        self._start = functools.partial(start, folder=folder.name, save=self._save, load=self._load, **given)

    def __call__(self, asked: Callable[[], Wish] = lambda: "", **given: Any) -> Any:
        events: Events = []
        self.attempt += 1
        try:
            return self._start(events=events, asked=asked, attempt=self.attempt, **given)[1]
        finally:
            self._read(events)

    def _save(self, step: int, write: Callable[[Path], None], state: dict[str, Any]) -> None:
        checkpoint.save(self.folder / "checkpoints", step, write, state)
        self.steps.append(step)

    def _load(self) -> checkpoint.Checkpoint | None:
        return checkpoint.load(self.folder / "checkpoints")

    def _read(self, events: Events) -> None:
        for event in events:
            match event["kind"]:
                case "resume":
                    self.resumed.append(event)
                    self.batches = {step: row for step, row in self.batches.items() if step <= event["step"]}
                    self.epochs = self.epochs[: event["epoch"]]
                    self.notes = self.notes[: event["notes"]]
                case "batches":
                    rows = zip(event["loss"], event["accuracy"], event["learning_rate"], strict=True)
                    for step, row in zip(event["steps"], rows, strict=True):
                        assert step not in self.batches
                        self.batches[step] = row
                case "epoch":
                    assert event["epoch"] == len(self.epochs) + 1
                    self.epochs.append({name: value for name, value in event.items() if name != "seconds"})
                case "note":
                    self.notes.append(event)
                case "evaluation":
                    self.evaluation = event

    @property
    def story(self) -> tuple[Any, ...]:
        """All that was told."""
        return self.epochs, self.notes, list(self.batches.items()), self.evaluation

    @property
    def weights(self) -> dict[str, bytes]:
        """Every bit of the model, of the best one, of the optimizer, and of all chance."""
        found = checkpoint.load(self.folder / "checkpoints")
        assert found
        with np.load(found.path / VARIABLES) as file:
            kept = {name: file[name].tobytes() for name in file.files}
        for path in self.folder.glob("*.keras"):
            for index, array in enumerate(keras.models.load_model(path).get_weights()):
                kept[f"{path.name} {index}"] = array.tobytes()
        return kept


def at(number: int, wish: Wish) -> Callable[[], Wish]:
    """`wish` from the asking of that number on."""
    askings = iter(range(1_000_000))
    return lambda: wish if next(askings) >= number else ""


def killed_at(number: int) -> Callable[[], Wish]:
    askings = iter(range(1_000_000))

    def asked() -> Wish:
        if next(askings) >= number:
            raise Killed
        return ""

    return asked


@pytest.fixture
def attempts(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Attempts]]:
    """Runs that make a checkpoint only where they are left, unless told otherwise."""
    monkeypatch.setattr(fit, "BETWEEN_EPOCHS", math.inf)
    monkeypatch.setattr(fit, "WITHIN_EPOCH", math.inf)
    # How often the first batch asks depends on how long it takes.
    monkeypatch.setattr(fit, "unless_stopped", lambda work, asked: unless_stopped(work, lambda: ""))

    def make(folder: str, nodes: tuple[str, ...] = DROPOUT, **given: Any) -> Attempts:
        return Attempts(start, tmp_path / folder, architecture=network(*nodes),
                        **{"epochs": 4, "batch_size": 16, "seed": 3, **given})

    yield make
    keras.backend.clear_session()


@pytest.mark.parametrize("name", CASES)
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


@pytest.mark.parametrize("name", ["Adam, dropout", "SGD momentum, patience"])
def test_killed_at_random_moments_it_is_the_same_training(
        attempts: Callable[..., Attempts], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Checkpoints at every batch, or only between epochs, or none: what comes again is the same."""
    nodes, given = CASES[name]
    whole, parted = attempts("whole", nodes, **given), attempts("parted", nodes, **given)
    whole()
    chance = random.Random(name)
    for _kill in range(8):
        monkeypatch.setattr(fit, "BETWEEN_EPOCHS", chance.choice([0, math.inf]))
        monkeypatch.setattr(fit, "WITHIN_EPOCH", chance.choice([0, math.inf]))
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
