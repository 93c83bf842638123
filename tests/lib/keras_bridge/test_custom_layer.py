"""Layers of one's own in Keras: equal to the built-in twin, counted before they are built, saved without code."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lib.arch import Architecture, Block, Node, analyse, read_block
from lib.arch.export import model_script
from lib.arch.own_layer import RESERVED, OwnLayer
from lib.errors import UserError
from lib.keras_bridge import build
from lib.keras_bridge.custom_layer import CustomFormulaLayer
from tests.lib.arch.custom_layers import DENSE, custom_layers, layer
from tests.lib.arch.strategies import shapes

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")

ROOT = Path(__file__).resolve().parents[3]
PAIR = {
    "name": "Pair",
    "weights": [
        {"name": "w", "shape": "x2.channels + 2, 2 * rows // 3", "regularizer": {"name": "L2", "l2": 0.1}},
        {"name": "scale", "shape": "", "initializer": "ones", "trainable": False},
        {"name": "b", "shape": "2 * rows // 3", "initializer": {"name": "RandomNormal", "stddev": 0.5}},
    ],
    "numbers": [{"name": "rows", "value": 9}, {"name": "rate", "value": 0.5, "whole": False}],
    "call": "concat([x, x2[..., :1]], axis=-1) @ self.w * scale + self.b * rate",
}


def network(block: Block, *shapes: tuple[int, ...]) -> Architecture:
    inputs = {f"in{number}": shape for number, shape in enumerate(shapes)}
    return Architecture(inputs, (Node("own", block, tuple(inputs)),), {"out": "own"})


def several() -> Architecture:
    """A layer of two inputs, one used twice, one frozen, one inside a network that is repeated."""
    square = {**DENSE, "numbers": [{"name": "units", "value": 6}]}
    inside = network(layer(square), (6,)).to_data()
    nodes = (
        Node("pair", layer(PAIR), ("a", "b")),
        Node("dense", layer(square), ("pair",)),
        Node("again", None, ("dense",), "dense"),
        Node("ice", layer({**square, "name": "Ice"}), ("again",), trainable=False),
        Node("flat", read_block("GlobalAveragePooling1D", {}, "flat"), ("ice",)),
        Node("net", read_block("Model", {"architecture": inside, "repeat": 2}, "net"), ("flat",)),
    )
    return Architecture({"a": (5, 3), "b": (5, 2)}, nodes, {"out": "net"})


def examples(architecture: Architecture, count: int = 5) -> Any:
    chance = np.random.default_rng(0)
    found = [chance.normal(size=(count, *shape)).astype("float32") for shape in architecture.inputs.values()]
    return found if len(found) > 1 else found[0]


@pytest.mark.parametrize("shape", [(7,), (6, 7), (4, 3, 2)])
def test_the_dense_of_the_course_is_dense(shape: tuple[int, ...]) -> None:
    """The same first weights from the same seed, the same answers, the same gradients."""
    ours = build(network(layer(DENSE), shape), seed=3)
    theirs = build(network(read_block("Dense", {"units": 5, "activation": "relu"}, "own"), shape), seed=3)
    x = examples(network(layer(DENSE), shape))
    results, gradients = [], []
    for model in (ours, theirs):
        with tf.GradientTape() as tape:
            results.append(model(x))
            loss = tf.reduce_sum(results[-1] ** 2)
        gradients.append(tape.gradient(loss, model.trainable_variables))
    assert ours.count_params() == theirs.count_params()
    for one, two in zip((*ours.get_weights(), results[0], *gradients[0]), (*theirs.get_weights(), results[1],
                        *gradients[1]), strict=True):  # fmt: skip
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-6)


def test_weights_start_and_are_penalised_as_declared() -> None:
    model = build(network(layer(PAIR), (5, 3), (5, 2)), seed=1)
    own = model.get_layer("own")
    assert [(weight.name, tuple(weight.shape), weight.trainable) for weight in own.weights] == [
        ("w", (4, 6), True), ("b", (6,), True), ("scale", (), False)]  # fmt: skip
    assert float(own.weights[2].numpy()) == 1
    np.testing.assert_allclose(own.losses[0], 0.1 * np.sum(own.weights[0].numpy() ** 2), rtol=1e-5)
    again = build(network(layer(PAIR), (5, 3), (5, 2)), seed=1)
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_everything_is_counted_before_it_is_built(data: st.DataObject) -> None:
    block = data.draw(custom_layers())
    inputs = data.draw(st.lists(shapes, min_size=1, max_size=2))
    architecture = network(block, *inputs)
    analysis = analyse(architecture)
    assume(analysis.complete)
    model = build(architecture)
    assert model.count_params() == analysis.total.parameters
    assert sum(weight.numpy().size for weight in model.trainable_weights) == analysis.total.trainable
    assert tuple(model.output_shape[1:]) == analysis.outputs["out"]
    assert [tuple(weight)[:2] for weight in analysis.layers[0].weights] == [
        (weight.name, tuple(weight.shape)) for weight in model.get_layer("own").weights]  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_gradients_reach_the_weights_that_we_say(data: st.DataObject) -> None:
    block = data.draw(custom_layers())
    architecture = network(block, data.draw(shapes))
    assume(analyse(architecture).complete)
    own = OwnLayer.model_validate(block.config()["layer"])
    unlearned = own.without_gradient(*architecture.inputs.values())
    model, x = build(architecture), examples(architecture)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(x))
    for weight, gradient in zip(model.trainable_weights, tape.gradient(loss, model.trainable_weights), strict=True):
        if weight.name in unlearned:
            assert gradient is None or not np.any(gradient), (own.call, weight.name)
        else:
            assert gradient is not None, (own.call, weight.name)


@pytest.mark.parametrize(("call", "shape", "size"), [
    ("x + w", (3, 3, 1), "3"), ("w + x", (3, 3, 1), "3"), ("x + w", (3, 3, 1), "3, 1"), ("x + w", (3, 4), "4"),
    ("x + mean(x, axis=-1, keepdims=True) + 0 * w", (5,), "5"),
])
def test_sums_match_axes_from_the_last_one_on(call: str, shape: tuple[int, ...], size: str) -> None:
    """Also where the number of examples, or the first axis, is that of the second term."""
    own = {"name": "Own", "weights": [{"name": "w", "shape": size, "initializer": "glorot_normal"}], "call": call}
    architecture = network(layer(own), shape)
    model, x = build(architecture, seed=0), examples(architecture)
    weight = model.get_weights()[0]
    expected = x + weight if "mean" not in call else x + x.mean(axis=-1, keepdims=True)
    assert model.output_shape[1:] == expected.shape[1:] == analyse(architecture).outputs["out"]
    np.testing.assert_allclose(model(x), expected, rtol=1e-5, atol=1e-6)
    names: dict[str, Any] = {}
    exec(model_script(architecture).partition("\nif __name__")[0], names)
    theirs = names["build_model"]()
    theirs.set_weights([weight])
    np.testing.assert_allclose(theirs(x), expected, rtol=1e-5, atol=1e-6)


def test_a_network_learns_through_them() -> None:
    model = build(several(), seed=0)
    model.compile("adam", "mse")
    given_ = examples(several())
    losses = [model.train_on_batch(given_, np.ones((5, 6), "float32")) for _step in range(4)]
    assert losses[3] < losses[0]
    assert not model.get_layer("ice").trainable_weights


def test_it_is_saved_as_text_and_loads_in_safe_mode_in_another_process(tmp_path: Path) -> None:
    model, (a, b) = build(several()), examples(several())
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "given.npz", a=a, b=b, expected=np.asarray(model([a, b])))
    code = """
