"""What is said of a training before it starts."""

from __future__ import annotations

import pytest

from lib.arch import Architecture, edit, presets, read_block
from lib.errors import UserError
from lib.training.estimate import Estimate, estimate, too_large
from lib.training.recipe import Recipe

LENET = presets.load("lenet5")


def said(images: int = 5000, speed: float | None = None, **changes: object) -> Estimate:
    return estimate(LENET, Recipe.model_validate({"epochs": 2, **changes}), images, speed)


def test_ranges_are_ranges() -> None:
    for found in (said(), said(speed=2000)):
        assert 0 < found.memory[0] < found.memory[1]
        assert 0 < found.seconds[0] < found.seconds[1]


def test_more_to_do_takes_more() -> None:
    assert said(epochs=20).seconds > said().seconds
    assert said(images=50_000).seconds > said().seconds
    assert said(images=50_000).memory > said().memory
    assert said(batch_size=1024).memory > said().memory
    changed = said(augmentation=[{"name": "RandomRotation"}, {"name": "MixUp"}])
    assert changed.seconds > said().seconds
    assert changed.memory > said().memory
    wider = edit.set_block(LENET, "c5", read_block("Dense", {"units": 4000}, ""))
    assert estimate(wider, Recipe(), 5000).memory > said(epochs=Recipe().epochs).memory


def test_an_earlier_run_narrows_the_range_around_its_time() -> None:
    found = said(images=4000, validation_fraction=0.25, speed=1000)
    # Two epochs of 3,000 images to learn from and 1,000 to judge.
    assert found.seconds[0] < 2 * (3000 + 1000 / 3) / 1000 < found.seconds[1]
    free = said(images=4000, validation_fraction=0.25)
    assert found.seconds[1] / found.seconds[0] < free.seconds[1] / free.seconds[0]


def test_what_cannot_fit_is_refused_with_the_numbers() -> None:
    assert too_large(said(), 8 * 2**30) is None
    with pytest.raises(UserError, match=r"^batch_size: expected a training that fits into the 0\.5 GB .* 0\.8 GB"):
        raise too_large(said(batch_size=1024), 2**29) or AssertionError


def test_free_sizes_are_estimated_by_what_is_known() -> None:
    nodes = (edit.insert(edit.blank((28, 28, 1)), read_block("GlobalAveragePooling2D", {}, ""))).nodes
    free = Architecture({"input": (None, None, 1)}, nodes, {"out": nodes[0].id})
    assert estimate(free, Recipe(), 5000).memory[0] > 0
