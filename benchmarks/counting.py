"""Counting networks by arithmetic against building them in Keras: `python -m benchmarks.counting`.

For each network of `keras.applications`, in one run: Keras builds it (`weights=None`) and counts its parameters, and we
count the same network, read from its config, with empty caches (median of several rounds). Reading the config is
measured apart: it is done once, when a file is opened. Both counts must agree. Printed are milliseconds and the ratio.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import keras

from lib.arch import analyse
from lib.arch.analyse import clear_caches
from lib.arch.import_keras import from_keras

T = TypeVar("T")
ROUNDS = 15
EVERY = tuple(name for name in dir(keras.applications) if name[0].isupper())


def milliseconds(work: Callable[[], T]) -> tuple[float, T]:
    """How long `work` took, and what it answered."""
    began = time.perf_counter()
    result = work()
    return (time.perf_counter() - began) * 1e3, result


def compare(name: str) -> tuple[float, float, float]:
    """Milliseconds to count, to read the config, and for Keras to build and count."""

    def build() -> tuple[keras.Model, int]:
        model = getattr(keras.applications, name)(weights=None)
        return model, int(model.count_params())

    keras.backend.clear_session()
    building, (model, theirs) = milliseconds(build)
    config = model.to_json()
    del model
    gc.collect()
    gc.freeze()  # What Keras left in memory is not ours to look through.
    reading, network = milliseconds(lambda: from_keras(config))

    def count() -> int:
        return analyse(network).total.parameters

    rounds = []
    for _round in range(ROUNDS):
        clear_caches()
        took, ours = milliseconds(count)
        assert ours == theirs, name
        rounds.append(took)
    return statistics.median(rounds), reading, building


def main() -> None:
    """Print one line a network, and the median of the ratios."""
    print(f"{'network':20}{'counting ms':>14}{'reading ms':>14}{'Keras ms':>12}{'ratio':>10}")
    compare("MobileNet")  # What is done once for all, as importing, is no part of it.
    ratios = []
    for name in EVERY:
        counting, reading, building = compare(name)
        ratios.append(building / counting)
        print(f"{name:20}{counting:14.2f}{reading:14.1f}{building:12.0f}{building / counting:10.0f}", flush=True)
    print(f"{'median':20}{'':14}{'':14}{'':12}{statistics.median(ratios):10.0f}")


if __name__ == "__main__":
    main()
