"""Augmentation and class weights in an exported script: its curve is that of the run, by Keras's own `fit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.arch import Architecture
from lib.training.augmentation import AUGMENTATIONS
from lib.training.script import training_script
from tests.lib.training.attempts import network, two_outputs
from tests.lib.training.test_script import history_of_run, history_of_script, small
from tests.lib.training.test_tasks import network_for

pytestmark = pytest.mark.filterwarnings("ignore:.*PyDataset:UserWarning")

EVERY: list[dict[str, Any]] = [{"name": name} for name in AUGMENTATIONS]
ALONE = [step for step in EVERY if step["name"] not in ("MixUp", "CutMix")]
OWN = [0.5, 2.0, 1.0, 0.0, 3.0, 1.0, 1.0, 0.25, 1.0, 4.0]


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "fields"), [
    (network(), {"augmentation": EVERY, "class_weight": OWN, "normalization": "standardize",
                 "precision": "mixed_bfloat16"}),
    (network(), {"class_weight": "balanced"}),
    (two_outputs(), {"augmentation": EVERY[-1:], "class_weight": OWN}),
    (network_for("same"), {"augmentation": ALONE, "task": "same"}),
    (network_for("halves"), {"augmentation": ALONE[1:2], "task": "halves"}),
    (network_for("reconstruct"), {"augmentation": ALONE[:3], "task": "reconstruct"}),
])  # fmt: skip
def test_the_curve_is_that_of_the_run(
    architecture: Architecture, fields: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small(train_images=250, inside=False, **fields)
    rows = history_of_run(architecture, recipe, tmp_path / "run")
    history = history_of_script(training_script(architecture, recipe), tmp_path, monkeypatch)
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose([row[name] for row in rows], history[name], rtol=2e-4, atol=2e-4, err_msg=name)
    if len(architecture.outputs) == 1 and recipe.task == "classify":
        np.testing.assert_allclose([row["accuracy"] for row in rows], history["accuracy"], atol=2e-4)
    assert rows[0]["loss"] != pytest.approx(rows[1]["loss"], rel=1e-4)


def test_only_what_is_needed_is_in_the_script() -> None:
    plain = training_script(network(), small())
    assert "augmented" not in plain
    assert "class_weight" not in plain
    flipped = training_script(network(), small(augmentation=EVERY[:1]))
    assert "def flip(" in flipped
    assert "def warp(" not in flipped
