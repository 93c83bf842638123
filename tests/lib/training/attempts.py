"""One run in several attempts, paused or killed in between, and its story as a reader gathers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lib.arch import CATALOGUE, Architecture, edit_edges
from lib.training import checkpoint
from lib.training.run import Wish

VARIABLES = "variables.npz"
Events = list[dict[str, Any]]
Start = Callable[..., tuple[Events, Any]]


DROPOUT = ('"AveragePooling2D", "config": {"pool_size": 4}', '"Dropout", "config": {"rate": 0.3}')


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


def two_outputs() -> Architecture:
    """A network that judges in its middle too."""
    deep = network('"Conv2D", "config": {"filters": 2, "kernel_size": 5, "strides": 4}', '"Dropout", "config": '
                   '{"rate": 0.2}', '"Conv2D", "config": {"filters": 4, "kernel_size": 3}')
    deep = edit_edges.add(deep, CATALOGUE["Flatten"](), "n1")
    deep = edit_edges.add(deep, CATALOGUE["Dense"].model_validate({"units": 10}), deep.nodes[-1].id)
    return replace(deep, outputs={**deep.outputs, "middle": deep.nodes[-1].id})


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
        self.events: Events = []
        self._start = start
        self._given = {**given, "folder": folder.name, "save": self._save, "load": self._load}

    def __call__(self, asked: Callable[[], Wish] = lambda: "", **given: Any) -> Any:
        events = self.events = []
        self.attempt += 1
        try:
            return self._start(**{**self._given, **given}, events=events, asked=asked, attempt=self.attempt)[1]
        finally:
            self.read(events)

    def _save(self, step: int, write: Callable[[Path], None], state: dict[str, Any]) -> None:
        checkpoint.save(self.folder / "checkpoints", step, write, state)
        self.steps.append(step)

    def _load(self) -> checkpoint.Checkpoint | None:
        return checkpoint.load(self.folder / "checkpoints")

    def read(self, events: Events) -> None:
        """Take in what an attempt told."""
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

    def told(self, kind: str) -> Events:
        """The events of `kind` of this attempt, so far."""
        return [event for event in self.events if event["kind"] == kind]

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
        import keras

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
