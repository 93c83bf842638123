"""Counting an architecture by arithmetic against building it in Keras: `python -m benchmarks.counting`.

For each preset: its JSON is read and analysed with empty caches, and the model is built and counted by Keras, in
turn. Printed are medians in milliseconds and their ratio.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from lib.arch import Architecture, analyse, presets
from lib.arch.analyse import clear_caches
from lib.keras_bridge import build

ROUNDS = 15


def milliseconds(work: Callable[[], int]) -> tuple[float, int]:
    """How long `work` took, and what it counted."""
    began = time.perf_counter()
    result = work()
    return (time.perf_counter() - began) * 1e3, result


def main() -> None:
    """Print one line a preset."""
    print(f"{'preset':20}{'arithmetic ms':>15}{'Keras ms':>12}{'ratio':>10}")
    ratios = []
    for name in presets.names():
        text = presets.load(name).to_json()

        def count(text: str = text) -> int:
            clear_caches()
            return analyse(Architecture.from_json(text)).total.parameters

        def build_and_count(name: str = name) -> int:
            return int(build(presets.load(name)).count_params())

        count(), build_and_count()
        pairs = [(milliseconds(count), milliseconds(build_and_count)) for _round in range(ROUNDS)]
        assert len({result for pair in pairs for _time, result in pair}) == 1
        ours = statistics.median(pair[0][0] for pair in pairs)
        keras = statistics.median(pair[1][0] for pair in pairs)
        ratios.append(keras / ours)
        print(f"{name:20}{ours:15.3f}{keras:12.1f}{keras / ours:10.0f}")
    print(f"{'median':20}{'':15}{'':12}{statistics.median(ratios):10.0f}")


if __name__ == "__main__":
    main()
