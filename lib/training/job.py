"""The job of a worker: builds what the store keeps as text, and trains it with Keras."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from lib.arch import Architecture
from lib.runs.records import Run
from lib.training.fit import train as fit
from lib.training.recipe import Recipe
from lib.training.run import Ended, RunSpec, Wish
from lib.training.worker import LoadCheckpoint, SaveCheckpoint


def warm_up() -> None:
    """Train a tiny network for two batches: TensorFlow starts its threads and traces its first functions."""
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(2, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(2, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = np.zeros((4, 8, 8, 1), np.float32), np.zeros(4, np.int32)
    model.fit(images, labels, batch_size=2, verbose=0, validation_data=(images, labels))
    _forget()


def train(run: Run, emit: Callable[[dict[str, Any]], None], load_checkpoint: LoadCheckpoint,
          save_checkpoint: SaveCheckpoint, asked: Callable[[], Wish], rate: Callable[[], float | None]) -> Ended:
    """Train `run` as its recipe says, and tell how it ended.

    Raises:
        UserError: its architecture, its recipe or its data cannot be trained; the training came to numbers that
            are none.
    """
    spec = RunSpec(id=run.id, name=run.name, architecture=Architecture.from_json(run.architecture),
                   recipe=Recipe.from_json(run.recipe), folder=run.folder, attempt=run.attempt,
                   beyond=run.beyond)
    # The supervisor that started this process may have had another data folder than who submitted the run.
    os.environ["BLOCKYARD_DATA"] = run.data_folder
    try:
        return fit(spec, emit, load_checkpoint, save_checkpoint, asked, rate).ended
    finally:
        _forget()


def _forget() -> None:
    """Leave nothing of a model behind for the next run of this process."""
    keras.backend.clear_session()
    gc.collect()
