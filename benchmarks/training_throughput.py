"""Training throughput: `lib.training.fit.train` with live events and checkpoints against hand-written scripts.

The scripts are `model.fit` on float32 arrays and on a cached `tf.data` pipeline, each with and without XLA
(`jit_compile`). All train the same model on the same images with the same batches and validation, one after the other
in turn, so that whatever else the machine does meets all. Compared are whole epochs, validation and everything between
two epochs included, by their median, the first epoch (which compiles) left out. The ratio is to the fastest script;
above 1, ours is faster.

    BLOCKYARD_DATA=data .venv/bin/python benchmarks/training_throughput.py [--quick]
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
import tensorflow as tf

from lib import data
from lib.arch import Architecture, presets
from lib.keras_bridge import build
from lib.training import checkpoint
from lib.training.fit import RunSpec, train
from lib.training.last_layer import output_kinds
from lib.training.recipe import Recipe

MODELS = (("mlp", "mnist", None), ("mnist-convnet", "mnist", 8192), ("mini-resnet", "cifar10", 2048))
"""What is trained, on which data set, and on how many images where all would take long."""
SCRIPTS = {
    "arrays": ("arrays", False), "arrays, XLA": ("arrays", True),
    "tf.data": ("tf.data", False), "tf.data, XLA": ("tf.data", True),
}


class Clock(keras.callbacks.Callback):  # type: ignore[misc]  # Keras comes without types
    """The time at the end of each epoch and of the first batch."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []
        self.first_batch = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.first_batch = self.first_batch or time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.ends.append(time.perf_counter())


def by_hand(architecture: Architecture, recipe: Recipe, source: str, jit: bool) -> tuple[float, list[float]]:
    """Seconds to the first batch, and of each later epoch, of the script that anyone would write."""
    parts = data.split(data.load(recipe.data), recipe.validation_fraction, recipe.seed, recipe.train_images)
    x_train, x_val = parts.x_train.astype("float32") / 255, parts.x_val.astype("float32") / 255
    model = build(architecture, seed=recipe.seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=output_kinds(architecture)[0] == "logits")
    model.compile(keras.optimizers.Adam(), loss, metrics=["accuracy"], jit_compile=jit)
    clock = Clock()
    began = time.perf_counter()
    given: dict[str, Any] = {"x": x_train, "y": parts.y_train, "validation_data": (x_val, parts.y_val),
                             "batch_size": recipe.batch_size}
    if source == "tf.data":
        rows = tf.data.Dataset.from_tensor_slices((x_train, parts.y_train)).cache().shuffle(len(x_train))
        judged = tf.data.Dataset.from_tensor_slices((x_val, parts.y_val)).batch(recipe.batch_size).cache()
        given = {"x": rows.batch(recipe.batch_size).prefetch(tf.data.AUTOTUNE), "validation_data": judged}
    model.fit(**given, epochs=recipe.epochs, verbose=0, callbacks=[clock])
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
              lambda step, fill, state: checkpoint.save(Path(folder) / "checkpoints", step, fill, state), lambda: "")
    return first[0] - began, list(np.diff(ends))


def main() -> None:
    """Print one line for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer images and rounds, for a first impression")
    parser.add_argument("--batch-size", type=int, default=Recipe().batch_size)
    given = parser.parse_args()
    for name, images_of, images in MODELS:
        if data.available(images_of) is None:
            print(f"{name}: no {images_of} here, trained on the generated shapes", flush=True)
            images_of = "shapes"
        recipe = Recipe.model_validate({
            "data": images_of, "train_images": 512 if given.quick else images, "epochs": 3 if given.quick else 5,
            "batch_size": given.batch_size, "inside": False})
        compare(name, recipe, 1 if given.quick else 3)


def compare(name: str, recipe: Recipe, rounds: int) -> None:
    """Print how fast each script trains the preset `name`, and ours."""
    dataset = data.load(recipe.data)
    architecture = presets.load(name, dataset.input_shape)
    learned = len(data.split(dataset, recipe.validation_fraction, 0, recipe.train_images).train)
    taken: dict[str, list[tuple[float, list[float]]]] = {script: [] for script in (*SCRIPTS, "Blockyard")}
    for _round in range(rounds):
        for script, how in SCRIPTS.items():
            taken[script].append(by_hand(architecture, recipe, *how))
        taken["Blockyard"].append(our_train(architecture, recipe))
    speeds = {script: learned / statistics.median(second for _first, seconds in found for second in seconds)
              for script, found in taken.items()}
    fastest = max(SCRIPTS, key=speeds.__getitem__)
    shown = ", ".join(f"{script} {speed:.0f}" for script, speed in speeds.items())
    first = statistics.median(first for first, _seconds in taken["Blockyard"])
    print(f"{name} on {recipe.data}, images/s: {shown}; ratio to {fastest}: "
          f"{speeds['Blockyard'] / speeds[fastest]:.2f}; first point after {first:.2f} s", flush=True)


if __name__ == "__main__":
    main()