import keras, numpy as np, sys
import lib.keras_bridge
model = keras.models.load_model(sys.argv[1] + "/model.keras", safe_mode=True)
given = np.load(sys.argv[1] + "/given.npz")
np.testing.assert_allclose(model([given["a"], given["b"]]), given["expected"], rtol=1e-6, atol=1e-6)
assert not model.get_layer("ice").trainable
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True, timeout=300)


@pytest.mark.parametrize("change", [
    {"call": "__import__('os').system('true')"}, {"call": "x.__class__"}, {"call": "open(x)"}, {"call": "x +"},
    {"name": "a b"}, {"weights": [{"name": "w", "shape": "10 ** 9"}]}, {"more": 1}, {"numbers": 3},
    {"weights": [{"name": "w", "shape": "4, 4", "initializer": {"class_name": "Lambda"}}]},
])
def test_a_saved_model_with_another_layer_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path, changed = tmp_path / "model.keras", tmp_path / "changed.keras"
    model = build(network(layer(DENSE), (4,)))
    model.save(path)
    text = model.get_layer("own").layer
    other_text = json.dumps({**json.loads(text), **change})
    with zipfile.ZipFile(path) as saved, zipfile.ZipFile(changed, "w") as other:
        for name in saved.namelist():
            other.writestr(name, saved.read(name).replace(json.dumps(text).encode(), json.dumps(other_text).encode()))
    with pytest.raises((UserError, TypeError, ValueError), match=r"layer\.|line 1"):
        keras.models.load_model(changed)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"call": "x", "call": "y"}', '{"call": NaN}', "3"])
