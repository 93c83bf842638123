"""The JSON that is written without Keras is what Keras would write: it loads as an equal model, and comes back."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lib.arch import CATALOGUE, Architecture, Node, analyse, palette, presets
from lib.arch.block import Entry
from lib.arch.code.keras_json import strangers
from lib.arch.export import model_script
from lib.arch.import_keras import from_keras
from lib.errors import UserError
from lib.keras_bridge import build
from tests.lib.arch.python_layers import python_layer
from tests.lib.arch.strategies import architectures
from tests.lib.keras_bridge.test_import_keras import assert_same_settings


def config_of(model: keras.Model) -> dict[str, Any]:
    """What Keras says of a model, but for its name."""
    config: dict[str, Any] = json.loads(model.to_json())["config"]
    return {**config, "name": ""}


def assert_goes_there_and_back(architecture: Architecture) -> keras.Model:
    """The JSON gives the model that the bridge gives; read by us, a network that Keras builds equally."""
    written = model_script(architecture, "keras-json")
    ours, loaded = build(architecture), keras.models.model_from_json(written)
    assert config_of(ours) == config_of(loaded)
    read = from_keras(written)
    assert not analyse(read).problems
    assert_same_settings(ours, build(read))
    assert Architecture.from_json(read.to_json()) == read
    return loaded


@pytest.mark.parametrize("entry", [e for family in palette().values() for e in family], ids=lambda e: e.title)
def test_every_block_of_the_palette(entry: Entry) -> None:
    for shape in [(16, 16, 32), (8, 16), (64,), (4, 8, 8, 3)]:
        inputs = {f"in{number}": shape for number in range(entry.block.fewest_inputs)}
        architecture = Architecture(inputs, (Node("n", entry.block, tuple(inputs)),), {"out": "n"})
        if analyse(architecture).complete:
            assert_goes_there_and_back(architecture)
            return
    pytest.fail("no input is fit for it")


@pytest.mark.parametrize("name", presets.names())
def test_presets(name: str) -> None:
    assert_goes_there_and_back(presets.load(name))


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(architectures())
def test_random_architectures(architecture: Architecture) -> None:
    assert_goes_there_and_back(architecture)


def test_the_weights_of_a_run_load_into_it() -> None:
    architecture = presets.load("lenet5")
    ours = build(architecture)
    loaded = keras.models.model_from_json(model_script(architecture, "keras-json"))
    loaded.set_weights(ours.get_weights())
    image = np.ones((1, 28, 28, 1), "float32")
    np.testing.assert_array_equal(ours(image), loaded(image))


def test_what_keras_alone_cannot_load_is_named() -> None:
    assert strangers(presets.load("lenet5")) == ()
    assert strangers(presets.load("same-or-different")) == ("difference",)
    mine = {"activation": {"name": "mine", "formula": "x * 2"}, "units": 2}
    dense = CATALOGUE["Dense"].model_validate(mine)
    node = Node("dense", dense, ("in",))
    architecture = Architecture({"in": (3,)}, (node,), {"out": "dense"}, "a/b c")
    assert strangers(architecture) == ("dense",)
    assert json.loads(model_script(architecture, "keras-json"))["config"]["name"] == "a_b_c"
    assert_goes_there_and_back(architecture)


def test_code_is_never_written_into_it() -> None:
    scale = CATALOGUE["PythonLayer"].model_validate({"layer": python_layer((4,))})
    architecture = Architecture({"in": (4,)}, (Node("scale", scale, ("in",)),), {"out": "scale"})
    with pytest.raises(UserError, match="scale: expected no layer in Python"):
        model_script(architecture, "keras-json")
    assert "class Scale(layers.Layer):" in model_script(architecture, "subclass")
