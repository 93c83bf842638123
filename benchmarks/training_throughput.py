"""Training throughput: `lib.training.fit.train` with live events and checkpoints against a plain `model.fit` script.

Both train the same model on the same images with the same batches and validation, one after the other in turn, so
that whatever else the machine does meets both. Compared are whole epochs, validation and everything between two
epochs included, by their median, the first epoch (which compiles) left out. Above 1, ours is faster.

    .venv/bin/python benchmarks/training_throughput.py [--quick]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
import numpy as np

from lib import data
from lib.arch import Architecture, presets
from lib.keras_bridge import build
from lib.training import checkpoint
from lib.training.check import output_kind
from lib.training.fit import RunSpec, train
from lib.training.recipe import Recipe

PRESETS = {"mlp": None, "mnist-convnet": None, "mini-resnet": 1024}
"""What is trained, and on how many images of the sample where all would take long."""


class Clock(keras.callbacks.Callback):
    """The time at the end of each epoch and of the first batch."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []
        self.first_batch = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.first_batch = self.first_batch or time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.ends.append(time.perf_counter())


def plain_fit(architecture: Architecture, recipe: Recipe) -> tuple[float, list[float]]:
    """Seconds to the first batch, and of each later epoch, of the script that anyone would write."""
    parts = data.split(data.load(recipe.data), recipe.validation_fraction, recipe.seed, recipe.train_images)
    x_train, x_val = parts.x_train.astype("float32") / 255, parts.x_val.astype("float32") / 255
    model = build(architecture, seed=recipe.seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=output_kind(architecture) == "logits")
    model.compile(keras.optimizers.Adam(), loss, metrics=["accuracy"])
    clock = Clock()
    began = time.perf_counter()
    model.fit(x_train, parts.y_train, batch_size=recipe.batch_size, epochs=recipe.epochs, verbose=0,
              validation_data=(x_val, parts.y_val), callbacks=[clock])
    return clock.first_batch - began, list(np.diff(clock.ends))


def our_train(architecture: Architecture, recipe: Recipe) -> tuple[float, list[float]]:
    """The same of our own training; its first point is counted from the call, loading and building included."""
    ends: list[float] = []
    first: list[float] = []
    heard: dict[str, Callable[[], None]] = {
        "epoch": lambda: ends.append(time.perf_counter()), "batches": lambda: first.append(time.perf_counter())}
    with tempfile.TemporaryDirectory() as folder:
        run = RunSpec("benchmark", "benchmark", architecture, recipe, Path(folder))
        began = time.perf_counter()
        train(run, lambda event: heard.get(event["kind"], lambda: None)(), lambda: None,
              lambda step, fill, state: checkpoint.save(Path(folder) / "checkpoints", step, fill, state), lambda: False)
    return first[0] - began, list(np.diff(ends))


def main() -> None:
    """Print one line for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer images and rounds, for a first impression")
    parser.add_argument("--batch-size", type=int, default=Recipe().batch_size)
    given = parser.parse_args()
    print(f"{'model':16}{'model.fit':>14}{'ours':>10}{'ratio':>8}{'first batch':>14}{'first point':>14}")
    for name, images in PRESETS.items():
        recipe = Recipe(train_images=512 if given.quick else images, epochs=3 if given.quick else 5,
                        batch_size=given.batch_size)
        architecture = presets.load(name)
        learned = len(data.split(data.load("mnist"), recipe.validation_fraction, 0, recipe.train_images).train)
        theirs, ours = [], []
        for _round in range(1 if given.quick else 3):
            theirs.append(plain_fit(architecture, recipe))
            ours.append(our_train(architecture, recipe))
        speeds = [learned / statistics.median(second for _first, seconds in each for second in seconds)
                  for each in (theirs, ours)]
        firsts = [statistics.median(first for first, _seconds in each) for each in (theirs, ours)]
        print(f"{name:16}{speeds[0]:8.0f} img/s{speeds[1]:10.0f}{speeds[1] / speeds[0]:8.2f}"
              f"{firsts[0]:12.2f} s{firsts[1]:12.2f} s", flush=True)


if __name__ == "__main__":
    main()
