"""What is left when processes die: real trainings whose worker, supervisor and web process are killed by chance.

The workers end with SIGKILL in the middle of a write, a rename or a transaction (`kills_job`) and at any moment from
outside. Every run has to come to the weights, the curve, the notes and the judgement of one that nobody disturbed.

    .venv/bin/python benchmarks/kills.py [--kills 200] [--supervisors 20] [--web 20] [--port 8721]
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from lib.runs import supervisor
from lib.runs.history import History
from lib.runs.processes import ProcessId, environment, python
from lib.runs.records import Event, Run
from lib.runs.store import Store
from lib.training import checkpoint
from lib.training.recipe import Recipe

OWNER = "kills"
JOB = "benchmarks.kills_job"
POLL = 0.05
PATIENCE = 180.0
"""Seconds without any event after which a run is stuck."""
MOST_REPEATED = 60.0
ARCHITECTURE = """{"format": "blockyard/1", "name": "kills", "inputs": {"image": [28, 28, 1]}, "nodes": [
 {"id": "conv", "block": "Conv2D", "config": {"filters": 4, "kernel_size": 5, "strides": 2}, "inputs": ["image"]},
 {"id": "norm", "block": "BatchNormalization", "inputs": ["conv"]},
 {"id": "relu", "block": "ReLU", "inputs": ["norm"]},
 {"id": "flat", "block": "Flatten", "inputs": ["relu"]},
 {"id": "drop", "block": "Dropout", "config": {"rate": 0.3}, "inputs": ["flat"]},
 {"id": "answer", "block": "Dense", "config": {"units": 10, "activation": "softmax"}, "inputs": ["drop"]}],
 "outputs": {"answer": "answer"}}"""
RECIPE = {
    "batch_size": 8, "epochs": 3, "optimizer": {"name": "RAdam", "learning_rate": 0.002},
    "callbacks": [{"name": "EarlyStopping", "patience": 2}, {"name": "ModelCheckpoint"},
                  {"name": "ReduceLROnPlateau", "patience": 1, "monitor": "loss", "min_delta": 0.3}]}


@dataclass
class Kills:
    """How many of what are to be killed, and how many were."""

    worker: int
    supervisor: int
    web: int
    done: Counter[str] = field(default_factory=Counter)

    def wanted(self) -> list[str]:
        """What is still to be killed, each as often as it is wanted."""
        left = Counter(worker=self.worker, supervisor=self.supervisor, web=self.web) - self.done
        return list(left.elements())


@dataclass
class Told:
    """Every event of a run that the store ever gave."""

    events: dict[int, Event] = field(default_factory=dict)

    def read(self, store: Store, run_id: str) -> int:
        """Take in what is new; returns how much that was."""
        new = store.events(OWNER, run_id, after=max(self.events, default=0))
        self.events |= {event.seq: event for event in new}
        return len(new)


def campaign(kills: Kills, port: int = 0, images: int = 2000) -> list[str]:
    """Train on so many images, kill, and say all that was not as it has to be; the home is that of the settings."""
    store = Store()
    supervisor.ensure_running(job=JOB)
    reference = submit(store, images)
    undisturbed = follow(store, reference, Kills(0, 0, 0), 0)
    (store.home / "kills wanted").write_text(str(kills.worker - kills.worker // 2))
    problems: list[str] = []
    outside = Kills(kills.worker // 2, kills.supervisor, kills.web)
    inside = store.home / "kills"
    while not problems and (outside.wanted() or killed_inside(inside) < kills.worker - kills.worker // 2):
        if port:
            # One that the pages have started knows nothing of the job here.
            supervisor.stop()
        supervisor.ensure_running(job=JOB)
        run_id = submit(store, images)
        told = follow(store, run_id, outside, port)
        problems += differences(store, reference, run_id, undisturbed, told)
        print(f"{dict(outside.done)}, inside {killed_inside(inside)}: {len(problems)} problems", flush=True)
    for what, times in sorted({**outside.done, "worker, inside": killed_inside(inside)}.items()):
        print(f"killed: {what}, {times} times")
    if inside.exists():
        print("inside:", dict(Counter(inside.read_text().splitlines())))
    return problems


def killed_inside(path: Path) -> int:
    """How often a worker has ended itself."""
    return len(path.read_text().splitlines()) if path.exists() else 0


def submit(store: Store, images: int) -> str:
    """Queue the one training that all are."""
    recipe = Recipe.model_validate({**RECIPE, "train_images": images})
    return store.submit(OWNER, "kills", ARCHITECTURE, recipe.to_json(), 5_000)


def follow(store: Store, run_id: str, kills: Kills, port: int) -> Told:
    """Read a run's events until it is over, and kill meanwhile."""
    chance, told = random.SystemRandom(), Told()
    heard = time.monotonic()
    due = heard + chance.uniform(0, 3)
    with web_process(port if kills.web else 0) as web:
        while True:
            run = store.run(OWNER, run_id)
            assert run
            if told.read(store, run_id):
                heard = time.monotonic()
            if run.over:
                told.read(store, run_id)
                return told
            if time.monotonic() - heard > PATIENCE:
                raise SystemExit(f"stuck: {run.state}, attempt {run.attempt}")
            if (wanted := kills.wanted()) and time.monotonic() >= due:
                kill(chance.choice(wanted), run, kills, web)
                due = time.monotonic() + chance.uniform(0, 3)
            supervisor.ensure_running(job=JOB)
            time.sleep(POLL)


