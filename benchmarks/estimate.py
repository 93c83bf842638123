"""What trainings take against what was said before: `python -m benchmarks.estimate`.

Each network trains one epoch in a process of its own. Printed are the peak of its memory and its seconds, each with
the range that `lib.training.estimate` gives, and whether it lies inside.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from lib.arch import presets
from lib.training.estimate import Estimate, estimate
from lib.training.recipe import Recipe

CASES = (
    ("mlp", 32), ("lenet5", 32), ("lenet5", 1024), ("mnist-convnet", 128), ("all-convolutional", 256),
    ("mini-inception", 256), ("mini-resnet", 32), ("mini-resnet", 1024), ("mini-xception", 128),
)
IMAGES = 5000
TRAINING = """
import json, resource, sys, tempfile, time
from pathlib import Path
from lib.arch import presets
from lib.training import job
from lib.training.fit import RunSpec, train
from lib.training.recipe import Recipe
job.warm_up()
recipe = Recipe.from_json(sys.argv[2])
run = RunSpec("run", "run", presets.load(sys.argv[1]), recipe, Path(tempfile.mkdtemp()))
began = time.monotonic()
train(run, lambda event: None, lambda: None, lambda *given: None, lambda: "")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([peak, time.monotonic() - began]))
"""


def trained(name: str, recipe: Recipe) -> tuple[int, float]:
    """Peak memory in bytes and seconds of one training."""
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, name, recipe.to_json()], capture_output=True, text=True, check=True,
        env={**os.environ, "BLOCKYARD_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    memory, seconds = json.loads(done.stdout.strip().splitlines()[-1])
    return int(memory), float(seconds)


def shown(said: Estimate, memory: int, seconds: float) -> str:
    """One line of what was and what was said."""
    inside = said.memory[0] <= memory <= said.memory[1], said.seconds[0] <= seconds <= said.seconds[1]
    low, high = (bytes_ / 2**20 for bytes_ in said.memory)
    return (
        f"{memory / 2**20:8.0f} MiB of {low:5.0f} to {high:5.0f} {'' if inside[0] else '(outside)':10}"
        f"{seconds:7.1f} s of {said.seconds[0]:5.1f} to {said.seconds[1]:6.1f} {'' if inside[1] else '(outside)'}"
    )


def main() -> None:
    """Print one line for each network and batch size."""
    for name, batch in CASES:
        recipe = Recipe(epochs=1, batch_size=batch)
        said = estimate(presets.load(name), recipe, IMAGES)
        print(f"{name:20}{batch:6}{shown(said, *trained(name, recipe))}", flush=True)


if __name__ == "__main__":
    main()
