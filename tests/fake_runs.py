"""Runs as a worker would leave them in the store, written by hand: no Keras, no process."""

from __future__ import annotations

import math
import shutil
from typing import Any

from sqlalchemy import insert, select

from lib.arch import analyse, presets
from lib.data import DATASETS
from lib.errors import UserError
from lib.runs import schema
from lib.runs.rows import run_folder
from lib.runs.series import with_seeds
from lib.runs.states import State
from lib.runs.store import Run, Store
from lib.training.recipe import Recipe

OWNER = "0" * 32


def quick() -> Recipe:
    """A recipe that a real worker follows in a moment."""
    return Recipe(epochs=1, train_images=256)


def queued(store: Store, name: str = "LeNet-5", owner: str = OWNER, recipe: Recipe | None = None) -> str:
    """The id of a new run of LeNet-5 that waits."""
    architecture = presets.load("lenet5")
    parameters = analyse(architecture).total.parameters
    return store.submit(owner, name, architecture.to_json(), (recipe or Recipe(epochs=4)).to_json(), parameters)


def series(store: Store, *accuracies: float) -> list[Run]:
    """Runs that differ by their seed alone and have come to these accuracies on the test set."""
    architecture = presets.load("lenet5")
    recipes = with_seeds("LeNet-5", Recipe(epochs=4), len(accuracies))
    ids = store.submit_series(OWNER, architecture.to_json(), recipes, 7)
    for accuracy in accuracies:
        claimed = store.claim("worker")
        assert claimed is not None
        run = store.begin(claimed.id, claimed.attempt)
        tell(store, run, {"kind": "begin", "epochs": 4, "steps_per_epoch": 28, "train_images": 3600,
                          "validation_images": 400, "source": "sample"})
        for epoch in range(1, 5):
            numbers = {name: value * accuracy for name, value in logs(epoch).items()}
            tell(store, run, batches(epoch, 28, 28), {
                "kind": "epoch", "epoch": epoch, "logs": numbers, "learning_rate": 0.001, "seconds": 1.25})
        tell(store, run, {**evaluation("mnist"), "accuracy": accuracy})
        store.finish(run.id, run.attempt, "finished")
    found = [store.run(OWNER, run_id) for run_id in ids]
    return [run for run in found if run is not None]


def started(store: Store, name: str = "LeNet-5", epochs: int = 2, steps: int = 28, **more: Any) -> Run:
    """A run in training: `epochs` epochs and half of the next one are behind it."""
    queued(store, name, **more)
    claimed = store.claim("worker")
    assert claimed is not None
    run = store.begin(claimed.id, claimed.attempt)
    tell(store, run, {"kind": "begin", "epochs": 4, "steps_per_epoch": steps, "train_images": 3600,
                      "validation_images": 400, "source": "sample"})
    for epoch in range(1, epochs + 1):
        tell(store, run, batches(epoch, steps, steps), {"kind": "epoch", "epoch": epoch, "logs": logs(epoch),
                                                        "learning_rate": 0.001, "seconds": 1.25})
    tell(store, run, batches(epochs + 1, steps // 2, steps))
    return run


def ended(store: Store, state: State = "finished", name: str = "LeNet-5", reason: UserError | None = None,
          data: str = "mnist", **more: Any) -> Run:
    """A run that ended as `state`; a finished one is evaluated and has left a model."""
    run = started(store, name, **more)
    if state == "finished":
        tell(store, run, evaluation(data))
        (run.folder / "model.keras").write_bytes(b"a model")
    store.finish(run.id, run.attempt, state, reason)
    return run


def moved(run: Run, source: Store, target: Store) -> Run:
    """A run that is in nobody's hands, brought from one store into another with its events and files.

    Where a supervisor is at work none can be made in place: it would take the run that waits, and miss the worker of
    one in training.
    """
    with source.database.read() as connection:
        row = connection.execute(select(schema.runs).where(schema.runs.c.id == run.id)).one()._asdict()
        told = connection.execute(select(schema.events).where(schema.events.c.run_id == run.id)).all()
    del row["number"]
    shutil.copytree(run.folder, run_folder(target.home, run.id))
    with target.database.write() as connection:
        connection.execute(insert(schema.runs).values(row))
        connection.execute(insert(schema.events), [event._asdict() for event in told])
    found = target.run(run.owner, run.id)
    assert found is not None
    return found


def tell(store: Store, run: Run, *events: dict[str, Any]) -> None:
    """Append `events` to `run` as its worker."""
    store.append_events(run.id, run.attempt, events)


def batches(epoch: int, count: int, per_epoch: int, epochs: int = 4) -> dict[str, Any]:
    """The first `count` batches of `epoch` as one event."""
    steps = [(epoch - 1) * per_epoch + step for step in range(1, count + 1)]
    loss = [2.3 * math.exp(-step / per_epoch) + 0.05 * math.sin(5 * step) + 0.06 for step in steps]
    return {"kind": "batches", "epoch": epoch, "steps": steps, "loss": loss,
            "accuracy": [1 - value / 2.6 for value in loss],
            "learning_rate": [0.001 if epoch < 3 else 0.0001] * count, "images_per_second": 12345.6,
            "remaining": 80.0, "progress": steps[-1] / (epochs * per_epoch)}


def logs(epoch: int) -> dict[str, float]:
    """Loss and accuracies that get better from epoch to epoch."""
    return {"loss": 0.9 / epoch, "accuracy": 1 - 0.25 / epoch, "val_loss": 0.8 / epoch + 0.05,
            "val_accuracy": 1 - 0.2 / epoch - 0.01}


def note(epoch: int, source: str, message: str, **values: Any) -> dict[str, Any]:
    """What a callback did."""
    return {"kind": "note", "epoch": epoch, "source": source, "message": message, "values": values}


def evaluation(data: str = "mnist") -> dict[str, Any]:
    """Ten classes of 100 images, most of them right; 4 is taken for 9 five times."""
    confusion = [[0] * 10 for _class in range(10)]
    for label in range(10):
        confusion[label][label] = 97 - label % 3
        confusion[label][(label + 3) % 10] = 3 + label % 3
    confusion[4][4], confusion[4][9] = confusion[4][4] - 5, confusion[4][9] + 5
    per_class = [confusion[label][label] / 100 for label in range(10)]
    return {"kind": "evaluation", "loss": 0.12, "accuracy": sum(per_class) / 10, "per_class": per_class,
            "confusion": confusion, "labels": list(DATASETS[data].labels)}


def probe(epoch: int, right: int = 16) -> dict[str, Any]:
    """How a network with a ReLU and an output was inside after `epoch`; of 16 images it tells `right` right."""
    spread = {"low": -0.1 - epoch / 10, "high": 0.1 + epoch / 10, "counts": [0, 100, 4900, 4900, 100, 0], "zeros": 0.0}
    layers = [
        {"name": "hidden", "weights": spread, "answers": {**spread, "low": 0.1, "zeros": 0.4},
         "gradient": 0.1 / (epoch + 1), "dead": [min(epoch, 8), 8]},
        {"name": "out", "weights": spread, "answers": spread, "gradient": 0.5 / (epoch + 1), "dead": None},
        {"name": "act", "weights": None, "answers": spread, "gradient": None, "dead": None}]
    updates = [0.002, 0.004, None] if epoch else [None] * 3
    predicted = [[number % 10, (number if number < right else number + 1) % 10, 0.75, 0.2] for number in range(16)]
    return {"kind": "probe", "epoch": epoch, "images": 45, "left_out": 0, "predicted": predicted,
            "layers": [{**layer, "update": update} for layer, update in zip(layers, updates, strict=True)]}
