"""A class at work: 30 owners queue 60 trainings at once, again and again, and each looks at its page all the time.

The server, its pages, the supervisor, the workers and the trainings are the real ones. Every place in line that a page
tells has to be right, owners have to be served in turn, no training may be lost, no limit passed, and the memory of the
web process and of the supervisor has to stay as it is.

    .venv/bin/python benchmarks/soak.py [--minutes 10] [--owners 30] [--workers 2] [--epochs 12] [--port 8731]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import psutil

from benchmarks.kills import start_web
from benchmarks.soak_pages import Page
from benchmarks.soak_turns import EACH, faults, submit_all
from lib.arch import analyse, presets
from lib.owner import new_owner, signed
from lib.runs import supervisor
from lib.runs.overview import drain
from lib.runs.processes import python
from lib.runs.store import Store
from lib.settings import settings
from lib.training.recipe import Recipe

POLL = 0.2
MINUTE = 60.0
PATIENCE = 180.0
"""Seconds without any change of state after which a training is stuck."""
MOST_GROWTH = 1.0
"""Megabytes a minute that are still called flat, over the second half."""


def training(store: Store, epochs: int) -> Callable[[str, int], str]:
    """What queues one real training of so many epochs."""
    network = presets.load("lenet5")
    recipe = Recipe(epochs=epochs, train_images=1000, batch_size=32).to_json()
    parameters = analyse(network).total.parameters
    return lambda owner, number: store.submit(owner, f"run {number + 1}", network.to_json(), recipe, parameters)


async def wave(store: Store, pages: Sequence[Page], epochs: int) -> list[str]:
    """All queue their runs at once and look at them until the last is over; returns what was wrong."""
    owners = {page.owner: page for page in pages}
    own = await asyncio.to_thread(submit_all, store, list(owners), training(store, epochs))
    ids = [run_id for runs in own.values() for run_id in runs]
    place = {run_id: store.queue_position(None, run_id) or 0 for run_id in ids}
    for owner, page in owners.items():
        await page.show(own[owner][0])
    await until(pages, lambda: all(own[owner][0] in page.places for owner, page in owners.items()))
    problems = [f"a page tells place {page.places[own[owner][0]][-1]} and not {place[own[owner][0]]}"
                for owner, page in owners.items() if page.places[own[owner][0]][-1] != place[own[owner][0]]]
    drain(store, False)
    await see_to_the_end(store, owners, own)
    problems += faults(store, sorted(ids, key=place.__getitem__), settings().owner_running)
    for page in pages:
        problems += [f"a page told a place further back: {told}" for told in page.places.values()
                     if any(before < after for before, after in pairwise(told))]
        problems += [f"a page shows {trouble}" for trouble in page.troubles]
    return problems


async def see_to_the_end(store: Store, owners: dict[str, Page], own: dict[str, list[str]]) -> None:
    """Each page goes on to the next run of its owner when it has shown the end of one, until all have ended."""
    left = {owner: list(runs) for owner, runs in own.items()}
    before, changed = [""], time.monotonic()
    while any(left.values()):
        await asyncio.sleep(POLL)
        for owner, page in owners.items():
            if left[owner] and page.states.get(left[owner][0], [""])[-1] in ("Finished", "Failed", "Stopped"):
                left[owner].pop(0)
                if left[owner]:
                    await page.show(left[owner][0])
        now = [told[-1] for page in owners.values() for told in page.states.values()]
        if now != before:
            before, changed = now, time.monotonic()
        if time.monotonic() - changed > PATIENCE:
            raise SystemExit(f"stuck: {supervisor.status()}")
        check_lines(owners.values())


async def until(pages: Sequence[Page], condition: Callable[[], bool]) -> None:
    """Wait for `condition`."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("the pages do not answer")
        check_lines(pages)
        await asyncio.sleep(POLL)


