"""The walk over 500 layers, and what one changed block of them costs: `python -m benchmarks.walk`.

Printed are medians of CPU milliseconds of this process: a plain chain of 500 layers, the same with every shape in twos
(a residual sum at every fifth layer), and 500 layers that are ten repetitions of a network in a network.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from lib.arch import CATALOGUE, Architecture, Node, analyse
from lib.arch.analyse import clear_caches

ROUNDS = 40
LAYERS = 500


def chain(layers: int, *, sums: bool = False) -> Architecture:
    """Convolutions and normalizations in a row; with `sums`, every fifth layer adds what came five before."""
    nodes: list[Node] = []
    source = "input"
    for number in range(layers):
        name = f"n{number}"
        if sums and number % 5 == 4 and number > 5:
            nodes.append(Node(name, CATALOGUE["Add"](), (source, f"n{number - 4}")))
        elif number % 2:
            nodes.append(Node(name, CATALOGUE["BatchNormalization"](), (source,)))
        else:
            filters = 32 if sums else 16 + number % 40
            config = {"filters": filters, "kernel_size": 3, "padding": "same"}
            nodes.append(Node(name, CATALOGUE["Conv2D"].model_validate(config), (source,)))
        source = name
    return Architecture({"input": (32, 32, 3)}, tuple(nodes), {"output": source})


def nested() -> Architecture:
    """Ten repetitions of a block that is five repetitions of a network of ten layers."""
    inner = CATALOGUE["Model"].model_validate({"architecture": chain(10), "repeat": 5})
    middle = Architecture({"x": (32, 32, 3)}, (Node("inner", inner, ("x",)),), {"y": "inner"})
    outer = CATALOGUE["Model"].model_validate({"architecture": middle, "repeat": 10})
    return Architecture({"input": (32, 32, 3)}, (Node("outer", outer, ("input",)),), {"output": "outer"})


def median(work: Callable[[], object], before: Callable[[], object]) -> float:
    """CPU milliseconds of `work`, each time after `before`."""
    times = []
    for _round in range(ROUNDS):
        before()
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1e3)
    return statistics.median(times)


def main() -> None:
    """Print one line for each network."""
    print(f"{'layers':>8} {'network':24}{'cold ms':>10}{'again ms':>10}")
    for name, network in (("chain", chain(LAYERS)), ("residual", chain(LAYERS, sums=True)), ("nested", nested())):
        analysis = analyse(network)
        assert analysis.complete
        cold = median(lambda network=network: analyse(network), clear_caches)  # type: ignore[misc]
        # What a change leaves as it was is remembered by block and shape; only the walk itself is made again.
        again = median(lambda network=network: analyse(network), analyse.cache_clear)  # type: ignore[misc]
        print(f"{len(analysis.layers):8} {name:24}{cold:10.2f}{again:10.2f}")


if __name__ == "__main__":
    main()
