"""When a training is looked into, before its first batch and after its epochs, and with which images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import keras
import numpy as np
import tensorflow as tf

from lib.arch import analyse
from lib.arch.analyse import BYTES_PER_VALUE
from lib.data import Split
from lib.training.files import writing
from lib.training.looks import PICTURES, Arrays, look_of
from lib.training.probe import Probe, Values, ratios
from lib.training.run import Emit, RunSpec

PICTURES_FILE: Final = "inside.npz"
"""The examples whose predictions are told: `images` (uint8) and the `names` of the classes (message ids); of a task
the images of each input (`input.0`), those that are `wanted`, and the names of the classes of each output
(`names.digit`)."""
MADE: Final = "made-{epoch}.png"
"""The images that the network made of these examples after an epoch, one below the other."""
EVERY: Final = 50
"""So many epochs are all looked into, and later ones only when their number ends in 0."""
_MOST_IMAGES: Final = 256
_SHARE: Final = 80
_MOST_MACS: Final = 10**10
_MOST_BYTES: Final = 2**28


class Inside:
    """Looks into the `model` of a training and tells what it sees; does nothing where the recipe does not ask for it.

    Attributes:
        updates: how far the last batch of the epoch moved each layer, for its size.
    """

    def __init__(self, run: RunSpec, model: keras.Model, split: Split, steps: int, emit: Emit) -> None:
        self.updates: list[float | None] = []
        self._emit, self._last = emit, steps - 1
        self._probe: Probe | None = None
        self._first: Values | None = None
        self._before: list[Values] | None = None
        self._folder = run.folder
        if not run.recipe.inside:
            return
        look = look_of(run, model, split, _images(run, split))
        self._probe = Probe(model, look)
        _write(run.folder / PICTURES_FILE, look.kept())

    def before(self, epoch: int, batch: int) -> None:
        """A batch is to come: of epoch `epoch`, both from 0."""
        if self._probe and epoch == batch == 0:
            self._first = self._probe.values()
        if self._probe and batch == self._last and looked_into(epoch + 1):
            self._before = self._probe.weights()

    def after(self) -> bool:
        """The batch is over. Before the very first one is told, nothing has to wait for the look at how it began.

        Returns whether there was anything to do that took time.
        """
        first, before, self._first, self._before = self._first, self._before, None, None
        if self._probe and before is not None:
            self.updates = ratios(before, self._probe.weights())
        if first is not None:
            self._tell(0, first)
        return first is not None

    def epoch(self, number: int) -> None:
        """Epoch `number` (from 1) is judged."""
        if looked_into(number):
            self._tell(number)

    def _tell(self, epoch: int, values: Values | None = None) -> None:
        if self._probe is None:
            return
        seen, made = self._probe(values)
        if made is not None:
            _put(self._folder / MADE.format(epoch=epoch), lambda file: file.write(_column(made)))
        updates = self.updates if epoch else []
        for layer, update in zip(seen["layers"], updates or [None] * len(seen["layers"]), strict=True):
            layer["update"] = update
        self._emit({"kind": "probe", "epoch": epoch, **seen})


def looked_into(epoch: int) -> bool:
    """Whether a training is looked into after `epoch`; that does not depend on how many there will be."""
    return epoch <= EVERY or epoch % 10 == 0


def _images(run: RunSpec, split: Split) -> int:
    """How many images to look with: enough for a true picture, but a small part of the work and memory of an epoch."""
    total = analyse(run.architecture).total
    room = max(run.recipe.batch_size, _MOST_BYTES // (BYTES_PER_VALUE * max(1, total.activations)))
    time = max(PICTURES, min(len(split.train) // _SHARE, _MOST_MACS // max(1, total.macs)))
    return min(_MOST_IMAGES, room, time)


def _write(path: Path, arrays: Arrays) -> None:
    _put(path, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))


def _column(images: np.ndarray) -> bytes:
    """Images (count, height, width, 1 or 3) one below the other as PNG."""
    count, height, width, channels = images.shape
    return bytes(tf.io.encode_png(images.reshape(count * height, width, channels)).numpy())


def _put(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file whole or not at all."""
    with writing(path) as draft:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            write(file)
