"""Formulas on real tensors: what the check foretold comes out, and the exported Python gives the same."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from lib.formula import Batch, Checked, Tensor, check, parse, per_example, to_python, weight
from lib.formula.expressions import BatchRule
from lib.formula.function import REQUIRED, TENSORS
from lib.formula.functions import ALIASES, FUNCTIONS
from lib.keras_bridge.formula import compute
from tests.lib.formula.random_formulas import accepted

# What Keras says of a softmax over a single number is true and no concern of these tests.
pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax over axis:UserWarning")

DTYPES = {"float": "float32", "int": "int32", "bool": "bool"}


def drawn(names: Mapping[str, Tensor], batch: int, seed: int = 0) -> dict[str, Any]:
    """A random tensor for each name; weights are variables."""
    chance = np.random.default_rng(seed)
    values: dict[str, Any] = {}
    for name, tensor in names.items():
        shape = real(tensor, batch)
        numbers = chance.normal(size=shape) if tensor.dtype == "float" else chance.integers(0, 5, size=shape)
        value = tf.constant(numbers, DTYPES[tensor.dtype])
        values[name] = value if tensor.per_example else keras.Variable(value)
    return values


def real(tensor: Tensor, batch: int) -> tuple[int, ...]:
    return tuple(size.times * batch if isinstance(size, Batch) else size for size in tensor.shape)


def differences(checked: Checked, values: Mapping[str, Any]) -> dict[str, Any]:
    """The gradient of the sum of the result for each name that has numbers."""
    watched = {name: value.value if isinstance(value, keras.Variable) else value for name, value in values.items()
               if checked.names[name].dtype == "float"}  # fmt: skip
    with tf.GradientTape() as tape:
        for value in watched.values():
            tape.watch(value)
        result = ops.cast(compute(checked, values), "float32")
        return dict(zip(watched, tape.gradient(ops.sum(result), list(watched.values())), strict=True))


class Own:
    """What `self` is in exported code."""


def exported(checked: Checked, values: Mapping[str, Any]) -> Any:
    """What the exported Python gives, run without anything of ours."""
    inputs = [name for name, tensor in checked.names.items() if tensor.per_example]
    own = Own()
    vars(own).update(checked.statics, **{name: value for name, value in values.items() if name not in inputs})
    space: dict[str, Any] = {"ops": ops}
    exec(f"def call(self, {', '.join(inputs)}):\n{to_python(checked, indent='    ')}", space)
    return space["call"](own, *(values[name] for name in inputs))


class Formula(keras.layers.Layer):
    """A layer that computes a formula of x and its weights."""

    def __init__(self, checked: Checked) -> None:
        super().__init__()
        self.checked = checked

    def build(self, _shape: Any) -> None:
        own = {name: tensor for name, tensor in self.checked.names.items() if not tensor.per_example}
        self.own = {name: self.add_weight(shape=tensor.shape, name=name) for name, tensor in own.items()}

    def call(self, x: Any) -> Any:
        return compute(self.checked, {"x": x, **self.own})


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_the_table_is_keras(function: Any) -> None:
    """Names, order and defaults of the arguments are those of `keras.ops`; tensors come first."""
    real = inspect.signature(getattr(ops, function.name)).parameters
    tensors = [parameter for parameter in function.parameters if parameter.kind in TENSORS]
    assert list(function.parameters[: len(tensors)]) == tensors
    assert list(real)[: len(tensors)] == [parameter.name for parameter in tensors]
    for parameter in function.parameters:
        assert parameter.name in real
        if parameter.default is not REQUIRED:
            assert real[parameter.name].default == parameter.default
    needed = {name for name, one in real.items() if one.default is inspect.Parameter.empty}
    assert needed <= {parameter.name for parameter in function.parameters}


def test_no_name_stands_for_two_functions() -> None:
    assert not set(ALIASES) & set(FUNCTIONS)
    assert set(ALIASES.values()) <= set(FUNCTIONS)


@pytest.mark.parametrize("batch_rule", ["kept", "free"])
@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_shape_and_dtype_are_as_foretold(batch_rule: BatchRule, seed: int) -> None:
    checked = accepted(seed, batch=batch_rule)
    for batch in (2, 5):
        result = compute(checked, drawn(checked.names, batch, seed))
        assert tuple(result.shape) == real(checked.result, batch), checked.formula.text
        assert keras.backend.standardize_dtype(result.dtype) == DTYPES[checked.result.dtype], checked.formula.text


@pytest.mark.parametrize("batch_rule", ["kept", "free"])
@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_gradients_flow_where_it_says_so_and_nowhere_else(batch_rule: BatchRule, seed: int) -> None:
    checked = accepted(seed, batch=batch_rule, smooth=True)
    for name, gradient in differences(checked, drawn(checked.names, 3, seed)).items():
        if name in checked.differentiable:
            assert gradient is not None, (name, checked.formula.text)
            assert np.all(np.isfinite(gradient)), (name, checked.formula.text)
        else:
            assert gradient is None or not np.any(gradient), (name, checked.formula.text)


@pytest.mark.parametrize("batch_rule", ["kept", "free"])
@pytest.mark.parametrize("seed", range(100))
def test_exported_python_gives_the_same(batch_rule: BatchRule, seed: int) -> None:
    checked = accepted(seed, batch=batch_rule)
    values = drawn(checked.names, 3, seed)
    ours, theirs = compute(checked, values), exported(checked, values)
    assert ours.dtype == theirs.dtype, to_python(checked)
    np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-6, err_msg=to_python(checked))


@pytest.mark.parametrize("seed", range(20))
def test_in_a_model_whose_batch_is_not_known(seed: int) -> None:
    checked = accepted(seed)
    layer = Formula(checked)
    x = keras.Input((3, 4))
    model = keras.Model(x, layer(x))
    assert model.output_shape == (None, *checked.result.shape[1:]), checked.formula.text
    images = drawn(checked.names, 7, seed)["x"]
    np.testing.assert_allclose(model.predict_on_batch(images), layer(images), rtol=1e-5, atol=1e-5)


def given_by(text: str, batch: BatchRule = "kept", statics: Mapping[str, float] | None = None, **values: Any) -> Any:
    """What a formula gives for these values, of which weights are variables."""
    names = {name: weight(tuple(value.shape)) if isinstance(value, keras.Variable) else per_example(value.shape[1:])
             for name, value in values.items()}  # fmt: skip
    return compute(check(parse(text), names, batch=batch, statics=statics), values)


def test_activations_are_those_of_keras() -> None:
    x = np.random.default_rng(0).normal(size=(50, 8)).astype("float32") * 3
    for text, function in {
        "x * K.tanh(K.softplus(x))": keras.activations.mish,
        "x * sigmoid(x)": keras.activations.silu,
        "where(x > 0, x, exp(x) - 1)": keras.activations.elu,
        "0.5 * x * (1 + tf.math.erf(x / tf.sqrt(2.0)))": keras.activations.gelu,
        "keras.activations.gelu(x)": keras.activations.gelu,
        "tf.nn.gelu(x)": tf.nn.gelu,
        "ops.gelu(x)": ops.gelu,
        "tf.nn.leaky_relu(x, alpha=0.1)": lambda x: tf.nn.leaky_relu(x, alpha=0.1),
    }.items():
        np.testing.assert_allclose(given_by(text, x=x), function(x), rtol=1e-5, atol=1e-6, err_msg=text)


def test_a_dense_layer_is_that_of_keras() -> None:
    dense = keras.layers.Dense(5, activation="relu")
    x = np.random.default_rng(0).normal(size=(9, 7)).astype("float32")
    expected = dense(x)
    text = "relu(tf.matmul(x, self.kernels) + self.bias)"
    np.testing.assert_allclose(given_by(text, x=x, kernels=dense.kernel, bias=dense.bias), expected, atol=1e-6)


def test_weights_are_stacked() -> None:
    checked = check(parse("h = b\nx @ tf.stack([b, h], axis=1)"), {"x": per_example((4,)), "b": weight((4,))})
    values = drawn(checked.names, 3)
    expected = np.repeat(np.array(values["x"]) @ np.array(values["b"])[:, None], 2, axis=1)
    for result in (compute(checked, values), exported(checked, values)):
        np.testing.assert_allclose(result, expected, rtol=1e-5)


PROBABILITIES = "p = clip(y_pred, K.epsilon(), 1 - K.epsilon())\n"


@pytest.mark.parametrize(("text", "loss"), [
    ("K.mean(K.square(y_true - y_pred))", keras.losses.MeanSquaredError()),
    ("K.mean(K.abs(y_true - y_pred))", keras.losses.MeanAbsoluteError()),
    (PROBABILITIES + "-K.mean(y_true * K.log(p) + (1 - y_true) * K.log(1 - p))", keras.losses.BinaryCrossentropy()),
    (PROBABILITIES + "mean(-tf.reduce_sum(y_true * tf.math.log(p), axis=-1))", keras.losses.CategoricalCrossentropy()),
    (PROBABILITIES + "y = y_true * (1 - 0.1) + 0.1 / 4\nmean(-sum(y * log(p), axis=[-1]))",
     keras.losses.CategoricalCrossentropy(label_smoothing=0.1)),
    (PROBABILITIES + "pt = where(y_true > 0.5, p, 1 - p)\nmean(-(1 - pt) ** gamma * log(pt))",
     keras.losses.BinaryFocalCrossentropy(gamma=2.0)),
    ("mean(categorical_crossentropy(y_true, y_pred))", keras.losses.CategoricalCrossentropy()),
    ("mean(K.binary_crossentropy(y_true, y_pred))", keras.losses.BinaryCrossentropy()),
    ("mean(argmax(y_true, axis=-1) == argmax(y_pred, axis=-1))",
     lambda y_true, y_pred: ops.mean(keras.metrics.categorical_accuracy(y_true, y_pred))),
])  # fmt: skip
def test_losses_and_metrics_are_those_of_keras(text: str, loss: Any) -> None:
    chance = np.random.default_rng(0)
    y_true = np.eye(4, dtype="float32")[chance.integers(0, 4, size=20)]
    y_pred = np.array(ops.softmax(chance.normal(size=(20, 4)).astype("float32")))
    ours = given_by(text, "free", {"gamma": 2.0}, y_true=y_true, y_pred=y_pred)
    np.testing.assert_allclose(ours, loss(y_true, y_pred), rtol=1e-5, atol=1e-6)


def test_from_logits() -> None:
    chance = np.random.default_rng(0)
    y_true = chance.integers(0, 2, size=(20, 4)).astype("float32")
    logits = chance.normal(size=(20, 4)).astype("float32")
    ours = given_by("K.mean(K.binary_crossentropy(y_true, y_pred, from_logits=True))", "free", y_true=y_true,
                    y_pred=logits)  # fmt: skip
    np.testing.assert_allclose(ours, keras.losses.BinaryCrossentropy(from_logits=True)(y_true, logits), rtol=1e-5)
