"""Training throughput: a run of Blockyard as a worker trains it against hand-written scripts, in short turns.

The scripts are `model.fit` on float32 arrays and on a cached `tf.data` pipeline, each with and without XLA
(`jit_compile`). All train the same model on the same images with the same batches and validation. Each has a thread of
its own and trains one epoch when it is its turn, while all others rest, so that whatever else the machine does meets
all alike. Ours has everything on but the looks inside: the store, the live curves, the checkpoints.

A turn is an epoch with its validation and all that comes between two epochs; the first, which compiles, is left out. A
ratio is the median over the rounds of the script's time by ours: above 1, ours is faster. Beside it stands the same of
the CPU time of the process, which other programs disturb less. The last word is the smallest ratio: that to the fastest
script. A script that takes more than twice the CPU time of another in the second epoch has no further turns.

    BLOCKYARD_DATA=data .venv/bin/python benchmarks/training_throughput.py [--rounds 9] [--model mlp]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import keras
import tensorflow as tf

from lib import data
from lib.arch import Architecture, analyse, presets
from lib.keras_bridge import build
from lib.runs.records import Run
from lib.runs.store import Store
from lib.training import fit, keeping
from lib.training.last_layer import output_kinds
from lib.training.recipe import Recipe
from lib.training.run import Ended, RunSpec
from lib.training.worker import perform

MODELS: Final = {"mlp": ("mnist", 20_000), "mnist-convnet": ("mnist", 4096), "mini-resnet": ("cifar10", 1024)}
"""What is trained, on which data set, and on how many images of it."""
SCRIPTS: Final = {
    "arrays": ("arrays", False), "arrays, XLA": ("arrays", True),
    "tf.data": ("tf.data", False), "tf.data, XLA": ("tf.data", True),
}
OURS: Final = "Blockyard"
HOPELESS: Final = 2.0
WARM: Final = 2
"""Turns that are not counted: the first compiles, the second says who is hopeless."""


class Turn(NamedTuple):
    """What one turn took, in seconds: by the clock, and of the CPU in all threads."""

    wall: float
    cpu: float


class Contender:
    """A training in a thread of its own that goes on for one epoch at a time.

    Args:
        train: trains for `epochs` epochs and calls what it is given after each.
        epochs: how many turns there will be.
    """

    def __init__(self, train: Callable[[Callable[[], None], int], None], epochs: int) -> None:
        self.turns: list[Turn] = []
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self.rested = 0.0
        self._left = False
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(train, epochs), daemon=True)
        self._thread.start()

    def turn(self) -> None:
        """Let it train one epoch, and note what that took."""
        began = Turn(time.perf_counter(), time.process_time())
        self._go.release()
        self._done.acquire()
        self.turns.append(Turn(time.perf_counter() - began.wall, time.process_time() - began.cpu))
        if self._problem:
            raise self._problem

    def leave(self) -> None:
        """Let its thread end."""
        self._left = True
        self._go.release()
        self._thread.join()

    def _run(self, train: Callable[[Callable[[], None], int], None], epochs: int) -> None:
        try:
            self._go.acquire()
            train(self._epoch_is_over, epochs)
        except _LeftError:
            return
        except BaseException as problem:  # whatever it is, the turn must end
            self._problem = problem
            self._done.release()

    def _epoch_is_over(self) -> None:
        self._done.release()
        began = time.monotonic()
        self._go.acquire()
        self.rested += time.monotonic() - began
        if self._left:
            raise _LeftError


class _LeftError(BaseException):
    """The training is not wanted any more; no part of it may take this for a failure of its own."""


class Bell(keras.callbacks.Callback):  # type: ignore[misc]  # Keras comes without types
    """Tells the end of each epoch."""

    def __init__(self, ring: Callable[[], None]) -> None:
        super().__init__()
        self._ring = ring

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._ring()


def script(architecture: Architecture, recipe: Recipe, source: str, jit: bool,
           ring: Callable[[], None], epochs: int) -> None:
    """The script that anyone would write."""
    parts = data.split(data.load(recipe.data), recipe.validation_fraction, recipe.seed, recipe.train_images)
    x_train, x_val = parts.x_train.astype("float32") / 255, parts.x_val.astype("float32") / 255
    model = build(architecture, seed=recipe.seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=output_kinds(architecture)[0] == "logits")
    model.compile(keras.optimizers.Adam(), loss, metrics=["accuracy"], jit_compile=jit)
    given: dict[str, Any] = {"x": x_train, "y": parts.y_train, "validation_data": (x_val, parts.y_val),
                             "batch_size": recipe.batch_size}
    if source == "tf.data":
        rows = tf.data.Dataset.from_tensor_slices((x_train, parts.y_train)).cache().shuffle(len(x_train))
        judged = tf.data.Dataset.from_tensor_slices((x_val, parts.y_val)).batch(recipe.batch_size).cache()
        given = {"x": rows.batch(recipe.batch_size).prefetch(tf.data.AUTOTUNE), "validation_data": judged,
                 "shuffle": False}
    model.fit(**given, epochs=epochs, verbose=0, callbacks=[Bell(ring)])


class Job:
    """What a worker does with a run, in turns."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    def warm_up(self) -> None:
        """Nothing: the first turns are not counted."""

    def train(self, run: Run, emit: Callable[[dict[str, Any]], None], *others: Any) -> Ended:
        """As `lib.training.job` does, resting after each epoch."""
        def told(event: dict[str, Any]) -> None:
            emit(event)
            if event["kind"] == "epoch":
                self._ring()

        spec = RunSpec(run.id, run.name, Architecture.from_json(run.architecture), Recipe.from_json(run.recipe),
                       run.folder)
        return fit.train(spec, told, *others).ended


