"""A look into a model: what its layers hold and answer on a few images, and how the loss would move them.

It computes on copies of the variables, so that nothing of the model changes: no weight, no statistics, no chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lib.training.looks import Look, short
from lib.training.steps import Images, given

BINS: Final = 24
MOST_LAYERS: Final = 40
WHOLE: Final = 10_000
"""What the counts of a histogram add up to, to rounding."""
_MOST_VALUES: Final = 4096
_MOST_WEIGHTS: Final = 16_384

Values = list[NDArray[Any]]
"""The values of all variables of a model."""


class Seen(NamedTuple):
    """What was seen: `told` as a JSON object, and the `pictures` that the network made, where it makes any."""

    told: dict[str, Any]
    pictures: Images | None


class Probe:
    """Looks into `model` with the same few examples every time; compiled at the first look.

    Args:
        model: functional, with losses whose reduction is the mean.
        look: the examples.

    Attributes:
        layers: those that are looked into, in their order, at most `MOST_LAYERS`.
        left_out: how many more there would be.
    """

    def __init__(self, model: keras.Model, look: Look) -> None:
        found = [layer for layer in model.layers if layer.weights or _is_activation(layer)]
        chosen = sorted({round(place) for place in np.linspace(0, len(found) - 1, min(len(found), MOST_LAYERS))})
        self.layers = [found[place] for place in chosen]
        self.left_out = len(found) - len(chosen)
        self._model, self._examples = model, look
        self._answers = [tf.nest.flatten(layer.output)[0] for layer in self.layers]
        self._inner = keras.Model(model.input, [*model.outputs, *self._answers])
        self._compiled: dict[tuple[int, ...], Any] = {}

    def values(self) -> Values:
        """Copies of all variables as they are now."""
        return _values([*self._inner.trainable_variables, *self._inner.non_trainable_variables])

    def weights(self) -> list[Values]:
        """Copies of what each layer trains, as it is now."""
        return [_values(layer.trainable_weights) for layer in self.layers]

    def __call__(self, values: Values | None = None) -> Seen:
        """What is seen: the `images` that were looked at, `layers`, `left_out`, and what is told of the examples.

        Each layer has its `name`, the histograms of its `weights` and of its `answers`, the norm of the `gradient`
        of what it trains, and `dead`: how many of its units are 0 for every image, and how many units it has; None
        where there is no such thing.

        Args:
            values: of all variables; as they are now where not given.
        """
        values = self.values() if values is None else values
        own = {id(variable): value for variable, value in zip(
            [*self._inner.trainable_variables, *self._inner.non_trainable_variables], values, strict=True)}
        trained = len(self._inner.trainable_variables)
        now = [tf.constant(value) for value in values]
        outputs, samples, most, norms = self._look_now(now[:trained], now[trained:])
        layers = [
            {"name": layer.name, "weights": histogram(_kernels([own[id(each)] for each in layer.weights])),
             "answers": histogram(sample.numpy()), "gradient": short(norm), "dead": _dead(top)}
            for layer, sample, top, norm in zip(self.layers, samples, most, norms, strict=True)]
        told = {"images": len(self._examples.words), "layers": layers, "left_out": self.left_out}
        return Seen({**told, **self._examples.told(outputs)}, self._examples.pictures(outputs))

    def _look_now(self, trained: list[Any], fixed: list[Any]) -> Any:
        """Look; what is compiled for it is another thing when other layers are frozen."""
        learning = tuple(id(variable) for variable in self._inner.trainable_variables)
        if learning not in self._compiled:
            look = tf.function(self._look, autograph=False)
            self._compiled[learning] = look.get_concrete_function(trained, fixed)
        return self._compiled[learning](trained, fixed)

    def _look(self, trained: list[Any], fixed: list[Any]) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            tape.watch(trained)
            answers, _variables, penalties = self._inner.stateless_call(
                trained, fixed, given(self._examples.fed()), training=False, return_losses=True)
            outputs = answers[: len(self._model.outputs)]
            loss = self._examples.loss(outputs) + sum(penalties)
        gradients = tape.gradient(loss, trained, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        of = {id(variable): gradient for variable, gradient in zip(
            self._inner.trainable_variables, gradients, strict=True)}
        inside = answers[len(self._model.outputs):]
        return (outputs, [_some(answer) for answer in inside],
                [_most(layer, answer) for layer, answer in zip(self.layers, inside, strict=True)],
                [_norm([of[id(weight)] for weight in layer.trainable_weights]) for layer in self.layers])


def histogram(values: NDArray[Any]) -> dict[str, Any] | None:
    """Where `values` lie: `low` and `high`, the `counts` of as many bins between as `BINS`, and the share of `zeros`.

    The counts are of the values that are not 0, in ten thousandths of all values; those that are not finite are left
    out. None where there are no values.
    """
    values = values.ravel().astype(np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    others = values[values != 0]
    low, high = (others.min(), others.max()) if len(others) else (0.0, 0.0)
    # What np.histogram does, without its checks, which cost more than the counting.
    places = (others - low) * (BINS / ((high - low) or 1))
    counts = np.bincount(np.minimum(places.astype(np.intp), BINS - 1), minlength=BINS)
    shares = np.round(counts * (WHOLE / len(values))).astype(int).tolist()
    return {"low": short(low), "high": short(high), "counts": shares, "zeros": short(1 - len(others) / len(values))}


def ratios(before: Sequence[Values], after: Sequence[Values]) -> list[float | None]:
    """For each layer, how far its weights moved for their size: the norm of the change by the norm of the weights."""
    found = []
    for old, new in zip(before, after, strict=True):
        # Numbers that run away are infinite here, and no ratio.
        with np.errstate(over="ignore", invalid="ignore"):
            size = math.hypot(*(np.linalg.norm(each) for each in new))
            moved = math.hypot(*(np.linalg.norm(each - other) for each, other in zip(new, old, strict=True)))
        found.append(short(moved / size) if new and size and math.isfinite(size) else None)
    return found


def _values(variables: Sequence[Any]) -> Values:
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def _is_activation(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Activation | keras.layers.Softmax) or _is_relu(layer) or (
        type(layer).__module__.startswith("keras.src.layers.activations"))


def _is_relu(layer: keras.Layer) -> bool:
    """Whether what goes into a layer's last function comes out as 0 where it is negative."""
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope
    return getattr(layer, "activation", None) in (keras.activations.relu, keras.activations.relu6)


