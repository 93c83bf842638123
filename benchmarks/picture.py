"""The picture of the Build page: CPU milliseconds of laying out, and of showing a change to one block of 200.

    .venv/bin/python benchmarks/picture.py [--changes 30]

Laying out is measured with nothing kept from before. A change is measured as the server does it, from the network to
the message to the browser; the walk that counts everything has been done before, since the page needs it anyway.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from streamlit.testing.v1 import AppTest

from components import graph_layout
from lib.arch import Architecture, Node, analyse, read_block

Sources = dict[str, tuple[str, ...]]
BLOCKS = 200
CONVOLUTION = {"filters": 16, "kernel_size": 3, "padding": "same"}


def chain(nodes: int) -> Sources:
    return {"n0": ()} | {f"n{i}": (f"n{i - 1}",) for i in range(1, nodes)}


def dense(blocks: int, layers: int) -> Sources:
    """Blocks in which every layer reads all layers before it, as DenseNet is often drawn."""
    sources: Sources = {"input": ()}
    last = "input"
    for block in range(blocks):
        features = [last]
        for layer in range(layers):
            sources[f"join{block}_{layer}"] = tuple(features)
            sources[f"conv{block}_{layer}"] = (f"join{block}_{layer}",)
            features.append(f"conv{block}_{layer}")
        last = f"transition{block}"
        sources[last] = tuple(features)
    return sources


def residual(blocks: int) -> Sources:
    """Bottlenecks of eight layers with a skip around them; some skips have a convolution, as in ResNet-152."""
    sources: Sources = {"stem": ()}
    start = "stem"
    for block in range(blocks):
        last, skip = start, start
        for layer in range(8):
            sources[f"layer{block}_{layer}"] = (last,)
            last = f"layer{block}_{layer}"
        if block in (0, 3, 11, 47):
            skip = f"projection{block}"
            sources[skip] = (start,)
        start = f"sum{block}"
        sources[start] = (last, skip)
    return sources


def network(filters: int, block: str) -> Architecture:
    """A chain of 200 blocks, of which the first has so many filters."""
    own = {**CONVOLUTION, "filters": filters}
    config = CONVOLUTION if block == "Conv2D" else {"filters": 16}
    nodes = [Node("n0", read_block("Conv2D", own, "n0"), ("input",))]
    nodes += [Node(f"n{i}", read_block(block, config, f"n{i}"), (f"n{i - 1}",)) for i in range(1, BLOCKS)]
    return Architecture({"input": (28, 28, 1)}, tuple(nodes), {"out": nodes[-1].id})


def page() -> None:
    """Draws the picture alone, and keeps what that cost."""
    import time

    import streamlit as st

    from components.graph import graph

    begin = time.process_time()
    graph(st.session_state["network"], "n0", lambda node: None, "picture")
    st.session_state["cost"] = time.process_time() - begin


def change_milliseconds(changes: int, block: str, unfolded: list[str]) -> float:
    """Median CPU milliseconds of showing a change to the first block."""
    test: Any = AppTest.from_function(page, default_timeout=60)
    test.session_state["build.picture.open"] = unfolded
    costs: list[float] = []
    for filters in range(20, 21 + changes):
        test.session_state["network"] = network(filters, block)
        analyse(test.session_state["network"])
        test.run()
        if test.exception:
            raise RuntimeError(test.exception[0].message)
        costs.append(test.session_state["cost"])
    return statistics.median(costs[1:]) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="CPU of the picture of the Build page")
    parser.add_argument("--changes", type=int, default=30)
    changes = parser.parse_args().changes
    logging.disable(logging.WARNING)
    for name, sources in (("chain", chain(BLOCKS)), ("DenseNet", dense(4, 24)), ("ResNet-152", residual(50))):
        graph_layout.clear_caches()
        begin = time.process_time()
        layout = graph_layout.layered(sources)
        cost = time.process_time() - begin
        print(f"{name:10} {len(sources):3} nodes, {len(layout.edges):4} edges: {cost * 1000:5.1f} ms to lay out")
    print(f"change, {BLOCKS} blocks: {change_milliseconds(changes, 'Conv2D', []):5.1f} ms")
    few = [f"n{i}" for i in range(1, 21)]
    print(f"change, {BLOCKS} blocks, 20 composites open: {change_milliseconds(changes, 'Residual', few):5.1f} ms")


if __name__ == "__main__":
    main()
