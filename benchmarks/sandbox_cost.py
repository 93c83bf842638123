"""What the sandbox costs a training: the same training inside and outside, an epoch of one after an epoch of the other.

Both are processes of their own that train with `lib.training.fit`. While one trains its epoch, with validation, the
other rests, so that whatever else the machine does meets both alike; the first epochs, which compile, are left out.
The one inside writes every event to its pipe, as it does for the worker; the one outside tells nobody. A ratio is the
median over the rounds of the time inside by that outside. Beside it stands the same of the CPU time of the process,
which other programs disturb less.

    .venv/bin/python benchmarks/sandbox_cost.py [--rounds 11] [--model mnist-convnet]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib.sandbox.enter import Plan, enter
from lib.sandbox.launch import FILE_BYTES, FILES, MEMORY, SCRATCH, THREADS
from lib.sandbox.start import SURROUNDINGS

WARM: Final = 2
"""Epochs that are not counted."""
IMAGES: Final = 2048
USER: Final = 61_190 if os.geteuid() == 0 else None
"""Whom root becomes inside."""


class Turn(NamedTuple):
    """An epoch: seconds, and seconds of CPU."""

    seconds: float
    cpu: float


def main() -> None:
    """Measure, and print a table; or be one of the two processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--model", default="mnist-convnet")
    parser.add_argument("--train", choices=("inside", "outside"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.train:
        _train(given.model, given.rounds + WARM, given.train == "inside")
        return
    with tempfile.TemporaryDirectory() as home:
        both = {name: _started(given, name, Path(home) / name) for name in ("outside", "inside")}
        turns: dict[str, list[Turn]] = {name: [] for name in both}
        for _round in range(given.rounds + WARM):
            for name, process in both.items():
                turns[name].append(_turn(process))
        for process in both.values():
            process.communicate()
    _print({name: found[WARM:] for name, found in turns.items()})


def _started(given: argparse.Namespace, name: str, folder: Path) -> subprocess.Popen[str]:
    (folder / SCRATCH).mkdir(parents=True)
    if USER and name == "inside":
        for path in (folder, folder / SCRATCH):
            os.chown(path, USER, USER)
    command = [sys.executable, "-B", str(Path(__file__).resolve()), "--train", name, "--model", given.model, "--rounds",
               str(given.rounds)]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)


def _turn(process: subprocess.Popen[str]) -> Turn:
    assert process.stdin
    assert process.stdout
    process.stdin.write("go\n")
    process.stdin.flush()
    for line in process.stdout:
        told = json.loads(line)
        if "seconds" in told:
            return Turn(told["seconds"], told["cpu"])
    raise RuntimeError("a training has ended early")


def _train(model: str, epochs: int, inside: bool) -> None:
    if inside:
        enter(Plan(USER, MEMORY, 3600, FILE_BYTES, FILES, THREADS + (0 if USER else 4096), (), os.getppid()))
    os.environ.update(SURROUNDINGS)
    from lib.arch import presets
    from lib.training.fit import train
    from lib.training.recipe import Recipe
    from lib.training.run import RunSpec

    began = [0.0, 0.0]

    def emit(event: dict[str, Any]) -> None:
        if inside:
            print(json.dumps({"event": event}, default=lambda value: value.tolist()), flush=True)
        if event["kind"] == "epoch":
            spent = {"seconds": time.perf_counter() - began[0], "cpu": time.process_time() - began[1]}
            print(json.dumps(spent), flush=True)
        if event["kind"] in ("begin", "epoch"):
            sys.stdin.readline()
            began[:] = time.perf_counter(), time.process_time()

    recipe = Recipe(data="mnist", train_images=IMAGES, epochs=epochs)
    run = RunSpec("0" * 32, "", presets.load(model), recipe, Path())
    train(run, emit, lambda: None, lambda _step, _write, _state: None, lambda: "")


def _print(turns: dict[str, list[Turn]]) -> None:
    inside, outside = turns["inside"], turns["outside"]
    print(f"{'epoch':>8} {'outside':>9} {'inside':>9} {'ratio':>7} {'of CPU':>7}")
    for number, (one, two) in enumerate(zip(outside, inside, strict=True), 1):
        print(f"{number:8} {one.seconds:8.2f}s {two.seconds:8.2f}s {two.seconds / one.seconds:7.3f} "
              f"{two.cpu / one.cpu:7.3f}")
    ratio = statistics.median(two.seconds / one.seconds for one, two in zip(outside, inside, strict=True))
    cpu = statistics.median(two.cpu / one.cpu for one, two in zip(outside, inside, strict=True))
    print(f"  median {' ':19} {ratio:7.3f} {cpu:7.3f}")


if __name__ == "__main__":
    main()
