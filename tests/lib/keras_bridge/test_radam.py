from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from lib.keras_bridge.radam import RAdam

STEPS = 200


def reference(
    weights: np.ndarray, gradients: np.ndarray, rate: float, beta_1: float, beta_2: float, epsilon: float, decay: float
) -> np.ndarray:
    """Algorithm 2 of the paper in float64, all weights after each step, as its equations stand there."""
    weights = weights.astype(np.float64)
    m, v = np.zeros_like(weights), np.zeros_like(weights)
    rho_inf = 2 / (1 - beta_2) - 1
    path = []
    for t, gradient in enumerate(gradients.astype(np.float64), 1):
        weights = weights - rate * decay * weights
        v = beta_2 * v + (1 - beta_2) * gradient**2
        m = beta_1 * m + (1 - beta_1) * gradient
        m_hat = m / (1 - beta_1**t)
        rho = rho_inf - 2 * t * beta_2**t / (1 - beta_2**t)
        if rho > 4:
            adaptive = 1 / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
            r = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
            weights = weights - rate * r * m_hat * adaptive
        else:
            weights = weights - rate * m_hat
        path.append(weights)
    return np.array(path)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("decay", [None, 0.05])
@pytest.mark.parametrize(
    ("rate", "beta_1", "beta_2"),
    [(0.001, 0.9, 0.999), (0.01, 0.9, 0.9999), (0.01, 0.0, 0.9), (0.003, 0.5, 0.6), (0.003, 0.5, 0.3)],
)
def test_equals_the_paper(rate: float, beta_1: float, beta_2: float, decay: float | None, compiled: bool) -> None:
    random = np.random.default_rng(1)
    start = random.normal(size=(3, 4)).astype("float32")
    gradients = random.normal(size=(STEPS, 3, 4)).astype("float32")
    variable = keras.Variable(start)
    optimizer = RAdam(learning_rate=rate, beta_1=beta_1, beta_2=beta_2, weight_decay=decay)
    optimizer.build([variable])

    def step(gradient: tf.Tensor) -> None:
        optimizer.apply([gradient], [variable])

    if compiled:
        step = tf.function(step, jit_compile=beta_2 == 0.999)
    path = []
    for gradient in gradients:
        step(tf.constant(gradient))
        path.append(keras.ops.convert_to_numpy(variable))
    expected = reference(start, gradients, rate, beta_1, beta_2, 1e-7, decay or 0)
    np.testing.assert_allclose(np.array(path), expected, rtol=1e-5, atol=1e-5)


def test_is_registered() -> None:
    assert keras.saving.get_registered_name(RAdam) == "blockyard>RAdam"


def test_config_round_trip() -> None:
    optimizer = RAdam(learning_rate=0.02, beta_1=0.8, beta_2=0.99, epsilon=1e-5, weight_decay=0.1, clipnorm=2.0)
    again = RAdam.from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()


def test_saved_model_goes_on_where_it_was(tmp_path: Path) -> None:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile(RAdam(0.01), "mse")
    random = np.random.default_rng(0)
    x, y = random.normal(size=(16, 4)).astype("float32"), random.normal(size=(16, 3)).astype("float32")
    model.fit(x, y, epochs=8, verbose=0, shuffle=False)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert isinstance(again.optimizer, RAdam)
    for each in (model, again):
        each.fit(x, y, epochs=2, verbose=0, shuffle=False)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
