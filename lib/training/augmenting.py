"""The augmentation of a recipe at work: the same chance and the same arithmetic for the training and for the page.

What is drawn for a batch follows from the seed, the epoch and the batch alone, so that a training that goes on draws
as if it had never been interrupted. It is drawn with NumPy; the arithmetic runs in the compiled step of a training, and
with NumPy where there is no Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.data.tasks import TaskName
from lib.training import augment_changes as changes
from lib.training import augment_draws as draws
from lib.training.augment_draws import Arrays
from lib.training.augmentation import AnyAugmentation, Augmentation

PAIRS: Final[tuple[TaskName, ...]] = ("same", "sum", "sum-number")
"""Tasks whose two images change each by its own chance; in the others all images of an example are parts of one."""


class Work(NamedTuple):
    """What draws for a step, and what changes images by that."""

    draw: Callable[..., Arrays]
    change: Callable[..., tuple[Any, Any]]


WORKS: Final[dict[str, Work]] = {
    "RandomFlip": Work(draws.draw_flips, changes.flip),
    "RandomRotation": Work(draws.draw_angles, changes.warp),
    "RandomZoom": Work(draws.draw_zooms, changes.warp),
    "RandomTranslation": Work(draws.draw_moves, changes.warp),
    "RandomContrast": Work(draws.draw_contrasts, changes.contrast),
    "RandomBrightness": Work(draws.draw_shades, changes.brightness),
    "RandomErasing": Work(draws.draw_boxes, changes.erase),
    "MixUp": Work(draws.draw_mixes, changes.mix),
    "CutMix": Work(draws.draw_patches, changes.patch),
}


def chance_of(task: TaskName, number: int) -> int:
    """By which chance the image of input `number` of a task is changed."""
    return number if task in PAIRS else 0


def fields_of(step: Augmentation) -> dict[str, Any]:
    """The fields of a step but for its name."""
    return step.model_dump(exclude={"name"})


class Augmenter:
    """Draws for the batches of a training and changes their images.

    Args:
        steps: what happens to each image, one after the other.
        seed: that of the recipe.
        shape: height, width and channels of an image.
        task: which of the images of an example change together.

    Attributes:
        task: that of the recipe.
        mixes: whether images are mixed with one another, and their answers with them.
    """

    def __init__(self, steps: Sequence[AnyAugmentation], seed: int, shape: tuple[int, int, int],
                 task: TaskName = "classify") -> None:
        self._steps = [(WORKS[step.name], fields_of(step)) for step in steps]
        self._mixing = [step.mixes for step in steps]
        self._seed, self._shape, self.task = seed, shape, task
        self.mixes = any(self._mixing)
        self._sizes = [len(arrays) for arrays in self._drawn(0, 0, 1, 0)]

    def drawn(self, epoch: int, batch: int, count: int) -> list[NDArray[Any]]:
        """What is drawn for a batch of `count` examples, `epoch` and `batch` from 0: along the first axis of each
        array are the examples."""
        chances = 2 if self.task in PAIRS else 1
        return [array for which in range(chances) for arrays in self._drawn(epoch, batch, count, which)
                for array in arrays]

    def changed(self, ops: Any, images: Any, answers: Any, drawn: Sequence[Any], which: int = 0) -> tuple[Any, Any]:
        """Images from 0 to 1, (batch, height, width, channels), and their answers, as the network gets them.

        Args:
            ops: `keras.ops` or `NUMPY`.
            answers: rows that can be mixed, (batch, classes), where a step mixes them.
            which: by which of the chances, where an example has several images.
        """
        for (work, fields), arrays in zip(self._steps, self._parted(drawn, which), strict=True):
            images, answers = work.change(ops, images, answers, *arrays, **fields)
        return images, answers

    def few(self, drawn: Sequence[NDArray[Any]], rows: int,
            which: int = 0) -> tuple[NDArray[np.intp], list[NDArray[Any]]]:
        """Which examples of a batch it takes to change the first `rows` of them, those first, and what is drawn for
        them alone, of one of the chances."""
        parted = list(self._parted(drawn, which))
        needed = np.arange(rows)
        for mixing, arrays in zip(reversed(self._mixing), reversed(parted), strict=True):
            if mixing:
                needed = np.concatenate([needed, np.setdiff1d(arrays[0][needed], needed)])
        place = np.zeros(len(drawn[0]) if drawn else rows, np.int32)
        place[needed] = np.arange(len(needed))
        return needed, [place[array[needed]] if mixing and number == 0 else array[needed]
                        for mixing, arrays in zip(self._mixing, parted, strict=True)
                        for number, array in enumerate(arrays)]

    def _drawn(self, epoch: int, batch: int, count: int, which: int) -> Iterator[Arrays]:
        if not self._steps:
            return iter(())
        # The last number tells it apart from what else the seed and the epoch decide.
        generator = np.random.default_rng((self._seed, epoch, batch, 1 + which))
        return (work.draw(generator, (count, *self._shape), **fields) for work, fields in self._steps)

    def _parted(self, drawn: Sequence[Any], which: int) -> Iterator[Sequence[Any]]:
        """What was drawn for each step."""
        first = which * sum(self._sizes)
        for size in self._sizes:
            yield drawn[first:first + size]
            first += size
