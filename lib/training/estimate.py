"""What a training will need of memory and time, said before it starts: ranges, by arithmetic and by measured rates.

The rates are those of `benchmarks/estimate.py` on two cores; a run of the same network on this machine is a better
guide, and narrows the range.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from lib import machine
from lib.arch import Architecture, analyse
from lib.arch.analyse import BYTES_PER_VALUE
from lib.data import split_sizes
from lib.data.infos import info as info_of
from lib.errors import UserError
from lib.i18n import N_
from lib.settings import settings
from lib.training.memory import training_memory
from lib.training.recipe import Recipe

PROCESS_MEMORY: Final = 780 * 2**20
"""Bytes of a worker that has Keras loaded and has trained nothing yet."""

MEMORY_SPREAD: Final = (0.7, 2.0)
MEMORY_ASIDE: Final = 110 * 2**20
"""Between these times the arithmetic of a step, and at most so much besides, lies what a training really takes."""

CORES: Final = 2
MACS_PER_SECOND: Final = (0.7e9, 6e9)
"""Forward multiply-adds of a training on `CORES` cores; a step's way back, about twice as many, is in it."""

STEPS_PER_SECOND: Final = (80.0, 700.0)
"""Of steps that compute next to nothing."""

CHANGED_PER_SECOND: Final = (4e7, 5e8)
"""Values that one step of an augmentation changes on `CORES` cores: where it warps, and where it is simple."""

COPIES_CHANGED: Final = (1, 4)
"""How many batches of images an augmentation keeps beside the one that the network gets."""

START_SECONDS: Final = (0.5, 4.0)
"""Until the first step is compiled, and at the end for the look at the test images."""

KNOWN_SPREAD: Final = (0.8, 1.4)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The least and the most: bytes of memory, and seconds of training without the wait for a place."""

    memory: tuple[int, int]
    seconds: tuple[float, float]


def estimate(architecture: Architecture, recipe: Recipe, images: int, speed: float | None = None) -> Estimate:
    """What training `architecture`, which is without mistakes, by `recipe` will need.

    Args:
        images: training images of the data set here, before any are held out.
        speed: images a second of an earlier run of the same network and batch size on this machine, where there is one.
    """
    analysis = analyse(architecture)
    step = training_memory(architecture, analysis, recipe.optimizer, recipe.batch_size,
                           recipe.precision != "float32")
    pixels = _bytes_of_images(recipe, images)
    few, many = (copies * _bytes_changed(recipe) for copies in COPIES_CHANGED)
    low = PROCESS_MEMORY + pixels + int(MEMORY_SPREAD[0] * step) + few
    high = PROCESS_MEMORY + 2 * pixels + MEMORY_ASIDE + int(MEMORY_SPREAD[1] * step) + many
    learned, held_out = split_sizes(images, recipe.validation_fraction, recipe.train_images)
    # Judging the held-out images goes forward only: about a third of the work.
    seen = recipe.epochs * (learned + held_out / 3)
    if speed:
        quick, slow = (seen / speed * spread for spread in KNOWN_SPREAD)
        return Estimate((low, high), (quick + START_SECONDS[0], slow + START_SECONDS[1]))
    steps = recipe.epochs * ceil(learned / recipe.batch_size)
    share = CORES / machine.threads(settings().workers)
    work = seen * analysis.total.macs * share
    changed = recipe.epochs * _bytes_of_images(recipe, learned) * len(recipe.augmentation) * share
    slow, quick = (
        work / macs + steps / rate + changed / values
        for macs, rate, values in zip(MACS_PER_SECOND, STEPS_PER_SECOND, CHANGED_PER_SECOND, strict=True)
    )
    return Estimate((low, high), (quick + START_SECONDS[0], slow + START_SECONDS[1]))


def too_large(found: Estimate, memory: int | None = None) -> UserError | None:
    """The mistake of a training that needs more than `memory` bytes, by default those of this machine, at the least."""
    memory = memory or machine.memory()
    if found.memory[0] <= memory:
        return None
    return UserError(
        "batch_size",
        N_("expected a training that fits into the {memory:.1f} GB of this machine: try smaller batches"),
        f"{found.memory[0] / 1e9:.1f} GB",
        memory=memory / 1e9,
    )


def _bytes_changed(recipe: Recipe) -> int:
    """A batch of images as numbers, where an augmentation changes it."""
    return BYTES_PER_VALUE * _bytes_of_images(recipe, recipe.batch_size) if recipe.augmentation else 0


def _bytes_of_images(recipe: Recipe, images: int) -> int:
    height, width, channels = info_of(recipe.data).input_shape
    return height * width * channels * images
