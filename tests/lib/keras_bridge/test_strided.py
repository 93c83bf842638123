"""Convolutions of one position with strides: the values of Keras's layers, and trainings that live."""

import subprocess

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.arch import CATALOGUE, Architecture, Node
from lib.arch.block import Call
from lib.keras_bridge import build
from lib.keras_bridge.build import make
from lib.runs.processes import environment, python

NAMES = [
    "Conv1D", "Conv2D", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D",
    "Conv1DTranspose", "Conv2DTranspose",
]  # fmt: skip
EQUAL_STRIDES = ("DepthwiseConv2D", "SeparableConv2D")
TRAINS = """
import sys, tensorflow as tf
from lib.arch.block import Call
from lib.keras_bridge.build import make

for name, strides in zip(sys.argv[1::2], map(eval, sys.argv[2::2])):
    filters = {} if "Depthwise" in name else {"filters": 1}
    for step in range(60):
        layer = make(Call(f"layers.{name}", {**filters, "kernel_size": 1, "strides": strides}))
        images = tf.Variable(tf.random.normal((1, 56, 56, 1) if "2D" in name else (32, 56, 1)))
        with tf.GradientTape() as tape:
            answer = tf.reduce_sum(layer(images))
        tape.gradient(answer, [images, *layer.trainable_variables])
"""


@pytest.mark.slow
def test_gradients_do_not_end_the_process() -> None:
    """Each of them did, in most of the processes that trained it as Keras computes it."""
    strides = [(name, "(1, 2)" if "2D" in name and name not in EQUAL_STRIDES else "2") for name in NAMES]
    arguments = [word for pair in strides for word in pair]
    subprocess.run(python("-c", TRAINS, *arguments), env=environment(), check=True, capture_output=True)


@settings(max_examples=60)
@given(data=st.data(), name=st.sampled_from(NAMES))
def test_the_values_are_those_of_keras(data: st.DataObject, name: str) -> None:
    dimensions = 1 + ("2D" in name)
    strides = data.draw(st.tuples(*[st.integers(1, 3)] * dimensions))
    if name in EQUAL_STRIDES:
        strides = strides[:1] * dimensions
    arguments = {
        "kernel_size": (1,) * dimensions, "strides": strides, "activation": "tanh",
        "padding": data.draw(st.sampled_from(["valid", "same"])), "use_bias": data.draw(st.booleans()),
    }  # fmt: skip
    if "Depthwise" not in name:
        arguments["filters"] = data.draw(st.integers(1, 3))
    if "Transpose" in name and data.draw(st.booleans()):
        arguments["output_padding"] = tuple(data.draw(st.integers(0, stride - 1)) for stride in strides)
    ours, keras_own = make(Call(f"layers.{name}", arguments)), getattr(keras.layers, name)(**arguments)
    shape = data.draw(st.tuples(*[st.integers(1, 7)] * dimensions, st.integers(1, 3)))
    images = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    expected = keras_own(images)
    ours.build(images.shape)
    ours.set_weights(keras_own.get_weights())
    assert ours(images).shape == expected.shape
    np.testing.assert_allclose(ours(images), expected, rtol=1e-5, atol=1e-6)
    assert ours.get_config() | {"name": ""} == keras_own.get_config() | {"name": ""}


@pytest.mark.parametrize("name", NAMES)
def test_sizes_may_be_free(name: str) -> None:
    filters = {} if "Depthwise" in name else {"filters": 3}
    block = CATALOGUE[name].model_validate({"kernel_size": 1, "strides": 2} | filters)
    shape = (None, None, 2) if "2D" in name else (None, 2)
    model = build(Architecture({"input": shape}, (Node("n", block, ("input",)),), {"out": "n"}))
    answer = model.predict(np.ones((2, *(size or 5 for size in shape))), verbose=0)
    assert set(answer.shape[1:-1]) == {10 if "Transpose" in name else 3}