def check_lines(pages: Iterable[Page]) -> None:
    """End the benchmark where the server has hung up."""
    for page in pages:
        if page.closed:
            raise SystemExit(f"a page has lost its server: {page.ending}")


async def measure(web: int, pages: Sequence[Page], sizes: list[tuple[float, float]]) -> None:
    """Print once a minute what the processes take and how quickly the pages answer."""
    process = psutil.Process(web)
    print(f"{'minute':>6}{'web MB':>9}{'supervisor MB':>15}{'web CPU':>9}{'answers':>9}{'median':>9}{'99th':>8}")
    while True:
        told = [len(page.delays) for page in pages]
        process.cpu_percent()
        await asyncio.sleep(MINUTE)
        keeper = supervisor.status().pid
        sizes.append((megabytes(web), megabytes(keeper) if keeper else 0.0))
        new = sorted(delay for page, count in zip(pages, told, strict=True) for delay in page.delays[count:]) or [0.0]
        print(f"{len(sizes):6}{sizes[-1][0]:9.1f}{sizes[-1][1]:15.1f}{process.cpu_percent():8.0f}%{len(new):9}"
              f"{statistics.median(new) * 1000:6.0f} ms{new[len(new) * 99 // 100] * 1000:5.0f} ms", flush=True)


def megabytes(pid: int) -> float:
    """Resident memory."""
    return psutil.Process(pid).memory_info().rss / 1e6


async def soak(minutes: float, owners: int, epochs: int, port: int) -> list[str]:
    """As many waves of trainings as there is time for; returns what was wrong."""
    store, waves, took = Store(), 0, 0.0
    sizes: list[tuple[float, float]] = []
    problems: list[str] = []
    web = start_web(python("-m", "lib.launch"), port)
    pages = [Page(owner, signed(owner, store.home)) for owner in (new_owner() for _owner in range(owners))]
    try:
        await asyncio.gather(*(page.open(port) for page in pages))
        clock, end = asyncio.create_task(measure(web.pid, pages, sizes)), time.monotonic() + minutes * MINUTE
        while (began := time.monotonic()) + took < end and not problems:
            problems = await wave(store, pages, epochs)
            waves, took = waves + 1, time.monotonic() - began
        await asyncio.sleep(end - time.monotonic() if not problems else 0)
        clock.cancel()
    finally:
        await asyncio.gather(*(page.close() for page in pages))
        web.terminate()
        web.wait()
    print(f"{waves} times {owners * EACH} trainings of {owners} owners")
    return problems + growth(sizes)


def growth(sizes: Sequence[tuple[float, float]]) -> list[str]:
    """Say how much the memory grew; what grew too fast, one line each."""
    found = []
    for number, name in enumerate(("web process", "supervisor")):
        values = [both[number] for both in sizes]
        half = values[len(values) // 2:]
        slope = float(np.polyfit(range(len(half)), half, 1)[0]) if len(half) > 1 else 0.0
        print(f"{name}: first {values[0]:.1f} MB, last {values[-1]:.1f} MB, {slope:+.2f} MB a minute in the second half"
              if values else f"{name}: too short to tell")
        if slope > MOST_GROWTH:
            found.append(f"the memory of the {name} grows")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--owners", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--port", type=int, default=8731)
    given = parser.parse_args()
    # Told to end, it takes along what it has started.
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit(1))
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(BLOCKYARD_HOME=home, BLOCKYARD_DATA=f"{home}/data", KERAS_HOME=f"{home}/keras",
                          BLOCKYARD_OFFLINE="1", BLOCKYARD_WORKERS=str(given.workers), BLOCKYARD_OWNER_RUNNING="1",
                          STREAMLIT_SERVER_HEADLESS="true", LANG="C.UTF-8")
        try:
            problems = asyncio.run(soak(given.minutes, given.owners, given.epochs, given.port))
        finally:
            supervisor.stop()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("\n".join(problems) or "all were served in turn, none was lost, every place was right")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