def _kernels(weights: Values) -> NDArray[Any]:
    """Some of the weights of a layer, evenly taken: of its kernels, or of all where it has none."""
    kernels = [weight for weight in weights if weight.ndim > 1] or weights
    kept = [weight.ravel() for weight in kernels if weight.dtype.kind == "f"]
    values = np.concatenate(kept) if kept else np.zeros(0)
    return values[:: max(1, -(-len(values) // _MOST_WEIGHTS))]


def _some(answer: tf.Tensor) -> tf.Tensor:
    """Some values of what a layer answers, evenly taken; of every channel alike, which no even step would do."""
    size = math.prod(answer.shape)
    step = max(1, -(-size // _MOST_VALUES))
    while math.gcd(step, size) > 1:
        step += 1
    return tf.cast(tf.reshape(answer, (-1,))[::step], tf.float32)


def _most(layer: keras.Layer, answer: tf.Tensor) -> tf.Tensor:
    """The largest answer of each unit (the last axis) of a layer with a ReLU; nothing for any other."""
    if not _is_relu(layer) or answer.shape.rank < 2:
        return tf.zeros((0,), answer.dtype)
    return tf.reduce_max(answer, axis=list(range(answer.shape.rank - 1)))


def _dead(most: tf.Tensor) -> list[int] | None:
    units = most.numpy()
    return [int(np.sum(units <= 0)), len(units)] if len(units) else None


def _norm(gradients: list[tf.Tensor]) -> tf.Tensor:
    """The norm of some gradients together; NaN where there are none."""
    return tf.linalg.global_norm(gradients) if gradients else tf.constant(math.nan)