def kill(what: str, run: Run, kills: Kills, web: list[subprocess.Popen[bytes]]) -> None:
    """End the process `what` by force, if it is there and may be ended."""
    if what == "worker":
        # A third death without a checkpoint in between would rightly end the run.
        process = ProcessId.parse(run.worker or "")
        if run.state != "running" or run.deaths >= 2 or not process.alive:
            return
        process.signal_group(SIGKILL)
    elif what == "supervisor":
        found = supervisor.status()
        if not found.pid:
            return
        os.kill(found.pid, SIGKILL)
    else:
        web[0].send_signal(SIGKILL)
        web[0].wait()
        web[0] = start_web(web[0].args)
    kills.done[what] += 1


@contextmanager
def web_process(port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The pages at `port`, for as long as this lasts; none where the port is 0."""
    if not port:
        yield []
        return
    web = [start_web(python("-m", "lib.launch"), port)]
    try:
        yield web
    finally:
        web[0].kill()
        web[0].wait()


def start_web(command: Any, port: int = 0) -> subprocess.Popen[bytes]:
    """The web process, when it answers."""
    if port:
        os.environ["BLOCKYARD_PORT"] = str(port)
    address = f"http://127.0.0.1:{os.environ['BLOCKYARD_PORT']}/_stcore/health"
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return process
        time.sleep(POLL)
    raise SystemExit("the pages do not answer")


def differences(store: Store, reference: str, run_id: str, undisturbed: Told, told: Told) -> list[str]:
    """Everything in which a run is not as the one that nobody disturbed, one line each."""
    found = []
    run, other = store.run(OWNER, run_id), store.run(OWNER, reference)
    assert run
    assert other
    if (run.state, run.epoch, run.test_accuracy) != ("finished", other.epoch, other.test_accuracy):
        found.append(f"{run.state}, {run.reason}, {run.epoch} epochs, {run.test_accuracy} of the test")
    if {event.seq: event for event in store.events(OWNER, run_id)} != told.events:
        found.append("an event that the store gave is not there any more, or another")
    if story(told) != story(undisturbed):
        found.append("another curve")
    if arrays(run.folder) != arrays(other.folder):
        found.append("other weights")
    return [f"{run_id}: {problem}" for problem in found + repeated(told)]


def story(told: Told) -> tuple[Any, ...]:
    """The curves, the notes and the judgement as a page shows them."""
    history = History()
    history.add(told.events.values())
    epochs = [{name: value for name, value in row.items() if name != "seconds"} for row in history.epochs]
    return history.batches, history.waiting, epochs, history.notes, history.evaluation


def arrays(folder: Path) -> dict[str, bytes] | None:
    """Every bit of the model, its optimizer and its chance at the end; None without a usable checkpoint."""
    last = checkpoint.load(folder / "checkpoints")
    if last is None:
        return None
    with np.load(last.path / "variables.npz") as file:
        return {name: file[name].tobytes() for name in file.files}


def repeated(told: Told) -> list[str]:
    """Where a run went back further than it may: behind an acknowledged checkpoint, or by too much work."""
    found: list[str] = []
    kept, reached = 0, {0: 0.0}
    for event in told.events.values():
        match event.kind:
            case "checkpoint":
                kept = event.data["step"]
            case "batches":
                reached |= dict.fromkeys(event.data["steps"], event.time)
            case "resume":
                back = event.data["step"]
                if back < kept:
                    found.append(f"went back to batch {back}, though {kept} was kept")
                lost = max(reached.values()) - reached.get(back, 0.0) if back in reached and back else 0.0
                if lost > MOST_REPEATED:
                    found.append(f"{lost:.0f} s of work came again")
                reached = {step: at for step, at in reached.items() if step <= back}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=200, help="of workers; half of them from inside")
    parser.add_argument("--supervisors", type=int, default=20)
    parser.add_argument("--web", type=int, default=20)
    parser.add_argument("--port", type=int, default=8721, help="where the pages that are killed are served")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        os.environ["BLOCKYARD_HOME"] = home
        try:
            problems = campaign(Kills(given.kills, given.supervisors, given.web), given.port)
        finally:
            supervisor.stop()
    print(f"{time.monotonic() - started:.0f} s, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("\n".join(problems) or "every run came to the same end")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
