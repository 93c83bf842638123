"""Pictures are drawn from the numbers that Keras computes: every function, its values and its slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from lib.formula import Checked, check, evaluate, parse, per_example
from lib.formula.expressions import BatchRule
from lib.formula.functions import FUNCTIONS
from lib.own.dual import dual
from lib.own.numbers import NUMPY
from tests.lib.formula import random_formulas

EXAMPLES = {
    "gelu": ["gelu(x)", "tf.nn.gelu(x)"], "elu": ["elu(x)", "elu(x, 0.3)"],
    "leaky_relu": ["leaky_relu(x)", "leaky_relu(x, 0.1)"], "clip": ["clip(x, -0.5, 1)"],
    "power": ["power(abs(x) + 1, 0.7)", "x ** 3", "x ** 0", "(abs(x) + 1) ** -2"],
    "log": ["log(abs(x) + 0.1)"], "log2": ["log2(abs(x) + 0.1)"], "log1p": ["log1p(abs(x))"],
    "sqrt": ["sqrt(abs(x) + 0.1)"], "rsqrt": ["rsqrt(abs(x) + 0.1)"],
    "where": ["where(x > y, x, y ** 2)"], "mod": ["mod(x, abs(y) + 0.5)"],
    "floor_divide": ["x // (abs(y) + 0.5)"], "divide_no_nan": ["divide_no_nan(x, y)", "divide_no_nan(x, relu(y))"],
    "logical_and": ["logical_and(x > 0, y > 0)"], "logical_or": ["logical_or(x > 0, y > 0)"],
    "logical_not": ["logical_not(x > 0)"], "any": ["any(x > 1, axis=-1)"], "all": ["all(x > -1, axis=(1, 2))"],
    "binary_crossentropy": ["binary_crossentropy(sigmoid(x), sigmoid(y))",
                            "binary_crossentropy(sigmoid(x), y, from_logits=True)"],
    "categorical_crossentropy": ["categorical_crossentropy(softmax(x), abs(y) + 0.1)",
                                 "categorical_crossentropy(softmax(x), y, from_logits=True)"],
    "matmul": ["x @ swapaxes(y, 1, 2)"], "dot": ["dot(x, w)"],
    "concatenate": ["concatenate([x, y], axis=-1)"], "stack": ["stack([x, y], axis=1)"],
    "reshape": ["reshape(x, (-1, 12))"], "transpose": ["transpose(x, (0, 2, 1))", "transpose(w) * x[:, 0:1, 0:1]"],
    "swapaxes": ["swapaxes(x, 1, 2)"], "expand_dims": ["expand_dims(x, 1)"],
    "squeeze": ["squeeze(expand_dims(x, 1), 1)"], "ravel": ["ravel(w) * x[:, 0, 0:1]"],
    "max": ["max(x, axis=-1)", "max(x, axis=(1, 2), keepdims=True)"], "normalize": ["normalize(x)", "normalize(x, 1)"],
    "prod": ["prod(x, axis=(1, 2))", "prod(x, axis=1, keepdims=True)"], "flip": ["flip(x, 1)"],
    "cumsum": ["cumsum(x, 1)"], "softmax": ["softmax(x)", "softmax(x, axis=1)"],
    "logsumexp": ["logsumexp(x, axis=(1, 2))", "logsumexp(x, axis=-1, keepdims=True)"],
    "argmax": ["argmax(x, axis=1)"], "argmin": ["argmin(x, axis=-1)"],
}  # fmt: skip
"""Formulas for the functions that are not of one tensor, or of two of one shape."""


def texts() -> list[str]:
    found = []
    for name, function in FUNCTIONS.items():
        tensors = sum(parameter.kind == "tensor" for parameter in function.parameters)
        reduces = any(parameter.kind == "axes" for parameter in function.parameters)
        plain = f"{name}({'x, y' if tensors == 2 else 'x, axis=-1' if reduces else 'x'})"
        found += EXAMPLES.get(name, [plain])
    return found


def numbers(checked: Checked, seed: int, examples: int = 5) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    shapes = {name: tuple(size if isinstance(size, int) else examples for size in tensor.shape)
              for name, tensor in checked.names.items()}
    return {name: chance.normal(size=shape).astype(np.float32) if checked.names[name].dtype == "float"
            else chance.integers(0, 3, size=shape) for name, shape in shapes.items()}


def of_keras(checked: Checked, values: dict[str, Any], weighing: Any) -> tuple[Any, dict[str, Any]]:
    """The result, and the gradients of its sum, each number of it weighed."""
    inputs = {name: tf.constant(value) for name, value in values.items()}
    floats = {name: value for name, value in inputs.items() if value.dtype == tf.float32}
    with tf.GradientTape() as tape:
        tape.watch(list(floats.values()))
        result = ops.convert_to_tensor(evaluate(checked, inputs, ops))
        total = tf.reduce_sum(ops.cast(result, "float32") * weighing(result.shape))
    gradients = tape.gradient(total, floats)
    return result.numpy(), {name: tf.convert_to_tensor(g).numpy() for name, g in gradients.items() if g is not None}


def compare(checked: Checked, seed: int, tolerance: float = 2e-4) -> None:
    """The slope along a direction, weighed, is the gradient of what is weighed, along that direction."""
    values, along = numbers(checked, seed), numbers(checked, seed + 1)

    def weighing(shape: Any) -> Any:
        return np.random.default_rng(seed).normal(size=shape).astype(np.float32)

    wanted, gradients = of_keras(checked, values, weighing)
    mine = {name: dual(value.astype(np.float64), along[name]) if value.dtype == np.float32 else dual(value)
            for name, value in values.items()}
    with np.errstate(all="ignore"):
        found = dual(evaluate(checked, mine, NUMPY))
    assert found.value.shape == wanted.shape == found.slope.shape
    scale = 1 + np.max(np.abs(wanted), initial=0, where=np.isfinite(wanted))
    np.testing.assert_allclose(found.value, wanted, rtol=tolerance, atol=tolerance * scale)
    parts = [gradient * along[name] for name, gradient in gradients.items()]
    scale = 1 + sum(float(np.sum(np.abs(part))) for part in parts)
    ours = float(np.sum(found.slope * weighing(wanted.shape)))
    assert ours == pytest.approx(sum(float(np.sum(part)) for part in parts), abs=10 * tolerance * scale)


def checked_of(text: str, batch: BatchRule = "kept") -> Checked:
    names = {"x": per_example((3, 4)), "y": per_example((3, 4)), **random_formulas.LAYER} | {"x": per_example((3, 4))}
    return check(parse(text), names, batch=batch)


@pytest.mark.parametrize("text", texts())
def test_each_function_is_that_of_keras(text: str) -> None:
    compare(checked_of(text), 3)


def test_every_function_of_the_table_is_there() -> None:
    assert set(FUNCTIONS) <= set(vars(NUMPY))


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from(["kept", "free"]))
def test_formulas_of_chance_are_those_of_keras(seed: int, batch: BatchRule) -> None:
    compare(random_formulas.accepted(seed, batch=batch, smooth=True), seed % 1000, 1e-3)
