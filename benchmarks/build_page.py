"""The Build page: CPU milliseconds of one full rerun after a change to one block, for 8, 40 and 200 blocks.

Measured with Streamlit's own AppTest, which runs the whole page as the server does: the network is edited, saved,
analysed, and everything of it is drawn anew. Two changes: one of the first block, after which every shape of the
network is another one, and one of a block in the middle, as most clicks of a student are. No value is set twice, so
that no result is at hand from before. AppTest reads back every element, which is told apart.

    .venv/bin/python benchmarks/build_page.py [--reruns 20] [--most 60]

With --most it ends with 1 where a change to 200 blocks takes more CPU than so many milliseconds.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from lib.arch import Architecture, Node, read_block

PAGE = Path(__file__).resolve().parent.parent / "pages/build.py"
SIZES = (8, 40, 200)
SAME = {"filters": 16, "kernel_size": 3, "padding": "same", "use_bias": False}


class Times(NamedTuple):
    """Median milliseconds of a rerun: CPU of the script, and CPU and wall time of AppTest's whole run."""

    script: float
    cpu: float
    wall: float


def network(blocks: int) -> Architecture:
    """Residual steps of convolution, normalization, activation and sum, up to `blocks`."""
    nodes: list[Node] = [node("stem", "Conv2D", {"filters": 16, "kernel_size": 3}, "input")]
    while len(nodes) < blocks - 3:
        start, step = nodes[-1].id, len(nodes) // 4
        nodes += [
            node(f"conv_{step}", "Conv2D", SAME, start),
            node(f"norm_{step}", "BatchNormalization", {}, f"conv_{step}"),
            node(f"relu_{step}", "Activation", {"activation": "relu"}, f"norm_{step}"),
            node(f"sum_{step}", "Add", {}, f"relu_{step}", start),
        ]
    nodes = nodes[: blocks - 3]
    nodes.append(node("pool", "GlobalAveragePooling2D", {}, nodes[-1].id))
    nodes.append(node("drop", "Dropout", {"rate": 0.5}, "pool"))
    nodes.append(node("output", "Dense", {"units": 10, "activation": "softmax"}, "drop"))
    return Architecture({"input": (64, 64, 1)}, tuple(nodes), {"predictions": "output"})


def node(name: str, block: str, config: dict[str, object], *inputs: str) -> Node:
    return Node(name, read_block(block, config, name), inputs)


@contextmanager
def timed_scripts() -> Iterator[list[float]]:
    """The CPU seconds of each run of the page's script."""
    seconds: list[float] = []
    run = ScriptRunner._run_script

    def timed(runner: ScriptRunner, rerun_data: RerunData) -> None:
        before = time.process_time()
        run(runner, rerun_data)
        seconds.append(time.process_time() - before)

    ScriptRunner._run_script = timed  # type: ignore[assignment, method-assign]
    try:
        yield seconds
    finally:
        ScriptRunner._run_script = run  # type: ignore[method-assign]


def rerun_milliseconds(architecture: Architecture, block: str, reruns: int) -> Times:
    """What a rerun takes that changes the kernel size of `block`."""
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.run()
    page.session_state["draft.architecture"] = architecture.to_json()
    page.session_state["build.chosen"] = block
    page.run()
    cpu, wall = [], []
    with timed_scripts() as script:
        for size in range(4, 4 + reruns):
            page.text_input(key=f"block.{block}.kernel_size").set_value(str(size))
            cpu_before, wall_before = time.process_time(), time.perf_counter()
            page.run()
            cpu.append(time.process_time() - cpu_before)
            wall.append(time.perf_counter() - wall_before)
            if page.exception:
                raise RuntimeError(page.exception[0].message)
    return Times(*(statistics.median(times) * 1000 for times in (script, cpu, wall)))


def main() -> None:
    """Measure all and print them; end with 1 where the largest network takes too long."""
    parser = argparse.ArgumentParser(description="CPU of a full rerun of the Build page")
    parser.add_argument("--reruns", type=int, default=20, choices=range(1, 59), metavar="1-58")
    parser.add_argument("--most", type=float, help="CPU milliseconds that a change to 200 blocks may take")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    worst = 0.0
    with tempfile.TemporaryDirectory() as home:
        os.environ["BLOCKYARD_HOME"] = home
        for blocks in SIZES:
            architecture = network(blocks)
            middle = [node.id for node in architecture.nodes if node.id.startswith("conv_")][blocks // 8 - 1]
            for what, block in (("every shape", "stem"), ("one block", middle)):
                times = rerun_milliseconds(architecture, block, arguments.reruns)
                worst = max(worst, times.script) if blocks == SIZES[-1] else worst
                print(f"{blocks:3} blocks, {what + ' changes:':20} {times.script:5.1f} ms CPU of the page, "
                      f"{times.cpu:5.1f} ms CPU and {times.wall:5.1f} ms wall with AppTest")
    if arguments.most is not None and worst > arguments.most:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
