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

from lib.formula import Batch, Checked, Tensor, to_python
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
