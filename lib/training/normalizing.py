"""The images of a training shifted and scaled before the network gets them: by a layer of the network itself.

So whatever reads the network has it: the training, the evaluation, the look inside, the saved model, the script.
Imports no Keras.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib import data
from lib.arch import CATALOGUE, Architecture
from lib.arch.architecture import Node
from lib.data import Split
from lib.training.recipe import Recipe

WHOLE = 255.0


def normalized(architecture: Architecture, recipe: Recipe, parts: Split | None = None) -> Architecture:
    """`architecture` as `recipe` wants its images: as it is, or with a Normalization after every input.

    Args:
        parts: how the images were divided; divided as the recipe says, where not given.

    Raises:
        UserError: the images are not here.
    """
    if recipe.normalization == "rescale":
        return architecture
    if parts is None:
        dataset = data.load(recipe.data)
        parts = data.split(dataset, recipe.validation_fraction, recipe.seed, recipe.train_images)
    mean, variance = channel_statistics(parts.x_train)
    block = CATALOGUE["Normalization"].model_validate({"mean": mean, "variance": variance})
    taken = {*architecture.inputs, *(node.id for node in architecture.nodes)}
    names = {name: _free(f"normalized_{name}", taken) for name in architecture.inputs}
    first = tuple(Node(new, block, (name,)) for name, new in names.items())
    nodes = tuple(replace(node, inputs=tuple(names.get(source, source) for source in node.inputs))
                  for node in architecture.nodes)
    return replace(architecture, nodes=(*first, *nodes))


def channel_statistics(images: NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and variance of each channel of images (all, height, width, channels) of bytes, as numbers from 0 to 1.

    Exact, for the bytes are counted. A channel that is the same everywhere is only shifted: its variance counts as 1.
    """
    values = np.arange(256) / WHOLE
    means, variances = [], []
    for channel in range(images.shape[3]):
        counts = np.bincount(images[..., channel].ravel(), minlength=256)
        mean = float(counts @ values / counts.sum())
        variance = float(counts @ (values - mean) ** 2 / counts.sum())
        means.append(_short(mean))
        variances.append(_short(variance) if np.count_nonzero(counts) > 1 else 1.0)
    return tuple(means), tuple(variances)


def _short(value: Any) -> float:
    """A float32 as the shortest number that stands for it, the same in the network and in its script."""
    return float(str(np.float32(value)))


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
