"""What Keras writes of a model is read as the same network: every shape, every parameter, every setting."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import keras
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from keras.src.initializers.random_initializers import VarianceScaling

from lib.arch import Architecture, analyse, presets
from lib.arch.blocks.opaque import Opaque
from lib.arch.import_keras import from_keras
from lib.arch.network_file import read_network
from lib.keras_bridge import build
from tests.lib.arch.strategies import architectures
from tests.lib.keras_bridge.test_applications import EVERY


def counts(weights: list[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


def shapes(model: keras.Model, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], tuple[int, ...], int]]:
    """Path, output shape and number of weights of every layer that computes something, those of inner models too."""
    for layer in model.layers:
        path = (*before, re.sub(r"\W", "_", layer.name))
        if isinstance(layer, keras.Model):
            yield from shapes(layer, path)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield path, tuple(layer._inbound_nodes[0].output_tensors[0].shape[1:]), counts(layer.weights)


def assert_as_keras_has_it(model: keras.Model, architecture: Architecture) -> None:
    analysis = analyse(architecture)
    assert not analysis.problems
    total = analysis.total
    assert total.trainable == counts(model.trainable_weights)
    assert total.non_trainable == counts(model.non_trainable_weights)
    ours: dict[tuple[str, ...], tuple[Any, int]] = {}
    for layer in analysis.layers:
        # The one layer of a composite is that composite's.
        ours[layer.path[:1] if layer.path[-1] == "gamma" else layer.path] = (layer.output_shape, layer.cost.parameters)
    for path, shape, size in shapes(model):
        assert ours[path] == (shape, size), path


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_a_network_of_keras_applications_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only shapes matter, and drawing a billion random numbers takes minutes.
    zeros = keras.initializers.Zeros()
    monkeypatch.setattr(VarianceScaling, "__call__", lambda _self, shape, dtype=None, **_: zeros(shape, dtype))
    with keras.StatelessScope():
        model = getattr(keras.applications, name)(weights=None)
    assert_as_keras_has_it(model, from_keras(model.to_json()))


@pytest.mark.parametrize("name", ["MobileNetV2", "Xception"])
def test_a_network_goes_there_and_back(name: str) -> None:
    model = getattr(keras.applications, name)(weights=None, input_shape=(96, 96, 3), classes=10)
    assert_same_settings(model, build(from_keras(model.to_json())))


def settings_of(model: keras.Model) -> Counter[str]:
    """Class and config of every layer and operation, without names."""
    found: Counter[str] = Counter()
    for layer in json.loads(model.to_json())["config"]["layers"]:
        kind = layer["class_name"]
        if kind in ("Functional", "Sequential", "InputLayer") or ".ops" in layer["module"]:
            continue
        config = {key: value for key, value in layer["config"].items() if key not in ("name", "axis")}
        axis = layer["config"].get("axis")
        config["axis"] = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        found[json.dumps([kind, config], sort_keys=True)] += 1
    return found


def assert_same_settings(one: keras.Model, two: keras.Model) -> None:
    assert settings_of(one) == settings_of(two)
    assert [tuple(t.shape) for t in one.outputs] == [tuple(t.shape) for t in two.outputs]
    assert counts(one.trainable_weights) == counts(two.trainable_weights)
    assert one.count_params() == two.count_params()


@pytest.mark.slow
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(architectures())
def test_random_networks_go_there_and_back(architecture: Architecture) -> None:
    model = build(architecture)
    read = from_keras(model.to_json())
    analysis, known = analyse(read), analyse(architecture)
    assert not analysis.problems
    assert (analysis.total.trainable, analysis.total.macs) == (known.total.trainable, known.total.macs)
    assert_same_settings(model, build(read))
    assert Architecture.from_json(read.to_json()) == read


@pytest.mark.parametrize("name", presets.names())
def test_presets_go_there_and_back(name: str) -> None:
    model = build(presets.load(name))
    assert_same_settings(model, build(from_keras(model.to_json())))


def test_shared_layers_models_in_models_and_several_outputs() -> None:
    image = keras.Input((8, 8, 3), name="image")
    inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()], name="tower")
    left, right = keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")
    both = [keras.layers.Add(name="sum")([left, right]), keras.layers.Subtract(name="less")([left, right])]
    pair = keras.Model([left, right], both)
    dense = keras.layers.Dense(3, name="dense")
    one, two = pair([image, image * 0.5])
    three, _four = pair([image, one + 1.0])
    outputs = [dense(inner(one)), dense(inner(two)), keras.layers.Flatten()(three)]
    model = keras.Model(image, outputs)
    read = from_keras(model.to_json())
    analysis = analyse(read)
    assert not analysis.problems, [str(problem) for problem in analysis.problems]
    assert analysis.total.parameters == model.count_params()
    assert list(analysis.outputs.values()) == [(3,), (3,), (192,)]
    assert {node.shares for node in read.nodes} == {None, "dense", "tower", "sum"}
    assert build(read).count_params() == model.count_params()


def test_a_file_of_keras_is_read_without_its_weights(tmp_path: Path) -> None:
    model = build(presets.load("lenet5"))
    model.save(tmp_path / "lenet.keras")
    with (tmp_path / "lenet.keras").open("rb") as file:
        assert_same_settings(model, build(read_network(file)))


@keras.saving.register_keras_serializable(package="elsewhere")
class Dense(keras.layers.Dense):
    """Named as a layer of Keras, and another one."""


def test_what_no_block_says_is_kept_by_its_name() -> None:
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, kernel_constraint="max_norm", name="conv")(image)
    x = keras.layers.Conv3D(2, 1, name="film")(keras.layers.Reshape((6, 6, 4, 1), name="reshape")(x))
    x = Dense(5, name="own")(keras.layers.Flatten(name="flat")(x))
    x = keras.layers.Dense(2, activation=keras.layers.LeakyReLU(), name="leaky")(x)
    x, *_states = keras.layers.LSTM(3, return_state=True, name="lstm")(keras.layers.Reshape((1, 2), name="again")(x))
    read = from_keras(keras.Model(image, keras.ops.mean(x, axis=-1)).to_json())
    opaque = {node.id: node.block for node in read.nodes if isinstance(node.block, Opaque)}
    found = {name: (block.class_name, block.setting) for name, block in opaque.items()}
    assert {name: found[name] for name in ("conv", "film", "own", "leaky", "lstm")} == {
        "conv": ("Conv2D", "kernel_constraint = MaxNorm"),
        "film": ("Conv3D", ""),
        "own": ("Dense", ""),
        "leaky": ("Dense", "activation = LeakyReLU"),
        "lstm": ("LSTM", "return_state = True"),
    }
    assert ("Mean", "") in found.values()
    [problem] = [str(problem) for problem in analyse(read).problems]
    assert problem.startswith("conv: expected a block in the place of Conv2D")