def test_other_text_is_no_layer(text: str) -> None:
    with pytest.raises(UserError):
        CustomFormulaLayer(text)


def test_shapes_that_do_not_fit_are_an_error_of_python() -> None:
    own = CustomFormulaLayer(OwnLayer.model_validate(PAIR).model_dump_json())
    with pytest.raises(ValueError, match=r"weights\.w: line 1, column 1: expected one of"):
        own(np.zeros((2, 3), "float32"))


def test_no_name_of_a_part_is_one_of_a_layer_of_keras() -> None:
    ours = {name for name in vars(keras.layers.Layer()) | vars(keras.layers.Layer) if not name.startswith("_")}
    assert {name for name in dir(keras.layers.Layer()) if not name.startswith("_")} | ours <= RESERVED


def test_the_script_runs_without_us_and_its_own_model_saves_and_loads(tmp_path: Path) -> None:
    model, (a, b) = build(several()), examples(several())
    script = model_script(several())
    assert "lib" not in script.replace("Lib", "").split()
    weights = {f"weight_{number}": weight for number, weight in enumerate(model.get_weights())}
    np.savez(tmp_path / "given.npz", a=a, b=b, expected=np.asarray(model([a, b])), **weights)
    use = """
    import numpy as np
    model = build_model()
    given = np.load("given.npz")
    model.set_weights([given[f"weight_{number}"] for number in range(len(model.weights))])
    inputs = [given["a"], given["b"]]
    np.testing.assert_allclose(model(inputs), given["expected"], rtol=1e-6, atol=1e-6)
    model.save("model.keras")
    again = keras.models.load_model("model.keras")
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert again.get_layer("pair").get_config()["rows"] == 9
    layer = keras.layers.deserialize(keras.layers.serialize(MyDense(units=3)))
    assert layer.compute_output_shape((None, 8, 7)) == (None, 8, 3)
    assert layer(np.zeros((2, 8, 7), "float32")).shape == (2, 8, 3)
    assert "lib" not in __import__("sys").modules
"""
    (tmp_path / "script.py").write_text(script + use, encoding="utf-8")
    subprocess.run([sys.executable, "script.py"], cwd=tmp_path, check=True, timeout=300, capture_output=True)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_exported_layers_give_what_ours_give(data: st.DataObject) -> None:
    architecture = network(data.draw(custom_layers()), *data.draw(st.lists(shapes, min_size=1, max_size=2)))
    assume(analyse(architecture).complete)
    names: dict[str, Any] = {}
    exec(model_script(architecture).partition("\nif __name__")[0], names)
    ours, theirs = build(architecture), names["build_model"]()
    theirs.set_weights(ours.get_weights())
    values = examples(architecture)
    np.testing.assert_allclose(ours(values), theirs(values), rtol=1e-6, atol=1e-6)
    assert theirs.output_shape == ours.output_shape
