"""The Build page: CPU milliseconds of one full rerun, for a network of 8 blocks and one of 40.

Measured with Streamlit's own AppTest, which runs the whole page as the server does and then reads back every element,
so that the numbers are an upper bound for the script. Each rerun changes a field, as a click of a student does:
everything is counted, drawn and saved anew.

    .venv/bin/python benchmarks/build_page.py [--reruns 30]
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from streamlit.testing.v1 import AppTest

from lib.arch import Architecture, Node, presets, read_block

PAGE = Path(__file__).resolve().parent.parent / "pages/build.py"
SMALL, LARGE = 8, 40


def network(blocks: int) -> Architecture:
    """Residual steps of convolution, normalization, activation and sum, up to `blocks`; 8 of them are LeNet-5."""
    if blocks == SMALL:
        return presets.load("lenet5")
    nodes: list[Node] = [node("stem", "Conv2D", {"filters": 16, "kernel_size": 3, "padding": "same"}, "input")]
    while len(nodes) < blocks - 4:
        start, step = nodes[-1].id, len(nodes) // 4
        convolution = {"filters": 16, "kernel_size": 3, "padding": "same", "use_bias": False}
        nodes += [
            node(f"conv_{step}", "Conv2D", convolution, start),
            node(f"norm_{step}", "BatchNormalization", {}, f"conv_{step}"),
            node(f"relu_{step}", "Activation", {"activation": "relu"}, f"norm_{step}"),
            node(f"sum_{step}", "Add", {}, f"relu_{step}", start),
        ]
    nodes.append(node("pool", "GlobalAveragePooling2D", {}, nodes[-1].id))
    nodes.append(node("drop", "Dropout", {"rate": 0.5}, "pool"))
    nodes.append(node("output", "Dense", {"units": 10, "activation": "softmax"}, "drop"))
    return Architecture({"input": (28, 28, 1)}, tuple(nodes), {"predictions": "output"})


def node(name: str, block: str, config: dict[str, object], *inputs: str) -> Node:
    return Node(name, read_block(block, config, name), inputs)


def rerun_milliseconds(architecture: Architecture, reruns: int) -> tuple[float, float]:
    """Median CPU and wall milliseconds of a rerun that changes a field of the first block."""
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.run()
    page.session_state["draft.architecture"] = architecture.to_json()
    page.session_state["build.chosen"] = architecture.nodes[0].id
    page.run()
    field = f"block.{architecture.nodes[0].id}.filters"
    cpu, wall = [], []
    for filters in range(20, 20 + reruns):
        page.number_input(key=field).set_value(filters)
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        page.run()
        cpu.append(time.process_time() - cpu_before)
        wall.append(time.perf_counter() - wall_before)
        if page.exception:
            raise RuntimeError(page.exception[0].message)
    return statistics.median(cpu) * 1000, statistics.median(wall) * 1000


def main() -> None:
    """Measure both and print them with their ratio."""
    parser = argparse.ArgumentParser(description="CPU of a full rerun of the Build page")
    parser.add_argument("--reruns", type=int, default=30)
    reruns = parser.parse_args().reruns
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as home:
        os.environ["BLOCKYARD_HOME"] = home
        times = {}
        for blocks in (SMALL, LARGE):
            architecture = network(blocks)
            cpu, wall = rerun_milliseconds(architecture, reruns)
            times[blocks] = cpu
            print(f"{len(architecture.nodes):3} blocks: {cpu:6.1f} ms CPU, {wall:6.1f} ms wall a rerun")
    print(f"ratio {LARGE}/{SMALL}: {times[LARGE] / times[SMALL]:.2f}")


if __name__ == "__main__":
    main()
