"""A network of formulas learns exactly as the built-in one of the same seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.arch import Architecture, Node, read_block
from lib.training.recipe import Recipe
from tests.lib.arch.custom_layers import DENSE
from tests.lib.arch.test_own_activation import MISH


def twins(units: int = 32) -> tuple[Architecture, Architecture]:
    """The same network from formulas and from what is built in."""
    dense = {**DENSE, "numbers": [{"name": "units", "value": units}]}
    conv = {"filters": 4, "kernel_size": 3, "strides": 2}
    ours = {
        "conv": ("Conv2D", {**conv, "activation": MISH}),
        "flat": ("Flatten", {}),
        "hidden": ("CustomLayer", {"layer": dense}),
        "act": ("Lambda", {"formula": "x * ops.tanh(ops.softplus(x))"}),
        "answer": ("Dense", {"units": 10, "activation": {"name": "mine", "formula": "softmax(x)"}}),
    }
    theirs = {
        "conv": ("Conv2D", {**conv, "activation": "mish"}),
        "flat": ("Flatten", {}),
        "hidden": ("Dense", {"units": units, "activation": "relu"}),
        "act": ("Activation", {"activation": "mish"}),
        "answer": ("Dense", {"units": 10, "activation": "softmax"}),
    }
    return chain(ours), chain(theirs)


def chain(blocks: dict[str, tuple[str, dict[str, Any]]]) -> Architecture:
    nodes = tuple(
        Node(name, read_block(kind, config, name), (source,))
        for source, (name, (kind, config)) in zip(["image", *blocks], blocks.items(), strict=False)
    )
    return Architecture({"image": (28, 28, 1)}, nodes, {"answer": "answer"})


def curve(events: list[dict[str, Any]]) -> list[float]:
    """Every loss and accuracy that was reported."""
    batches = [event for event in events if event["kind"] == "batches"]
    found = [value for name in ("loss", "accuracy") for event in batches for value in event[name]]
    return found + [value for event in events if event["kind"] == "epoch" for value in event["logs"].values()]


def test_they_learn_alike_step_by_step(start: Callable[..., Any]) -> None:
    curves = [curve(start(architecture=twin, folder=name)[0]) for name, twin in zip("ab", twins(), strict=True)]
    assert len(curves[0]) > 10
    np.testing.assert_allclose(*curves, atol=1e-4)


def test_an_own_activation_of_the_recipe_learns_as_the_named_one(start: Callable[..., Any]) -> None:
    twin = twins()[1]
    curves = [curve(start(architecture=twin, folder=name, activation=activation)[0])
              for name, activation in (("a", {"name": "own", "formula": "x * sigmoid(x)"}), ("b", "silu"))]  # fmt: skip
    np.testing.assert_allclose(*curves, atol=1e-4)


@pytest.mark.slow
def test_they_learn_the_digits_alike(tmp_path: Path) -> None:
    from lib.training.fit import RunSpec, train

    found = []
    for name, twin in zip("ab", twins(), strict=True):
        events: list[dict[str, Any]] = []
        recipe = Recipe(train_images=2_000, epochs=2, seed=5)
        run = RunSpec("id", name, twin, recipe, tmp_path / name)
        train(run, events.append, lambda: None, lambda *_given: None, lambda: "", lambda: None)
        found.append(events)
    np.testing.assert_allclose(*map(curve, found), atol=1e-4)
    (judged,) = [event for event in found[0] if event["kind"] == "evaluation"]
    assert judged["accuracy"] > 0.8
