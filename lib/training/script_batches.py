"""The part of a script that makes batches of images and classes."""

from __future__ import annotations

from typing import Final

from lib import data
from lib.arch import Architecture
from lib.data.tasks import CLASSIFY
from lib.training.recipe import Recipe
from lib.training.script_tasks import task_code

_BATCHES: Final = '''
class Batches(keras.utils.PyDataset):
    """Images from 0 to 1 and their labels in batches; with a seed in a new order every epoch."""

    def __init__(self, images, labels, seed=None{given}):
        super().__init__()
        self.images, self.labels, self.seed, self.epoch = images, labels, seed, 0
        self.order = np.arange(len(labels))
{kept}
    def __len__(self):
        return -(-len(self.labels) // BATCH_SIZE)

    def on_epoch_begin(self):
        if self.seed is not None:
            self.order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.labels))
            self.epoch += 1

    def __getitem__(self, index):
        rows = self.order[index * BATCH_SIZE:(index + 1) * BATCH_SIZE]
{returned}
'''


def batches_code(architecture: Architecture, recipe: Recipe) -> list[str]:
    """The class that makes batches: the labels once, or once for each output; or what makes examples of a task."""
    info = data.info(recipe.data)
    if recipe.task != CLASSIFY:
        return task_code(architecture, recipe, info)
    count = len(architecture.outputs)
    weighed = recipe.class_weight is not None and count > 1
    code = _BATCHES.lstrip("\n").replace("{given}", ", weights=None" if weighed else "")
    code = code.replace("{kept}", "        self.weights = weights\n" if weighed else "")
    return [code.replace("{returned}", "\n".join(f"        {line}" for line in _returned(recipe, count, weighed,
                                                                                        info.classes)))]


def _returned(recipe: Recipe, count: int, weighed: bool, classes: int) -> list[str]:
    """The lines that make a batch of `rows`."""
    labels = f"np.eye({classes}, dtype=np.float32)[self.labels[rows]]" if recipe.one_hot else "self.labels[rows]"
    if not recipe.augmentation and not weighed:
        told = labels if count == 1 else f"({labels},) * {count}"
        return [f"return self.images[rows].astype(np.float32) / 255, {told}"]
    lines = [f"images, labels = self.images[rows].astype(np.float32) / 255, {labels}"]
    if recipe.augmentation:
        lines += ["if self.seed is not None:",
                  "    images, labels = augmented(images, labels, max(self.epoch - 1, 0), index)"]
    told = "labels" if count == 1 else f"(labels,) * {count}"
    if weighed:
        true = "np.argmax(labels, axis=-1)" if recipe.one_hot else "labels"
        lines += ["if self.weights is not None:", f"    return images, {told}, (self.weights[{true}],) * {count}"]
    return [*lines, f"return images, {told}"]
