"""Exported code builds the model that the bridge builds: same layers, same parameters, same outputs."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from lib.arch import CATALOGUE, Architecture, Node, presets
from lib.arch.export import model_function
from lib.errors import UserError
from lib.keras_bridge import build
from lib.keras_bridge.build import make
from tests.lib.arch.strategies import PLAIN, architectures

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")


def executed(source: str) -> keras.Model:
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers, "ops": keras.ops}
    exec(source, names)
    model: keras.Model = names["build_model"]()
    return model


def config_of(layer: keras.Layer) -> dict[str, Any]:
    """What the layer is made from. A formula is text in our layer and a class of its own in exported code."""
    config = unnamed(layer.get_config())
    is_keras = ">" not in keras.saving.get_registered_name(type(layer))
    return config if is_keras else {name: config[name] for name in ("name", "trainable", "dtype")}


def unnamed(config: Any) -> Any:
    """The config without what tells an activation of ours, a text, from the function in exported code."""
    if isinstance(config, dict):
        own = config.get("class_name") in ("FormulaActivation", "function")
        return "own" if own else {name: unnamed(value) for name, value in config.items()}
    return [unnamed(value) for value in config] if isinstance(config, list | tuple) else config


def assert_same_model(one: keras.Model, other: keras.Model) -> None:
    assert [config_of(layer) for layer in one.layers] == [config_of(layer) for layer in other.layers]
    assert [w.path for w in one.weights] == [w.path for w in other.weights]
    other.set_weights(one.get_weights())
    looks_up = any(isinstance(layer, keras.layers.Embedding) for layer in one.layers)
    examples = [np.zeros((2, *i.shape[1:]), "float32") if looks_up else example(i.shape[1:]) for i in one.inputs]
    given = examples if len(examples) > 1 else examples[0]
    answers, others = one(given, training=False), other(given, training=False)
    for answer, same in zip(keras.tree.flatten(answers), keras.tree.flatten(others), strict=True):
        np.testing.assert_allclose(answer, same, rtol=1e-6, atol=1e-6)


def example(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((2, *shape)).astype("float32")


@pytest.mark.parametrize("name", presets.names())
def test_presets(name: str) -> None:
    architecture = presets.load(name)
    assert_same_model(build(architecture), executed(model_function(architecture)))


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(architectures())
def test_random_architectures(architecture: Architecture) -> None:
    assert_same_model(build(architecture), executed(model_function(architecture)))


@pytest.mark.parametrize("kind", PLAIN)
def test_what_is_left_out_are_the_defaults_of_keras(kind: type[Any]) -> None:
    """The code leaves out fields at our defaults, so those have to be Keras's own."""
    block = kind(**kind.first_config)
    layer = type(make(block.keras()))
    given = {name: make(value) for name, value in block.keras().arguments.items()}
    required = {name: value for name, value in given.items() if kind.model_fields[name].is_required()}
    bare = layer(**required, name="same").get_config()
    defaults = {name: kind.model_fields[name].default for name in given if name not in required}
    assert layer(**required, **defaults, name="same").get_config() == bare


def test_names_that_clash_stay_apart() -> None:
    flatten = CATALOGUE["Flatten"]()
    nodes = (
        Node("list", flatten, ("import",)),
        Node("x", flatten, ("class",)),
        Node("both", CATALOGUE["Concatenate"](), ("list", "x")),
    )
    architecture = Architecture({"import": (3,), "class": (2,)}, nodes, {"both": "both", "list": "list"})
    assert_same_model(build(architecture), executed(model_function(architecture)))


def test_a_shared_layer_is_one_object() -> None:
    dense = CATALOGUE["Dense"].model_validate({"units": 3})
    nodes = (Node("tower", dense, ("a",)), Node("again", None, ("b",), "tower"))
    architecture = Architecture({"a": (4,), "b": (4,)}, nodes, {"one": "tower", "two": "again"})
    source = model_function(architecture)
    assert source.count("layers.Dense(") == 1
    assert_same_model(build(architecture), executed(source))


def test_a_mistake_is_said() -> None:
    with pytest.raises(UserError, match="outputs: expected at least one output"):
        model_function(Architecture({"in": (3,)}))
