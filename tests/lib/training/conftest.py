"""A tiny data set that a tiny model can learn, and a training that keeps its events."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib import data
from lib.arch import Architecture
from lib.data import Dataset
from tests.lib.training.attempts import DROPOUT, Attempts, network

TRAIN, TEST = 100, 40
LINEAR = """{"format": "blockyard/1", "name": "linear", "inputs": {"image": [28, 28, 1]}, "nodes": [
 {"id": "flat", "block": "Flatten", "inputs": ["image"]},
 {"id": "drop", "block": "Dropout", "config": {"rate": 0.2}, "inputs": ["flat"]},
 {"id": "answer", "block": "Dense", "config": {"units": 10, "activation": "softmax"}, "inputs": ["drop"]}],
 "outputs": {"answer": "answer"}}"""


def digits(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images with a bright bar at the height of their class, and some noise."""
    labels = np.arange(count) % 10
    images = np.random.default_rng(seed).integers(0, 60, (count, 28, 28, 1)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 4 : 2 * label + 6] = 250
    return images, labels


@pytest.fixture
def tiny() -> Dataset:
    """A hundred bars to learn from, ten of each class, and forty to be tested on."""
    return Dataset("mnist", "generated", *digits(TRAIN, 0), *digits(TEST, 1))


@pytest.fixture
def linear() -> Architecture:
    """Flatten, Dropout and Dense: the smallest model with chance in it."""
    return Architecture.from_json(LINEAR)


@pytest.fixture
def start(tiny: Dataset, linear: Architecture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Trains on the tiny data: `start(epochs=2, ...)` gives the events and the result."""
    monkeypatch.setattr(data, "load", lambda name: tiny)
    # The heavy import is for the tests that train.
    from lib.training.fit import RunSpec, train
    from lib.training.recipe import Recipe

    def go(architecture: Architecture = linear, events: list[dict[str, Any]] | None = None, folder: str = "run",
           asked: Callable[[], str] = lambda: "", save: Callable[..., object] = lambda *_given: None,
           load: Callable[[], Any] = lambda: None, attempt: int = 1, beyond: int = 0,
           rate: Callable[[], float | None] = lambda: None, **fields: Any) -> tuple[list[dict[str, Any]], Any]:
        events = [] if events is None else events
        recipe = Recipe.model_validate({"batch_size": 32, "epochs": 2, **fields})
        run = RunSpec("id", "name", architecture, recipe, tmp_path / folder, attempt, beyond)
        return events, train(run, events.append, load, save, asked, rate)

    return go


@pytest.fixture
def attempts(start: Callable[..., Any], tmp_path: Path,
             monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Attempts]]:
    """Runs that make a checkpoint only where they are left, unless told otherwise."""
    import keras

    from lib.training import epochs, keeping
    from lib.training.patience import unless_stopped

    monkeypatch.setattr(keeping, "BETWEEN_EPOCHS", math.inf)
    monkeypatch.setattr(keeping, "WITHIN_EPOCH", math.inf)
    # How often the first batch asks depends on how long it takes.
    monkeypatch.setattr(epochs, "unless_stopped", lambda work, asked: unless_stopped(work, lambda: ""))

    def make(folder: str, nodes: tuple[str, ...] = DROPOUT, **given: Any) -> Attempts:
        return Attempts(start, tmp_path / folder, **{
            "architecture": network(*nodes), "epochs": 4, "batch_size": 16, "seed": 3, **given})

    yield make
    keras.backend.clear_session()
