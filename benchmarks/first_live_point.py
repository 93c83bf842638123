"""From the click on Train to the first live point: submit a run to a warm worker and wait for its first batches.

What the page adds is its tick, at most half a second (`components.run_view.QUICK`), and one draw.

    .venv/bin/python benchmarks/first_live_point.py [--times 5] [--preset lenet5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib.arch import analyse, presets
from lib.runs import supervisor
from lib.runs.store import Store
from lib.training.recipe import Recipe

OWNER = "benchmark"
POLL = 0.005
PATIENCE = 180.0
KINDS = ("begin", "batches")


def run_once(store: Store, preset: str) -> dict[str, float]:
    """Seconds from the submit to the first event of each of `KINDS`; the run is stopped then and has ended."""
    architecture = presets.load(preset)
    parameters = analyse(architecture).total.parameters
    started = time.monotonic()
    run_id = store.submit(OWNER, preset, architecture.to_json(), Recipe(epochs=50).to_json(), parameters)
    seen: dict[str, float] = {}
    while "batches" not in seen:
        for event in store.events(OWNER, run_id, kinds=KINDS):
            seen.setdefault(event.kind, time.monotonic() - started)
        check(store, run_id, started)
        time.sleep(POLL)
    store.request_stop(OWNER, run_id)
    asked = time.monotonic()
    while (run := store.run(OWNER, run_id)) is not None and not run.over:
        check(store, run_id, asked)
        time.sleep(POLL)
    return seen | {"stop": time.monotonic() - asked}


def check(store: Store, run_id: str, since: float) -> None:
    """End the benchmark with the reason where a run failed or never came."""
    run = store.run(OWNER, run_id)
    if run is None or run.state in ("failed", "interrupted"):
        raise SystemExit(f"the run did not train: {run.reason if run else 'it is gone'}")
    if time.monotonic() - since > PATIENCE:
        raise SystemExit(f"nothing within {PATIENCE:.0f} s; the run is {run.state}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--preset", default=presets.DEFAULT, choices=presets.names())
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["BLOCKYARD_HOME"] = home
        supervisor.ensure_running()
        try:
            store = Store()
            cold = run_once(store, given.preset)
            warm = [run_once(store, given.preset) for _time in range(given.times)]
        finally:
            supervisor.stop()
    print(f"{given.preset}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; seconds")
    print(f"{'':24}{'cold':>8}{'median':>8}{'worst':>8}")
    for name, label in (("begin", "submit to begin"), ("batches", "submit to first batch"), ("stop", "stop to end")):
        times = [one[name] for one in warm]
        print(f"{label:24}{cold[name]:8.2f}{statistics.median(times):8.2f}{max(times):8.2f}")


if __name__ == "__main__":
    main()
