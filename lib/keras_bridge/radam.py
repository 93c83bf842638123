"""Rectified Adam, which Keras does not carry."""

from __future__ import annotations

from itertools import count
from math import inf, log
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="blockyard")
class RAdam(keras.optimizers.Optimizer):  # type: ignore[misc]  # Keras comes without types
    """Rectified Adam (Liu et al. 2020, "On the Variance of the Adaptive Learning Rate and Beyond", arXiv 1908.03265).

    Algorithm 2 of the paper, with t counted from 1 and g the gradient:

        m = beta_1 m + (1 - beta_1) g,  v = beta_2 v + (1 - beta_2) g^2,  m' = m / (1 - beta_1^t)
        rho_inf = 2 / (1 - beta_2) - 1,  rho = rho_inf - 2 t beta_2^t / (1 - beta_2^t)
        rho > 4:  w -= learning_rate r m' / (sqrt(v / (1 - beta_2^t)) + epsilon)
                  r = sqrt((rho - 4)(rho - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho))
        else:     w -= learning_rate m'

    The `epsilon` in the denominator is Adam's. `weight_decay` is decoupled, as in every optimizer of Keras: the
    weights shrink by learning_rate weight_decay w before each step.

    Args:
        learning_rate: a float or a schedule.
        beta_1: decay of the first moment, at least 0 and below 1.
        beta_2: decay of the second moment, at least 0 and below 1.
        epsilon: keeps the division from reaching zero.
        **kwargs: the rest is that of `keras.optimizers.Optimizer`, with its names and defaults.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        name: str = "radam",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self._first_adaptive = _first_adaptive(beta_2)

    def build(self, variables: list[Any]) -> None:
        """Make the two moments of each of `variables`, of its shape."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move `variable` by one step; `gradient` has its shape."""
        dtype = variable.dtype
        gradient = ops.cast(gradient, dtype)
        index = self._get_variable_index(variable)
        momentum, velocity = self._momentums[index], self._velocities[index]
        self.assign_add(momentum, (gradient - momentum) * (1 - self.beta_1))
        self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - self.beta_2))

        step = ops.cast(self.iterations + 1, dtype)
        seen_1, seen_2 = _seen(self.beta_1, step), _seen(self.beta_2, step)
        adapted = self._rectification(step, seen_2) / (ops.sqrt(velocity / seen_2) + self.epsilon)
        scale = ops.where(step >= self._first_adaptive, adapted, ops.ones_like(adapted))
        self.assign_sub(variable, ops.cast(learning_rate, dtype) * scale * momentum / seen_1)

    def _rectification(self, step: Any, seen_2: Any) -> Any:
        """The term r of the paper; any real number before the first adaptive step, where nobody looks at it."""
        longest = _longest(self.beta_2)
        if longest <= 4:
            return ops.ones_like(step)
        length = ops.maximum(longest - 2 * step * (1 - seen_2) / seen_2, 4)
        return ops.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an equal optimizer from."""
        config: dict[str, Any] = super().get_config()
        return {**config, "beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


def _seen(beta: float, step: Any) -> Any:
    """1 - beta^step, exact also where beta^step is near 1."""
    return -ops.expm1(step * log(beta)) if beta else ops.ones_like(step)


def _longest(beta_2: float) -> float:
    """rho_inf of the paper."""
    return 2 / (1 - beta_2) - 1


def _first_adaptive(beta_2: float) -> float:
    """The first step whose rho is above 4, infinite if there is none.

    rho is the small difference of two large numbers: in float32 it would pass 4 at another step than in the paper.
    """
    longest = _longest(beta_2)
    if longest <= 4:
        return inf
    return next(t for t in count(1) if longest - 2 * t * beta_2**t / (1 - beta_2**t) > 4)
