"""What docs/export.md says of the weights of a run works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib.arch import Architecture, presets
from lib.arch.export import model_function
from lib.keras_bridge import build
from tests.lib.arch.executed import executed
from tests.lib.keras_bridge.test_custom_layer import several

LOAD, BY_NAME, BY_PATH = re.findall(r"```python\n(.*?)```", Path("docs/export.md").read_text(encoding="utf-8"), re.S)


def run(snippet: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **names: Any) -> None:
    monkeypatch.chdir(folder)
    exec(snippet, names)


def trained(architecture: Architecture, folder: Path) -> keras.Model:
    """What a run leaves."""
    model = build(architecture, seed=1)
    model.save(folder / "model.keras")
    return model


def assert_equal_weights(one: keras.Model, other: keras.Model) -> None:
    for mine, theirs in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", ["mini-inception", "same-or-different"])
def test_a_file_loads_into_the_functional_model(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, other = trained(presets.load(name), tmp_path), executed(model_function(presets.load(name)))
    run(LOAD, tmp_path, monkeypatch, build_model=lambda: other)
    assert_equal_weights(model, other)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_layers_of_ones_own_are_taken_over_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, other = trained(several(), tmp_path), executed(model_function(several()))
    run(BY_NAME, tmp_path, monkeypatch, build_model=lambda: other)
    assert_equal_weights(model, other)


def test_a_class_takes_weights_by_their_paths() -> None:
    architecture = presets.load("mini-resnet")
    functional = build(architecture, seed=1)
    model = executed(model_function(architecture, (), "subclass"))
    exec(BY_PATH, {"model": model, "functional": functional})
    image = np.random.default_rng(0).random((1, 28, 28, 1)).astype("float32")
    np.testing.assert_allclose(functional(image), model(image), rtol=1e-5, atol=1e-6)
