"""The pictures: an activation with the derivative that Keras trains with, a loss over what is predicted."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from lib.formula import FormulaError, parse
from lib.own.curves import activation_curve, loss_curve

TWINS = {
    "x * tanh(softplus(x))": "mish", "x * sigmoid(x)": "silu", "where(x > 0, x, 0.2 * x)": "leaky_relu",
    "where(x > 0, x, exp(x) - 1)": "elu", "clip(x + 3, 0, 6) / 6": "hard_sigmoid", "x / (1 + abs(x))": "softsign",
    "0.5 * x * (1 + tf.math.erf(x / sqrt(2)))": "gelu",
}  # fmt: skip


@pytest.mark.parametrize("formula", TWINS)
def test_an_activation_and_its_derivative_are_those_of_keras(formula: str) -> None:
    curve = activation_curve(parse(formula), 8, -4.97, 5.03)
    assert curve is not None
    assert curve.channels == 1
    x = tf.constant(curve.x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = keras.activations.get(TWINS[formula])(x)
    np.testing.assert_allclose(curve.y, y, atol=1e-5)
    np.testing.assert_allclose(curve.slope, tape.gradient(y, x), atol=1e-5)


def test_what_mixes_channels_is_drawn_for_the_first_one() -> None:
    curve = activation_curve(parse("softmax(x)"), 3, -2, 2, 5)
    assert curve is not None
    assert curve.channels == 3
    np.testing.assert_allclose(curve.y, np.exp(curve.x) / (np.exp(curve.x) + 2))
    np.testing.assert_allclose(curve.slope, curve.y * (1 - curve.y))


def test_steps_have_no_slope_and_what_is_not_finite_is_left_out() -> None:
    curve = activation_curve(parse("stop_gradient(x) + round(x)"), 1, -2, 2, 9)
    assert curve is not None
    assert not curve.slope.any()
    curve = activation_curve(parse("log(x)"), 1, -1, 1, 3)
    assert curve is not None
    assert np.isnan(curve.y).tolist() == [True, True, False]


def test_a_picture_that_would_cost_too_much_is_not_drawn() -> None:
    assert activation_curve(parse("\n".join(f"h{n} = x + {n}" for n in range(30)) + "\nx + sum(h9 + h8, axis=-1, "
                                  "keepdims=True)"), 16, -1, 1, 20_000) is None
    assert loss_curve(parse("mean(square(y_true[:, :, None] - y_pred[:, None, :]))"), 1500) is None


@pytest.mark.parametrize(("formula", "loss"), [
    ("mean(square(y_true - y_pred))", keras.losses.MeanSquaredError()),
    ("binary_crossentropy(y_true, y_pred)", keras.losses.BinaryCrossentropy()),
    ("-mean(y_true * log(y_pred) + (1 - y_true) * log(1 - y_pred), axis=-1)", keras.losses.BinaryCrossentropy()),
])  # fmt: skip
def test_a_loss_of_one_output_is_that_of_keras(formula: str, loss: keras.losses.Loss) -> None:
    curve = loss_curve(parse(formula), 1, 7)
    assert curve is not None
    assert curve.wrong is not None
    for truth, drawn in ((1.0, curve.right), (0.0, curve.wrong)):
        wanted = [float(loss(np.array([[truth]]), np.array([[p]]))) for p in curve.p]
        np.testing.assert_allclose(drawn, wanted, atol=1e-5)


def test_a_loss_of_several_classes_spreads_the_rest_over_the_others() -> None:
    curve = loss_curve(parse("-sum(y_true * log(y_pred), axis=-1) + y_pred[:, 1]"), 4, 3)
    assert curve is not None
    assert curve.wrong is None
    np.testing.assert_allclose(curve.right, -np.log(curve.p) + (1 - curve.p) / 3)


def test_what_cannot_be_computed_is_refused() -> None:
    with pytest.raises(FormulaError):
        loss_curve(parse("y_pred[:, 3]"), 2)
