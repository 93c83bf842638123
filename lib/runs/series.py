"""Trainings that differ by their seed alone: how they are queued, and what they say together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Final

from lib.runs.records import Run
from lib.training.recipe import Recipe

MOST_SEEDS: Final = 10
_LARGEST_SEED: Final = 2**31 - 1
_SEED: Final = re.compile(r", seed \d+$")
_ROOM: Final = 84


@dataclass(frozen=True)
class Spread:
    """Some numbers: how many, their mean, the sample standard deviation (None for one), the least and the most."""

    count: int
    mean: float
    deviation: float | None
    least: float
    most: float


@dataclass(frozen=True)
class Series:
    """Runs of one series, in the order of their seeds; at least one."""

    id: str
    runs: tuple[Run, ...]

    @property
    def name(self) -> str:
        """What the names of its runs have in common."""
        return bare_name(self.runs[0].name)

    @property
    def test(self) -> Spread | None:
        """Of the accuracies on the test set that are there."""
        return spread(run.test_accuracy for run in self.runs)

    @property
    def validation(self) -> Spread | None:
        """Of the best accuracies on the images held out."""
        return spread(run.best_val_accuracy for run in self.runs)


def with_seeds(name: str, recipe: Recipe, count: int) -> list[tuple[str, str]]:
    """Name and recipe, as JSON, of each of `count` trainings: with the seed of `recipe` and those after it.

    One keeps its name.
    """
    if count == 1:
        return [(name, recipe.to_json())]
    return [(f"{name[:_ROOM].rstrip()}, seed {seed}", recipe.model_copy(update={"seed": seed}).to_json())
            for seed in seeds_of(recipe, count)]


def seeds_of(recipe: Recipe, count: int) -> list[int]:
    """The seeds of `count` trainings: that of `recipe` and those after it; after the largest comes 0."""
    return [(recipe.seed + number) % (_LARGEST_SEED + 1) for number in range(count)]


def bare_name(name: str) -> str:
    """`name` without the seed."""
    return _SEED.sub("", name)


def spread(values: Iterable[float | None]) -> Spread | None:
    """The spread of the values that are there; None where there are none."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Spread(len(known), fmean(known), stdev(known) if len(known) > 1 else None, min(known), max(known))


def gathered(runs: Sequence[Run]) -> list[Run | Series]:
    """`runs`, the newest first; those of one series together at the place of its newest, and what is left alone of one
    as a run."""
    together: dict[str, list[Run]] = {}
    for run in runs:
        if run.series is not None:
            together.setdefault(run.series, []).append(run)
    found: list[Run | Series] = []
    for run in runs:
        members = together.get(run.series or "", [run])
        if len(members) == 1:
            found.append(run)
        elif members[0] is run:
            found.append(Series(str(run.series), tuple(reversed(members))))
    return found
