"""A class that watches: viewers of one training at 1 Hz, each an HTTP client as the page of a view link holds one.

Prints what share of a core the web process takes, and whether each viewer has the whole curve in the end.

    .venv/bin/python benchmarks/viewers.py [--viewers 100] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from components.live_routes import VIEW
from components.watch_page import WATCH
from lib.arch import analyse, presets
from lib.runs.history import History
from lib.runs.store import Run, Store
from lib.training.recipe import Recipe
from tests.browser.app import App, running

OWNER = "benchmark"
PATIENCE = 180.0
LONG = 1000


@dataclass
class Viewer:
    """One browser: opens the page, then asks for new points at the pace that the answers say, over one connection.

    Attributes:
        batches, rows: the curve, as far as it has come.
        waits: seconds from each request to the end of its answer.
        size: bytes of all answers.
    """

    port: int
    link: str
    batches: dict[str, list[float]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    tail: list[float] | None = None
    waits: list[float] = field(default_factory=list)
    size: int = 0

    async def watch(self) -> None:
        """Stay until the run is over."""
        await asyncio.sleep(random.random())
        line = await asyncio.open_connection("localhost", self.port)
        status, _page = await self._get(line, WATCH.format(link=self.link))
        assert status == 200, status
        cursor = ""
        again: float | None = 0.0
        while again is not None:
            await asyncio.sleep(again)
            status, body = await self._get(line, f"{VIEW.format(link=self.link)}?after={cursor}")
            if status == 200:
                told = json.loads(body)
                cursor, again = told["cursor"], told["again"] / 1000 if told["again"] else None
                self._take(told)
        line[1].close()

    def _take(self, told: dict[str, Any]) -> None:
        if told["whole"]:
            self.batches, self.rows = {}, []
        for name, values in told["batches"].items():
            self.batches.setdefault(name, []).extend(values)
        self.rows += told["rows"]
        self.tail = told["tail"]

    async def _get(self, line: tuple[asyncio.StreamReader, asyncio.StreamWriter], path: str) -> tuple[int, bytes]:
        reader, writer = line
        asked = time.monotonic()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next((int(each[15:]) for each in head.split("\r\n") if each.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        self.waits.append(time.monotonic() - asked)
        self.size += len(head) + length
        return int(head.split(" ", 2)[1]), body


def begin(store: Store) -> Run:
    """A training that is under way."""
    network = presets.load("lenet5")
    run_id = store.submit(OWNER, "watched", network.to_json(), Recipe(epochs=LONG).to_json(),
                          analyse(network).total.parameters)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        run = store.run(OWNER, run_id)
        if run is not None and run.progress > 0:
            return run
        time.sleep(0.1)
    raise SystemExit("the training does not begin")


async def measure(app: App, store: Store, run: Run, viewers: list[Viewer], seconds: float) -> float:
    """Let the viewers watch for so long, then end the training; the share of a core that the web process took."""
    web = psutil.Process(app.process.pid)
    tasks = [asyncio.create_task(viewer.watch()) for viewer in viewers]
    await asyncio.sleep(3)
    wall, before = time.monotonic(), web.cpu_times()
    await asyncio.sleep(seconds)
    after, lasted = web.cpu_times(), time.monotonic() - wall
    await asyncio.to_thread(store.request_stop, OWNER, run.id)
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    return float((after.user + after.system - before.user - before.system) / lasted)


def complete(viewer: Viewer, history: History) -> bool:
    """Whether the viewer has every point that there is, in its order, up to the last batch."""
    last = history.waiting[-1][0] if history.waiting else None
    middle = None if last is None else (history.waiting[0][0] + last) / 2
    return (viewer.batches == history.batches and viewer.rows == history.epochs
            and (viewer.tail[0] if viewer.tail else None) == middle)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as app:
        store = Store(home=app.home)
        run = begin(store)
        alone = asyncio.run(measure(app, store, run, [], given.seconds / 6))
        run = begin(store)
        viewers = [Viewer(app.port, store.share(OWNER, run.id)) for _viewer in range(given.viewers)]
        share = asyncio.run(measure(app, store, run, viewers, given.seconds))
        history = History()
        history.add(store.events(OWNER, run.id))
    waits = sorted(wait for viewer in viewers for wait in viewer.waits)
    whole = sum(complete(viewer, history) for viewer in viewers)
    began = history.began or {}
    print(f"{given.viewers} viewers, {given.seconds:.0f} s, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"web process: {share:.1%} of one core; with nobody watching {alone:.1%}")
    print(f"answers: {len(waits):,}, median {statistics.median(waits) * 1000:.1f} ms, "
          f"99% within {waits[int(len(waits) * 0.99)] * 1000:.0f} ms, "
          f"{statistics.mean(viewer.size for viewer in viewers) / 1000:.0f} kB for each viewer")
    print(f"curve complete: {whole} of {given.viewers} (epochs {history.epoch} of {began.get('epochs')}, "
          f"rows {len(history.batches['step']):,} of {history.stride} batches)")


if __name__ == "__main__":
    main()