def ours(architecture: Architecture, recipe: Recipe, home: Path, ring: Callable[[], None], epochs: int) -> None:
    """A run of the store, with its reporter and its checkpoints."""
    store = Store(f"sqlite:///{home / 'runs.sqlite'}", home)
    wanted = recipe.model_copy(update={"epochs": epochs})
    store.submit("benchmark", "benchmark", architecture.to_json(), wanted.to_json(),
                 analyse(architecture).total.parameters)
    run = store.claim("benchmark")
    if run is not None:
        perform(store, run.id, run.attempt, Job(ring))


def compare(name: str, recipe: Recipe, rounds: int) -> None:
    """Print how fast each script trains the preset `name`, and ours."""
    dataset = data.load(recipe.data)
    architecture = presets.load(name, dataset.input_shape)
    learned = len(data.split(dataset, recipe.validation_fraction, 0, recipe.train_images).train)
    epochs = WARM + rounds + 1
    with tempfile.TemporaryDirectory() as home:
        contenders = {title: Contender(partial(script, architecture, recipe, *how), epochs)
                      for title, how in SCRIPTS.items()}
        contenders[OURS] = mine = Contender(partial(ours, architecture, recipe, Path(home)), epochs)
        # Its clock stands still while others have their turns, else it would make a checkpoint in each of its own.
        vars(keeping)["time"] = SimpleNamespace(monotonic=lambda: time.monotonic() - mine.rested)
        for _turn in range(WARM):
            for each in contenders.values():
                each.turn()
        least = min(each.turns[-1].cpu for each in contenders.values())
        raced = {title: each for title, each in contenders.items()
                 if title == OURS or each.turns[-1].cpu <= HOPELESS * least}
        for number in range(rounds):
            order = list(raced.values())
            for each in order[number % len(order):] + order[:number % len(order)]:
                each.turn()
        for each in contenders.values():
            each.leave()
    report(f"{name} on {recipe.data}", learned, {title: each.turns for title, each in contenders.items()}, set(raced))


def report(title: str, learned: int, turns: dict[str, list[Turn]], raced: set[str]) -> None:
    """Print a line for each contender, and the ratio to the fastest script."""
    print(f"{title}, {learned} images an epoch, load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"  {'':14}{'images/s':>10}{'CPU ms/image':>14}{'ratio':>8}{'of CPU':>8}")
    mine = turns[OURS][WARM:]
    ratios = {}
    for name, taken in turns.items():
        counted = taken[WARM:] if name in raced else taken[1:WARM]
        speed = learned / statistics.median(turn.wall for turn in counted)
        spent = 1000 * statistics.median(turn.cpu for turn in counted) / learned
        if name not in raced:
            print(f"  {name:14}{speed:10.0f}{spent:14.3f}   too slow to go on with")
            continue
        pairs = list(zip(counted, mine, strict=True))
        ratios[name] = Turn(statistics.median(one.wall / other.wall for one, other in pairs),
                            statistics.median(one.cpu / other.cpu for one, other in pairs))
        print(f"  {name:14}{speed:10.0f}{spent:14.3f}{ratios[name].wall:8.2f}{ratios[name].cpu:8.2f}")
    del ratios[OURS]
    fastest = min(ratios, key=lambda name: ratios[name].wall)
    print(f"  ratio to the fastest, {fastest}: {ratios[fastest].wall:.2f}, of CPU at least "
          f"{min(ratio.cpu for ratio in ratios.values()):.2f}", flush=True)


def main() -> None:
    """Print a table for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--model", choices=MODELS, action="append")
    parser.add_argument("--batch-size", type=int, default=Recipe().batch_size)
    given = parser.parse_args()
    for name in given.model or MODELS:
        images_of, images = MODELS[name]
        if data.available(images_of) is None:
            print(f"{name}: no {images_of} here, trained on the generated shapes", flush=True)
            images_of = "shapes"
        compare(name, Recipe.model_validate({
            "data": images_of, "train_images": images, "validation_fraction": 0.02,
            "batch_size": given.batch_size, "inside": False}), given.rounds)


if __name__ == "__main__":
    main()
