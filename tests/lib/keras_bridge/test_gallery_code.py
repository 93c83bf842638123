"""The code of every network of the gallery with less than five million parameters, executed in both styles."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras.src.initializers.random_initializers import VarianceScaling

from lib.arch import analyse, gallery
from lib.arch.code import Style
from lib.arch.code.lines import LONGEST_NOTED
from lib.arch.export import code
from lib.keras_bridge import build
from tests.lib.arch.executed import assert_same_model

MOST = 5_000_000
SMALL = [name for name, entry in gallery.ENTRIES.items() if analyse(entry.architecture).total.parameters < MOST]


@pytest.fixture
def cheap_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights begin as zeros, for most of the time would go into chance; `filled` then gives them other values."""
    zeros = keras.initializers.Zeros()
    monkeypatch.setattr(VarianceScaling, "__call__", lambda _self, shape, dtype=None, **_: zeros(shape, dtype))


def filled(model: keras.Model) -> keras.Model:
    """The model with values in all of its weights, of which none is the same as another."""
    random = np.random.default_rng(0)
    values: list[Any] = [
        random.uniform(0.5, 1, w.shape) if len(w.shape) == 1 else random.uniform(-0.1, 0.1, w.shape)
        for w in model.weights
    ]
    model.set_weights(values)
    return model


@pytest.mark.slow
@pytest.mark.usefixtures("cheap_weights")
@pytest.mark.parametrize("name", SMALL)
def test_the_code_builds_the_network(name: str) -> None:
    entry = gallery.get(name)
    network = entry.for_images((32, 32, 3), 10) or entry.architecture
    ours = filled(build(network))
    assert_same_model(network, "functional", ours)
    assert_same_model(network, "subclass", ours)


def test_the_code_of_deep_networks_is_short() -> None:
    assert len(code(gallery.get("resnet110-cifar").architecture, "functional")) < 120
    assert len(code(gallery.get("resnet152").architecture, "subclass")) < 200


@pytest.mark.parametrize("style", ["functional", "subclass"])
def test_no_line_of_the_code_is_too_long_to_be_read(style: Style) -> None:
    for entry in gallery.ENTRIES.values():
        assert max(len(line.text) for line in code(entry.architecture, style)) <= LONGEST_NOTED, entry.name
