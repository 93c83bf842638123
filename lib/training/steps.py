"""The compiled steps of a training: batches are gathered, scaled and used in one graph, straight from uint8 images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lib.training.augmenting import Augmenter
from lib.training.live import plain

Images = NDArray[np.uint8]
Labels = NDArray[np.integer[Any]]
Rows = NDArray[np.int32]
Step = Callable[..., tuple[Any, Any]]
"""Takes the rows of a batch and what was drawn for its augmentation."""


def resident(images: Images, labels: Labels) -> tuple[tf.Tensor, tf.Tensor]:
    """Images and labels as tensors, which steps that are compiled one after the other can share."""
    return tf.constant(images), tf.constant(labels.astype(np.int32))


class Growing:
    """Metrics that grow batch by batch from one reset to the next."""

    metrics: tuple[keras.metrics.Metric, ...]

    def reset(self) -> None:
        """Forget all batches."""
        for metric in self.metrics:
            metric.reset_state()

    def results(self) -> dict[str, float | None]:
        """The number of each, by its name; None where it is not finite."""
        found = {metric.name: float(metric.result()) for metric in self.metrics}
        return {name: plain(value) if math.isfinite(value) else None for name, value in found.items()}

    @property
    def variables(self) -> list[Any]:
        """All that has grown."""
        return [variable for metric in self.metrics for variable in metric.variables]


class Measures(Growing):
    """The metrics of a training beside its accuracy, which grow batch by batch from one reset to the next.

    Args:
        metrics: of the first output; none is called yet.
        classes: how many there are.
        one_hot: whether they take labels as rows, (batch, classes), or as numbers.
    """

    def __init__(self, metrics: Sequence[keras.metrics.Metric], classes: int, one_hot: bool) -> None:
        self.metrics = tuple(metrics)
        self._classes = classes
        self._one_hot = one_hot
        if self.metrics:
            # Some make their variables at the first call, which must not be in a graph.
            self.update(tf.zeros((1,), tf.int32), tf.fill((1, classes), 1 / classes))
            self.reset()

    def update(self, labels: tf.Tensor, answers: tf.Tensor) -> None:
        """Take in a batch of labels, (batch,) or mixed ones as rows, and what the model answers, (batch, classes)."""
        targets = tf.one_hot(labels, self._classes) if self._one_hot and labels.shape.rank == 1 else labels
        for metric in self.metrics:
            metric.update_state(targets, answers)


def training_step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor, measures: Measures, augmenter: Augmenter,
                  weights: NDArray[np.float32] | None = None) -> Step:
    """A function that takes the rows of one batch, moves the weights by it, and gives its loss and accuracy.

    What Keras's own `train_step` does, but the loss and the accuracy are of this batch alone (before the weights
    moved), as scalar tensors. Of several outputs each learns the labels: the loss is the sum of theirs, accuracy and
    metrics are those of the first. On the CPU it is compiled without XLA, as `fit` does: XLA's convolutions are several
    times slower there.

    Args:
        model: compiled, with a loss whose reduction is the mean.
        images: uint8, (all, height, width, channels); the model gets them divided by 255.
        labels: int32, (all,).
        measures: the metrics that grow with every batch.
        augmenter: what changes the images, by what it has drawn, which the function takes after the rows.
        weights: of the classes, (classes,), where they do not all weigh the same in the loss.
    """
    optimizer, loss_of = model.optimizer, total_loss(model)
    if not optimizer.built:
        optimizer.build(model.trainable_variables)

    @tf.function(input_signature=signature(augmenter), autograph=False)  # type: ignore[untyped-decorator]
    def step(rows: tf.Tensor, *drawn: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        answers = tf.gather(labels, rows)
        if augmenter.mixes:
            answers = tf.one_hot(answers, _first(model.outputs).shape[-1])
        pictures, answers = augmenter.changed(keras.ops, scaled(tf.gather(images, rows)), answers, drawn)
        true = tf.argmax(answers, axis=-1, output_type=tf.int32) if augmenter.mixes else answers
        with tf.GradientTape() as tape:
            outputs = model(pictures, training=True)
            weighed = None if weights is None else tf.gather(weights, true)
            loss = loss_of(answers, outputs, weighed) + sum(model.losses)
            goal = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(goal, model.trainable_variables), model.trainable_variables)
        measures.update(answers, _first(outputs))
        return loss, tf.reduce_mean(tf.cast(tf.equal(_classes(outputs), true), tf.float32))

    return called(step)


def signature(augmenter: Augmenter) -> list[tf.TensorSpec]:
    """What a step takes: the rows of a batch, and what is drawn for it."""
    drawn = augmenter.drawn(0, 0, 1)
    return [tf.TensorSpec((None,), tf.int32), *(tf.TensorSpec((None, *each.shape[1:]), each.dtype) for each in drawn)]


def called(step: Any) -> Step:
    """A compiled step, called directly, without the search for a fitting trace, which costs as much as a small one."""
    concrete = step.get_concrete_function()
    return lambda *given: concrete(*map(tf.constant, given))


def judging_step(model: keras.Model, measures: Measures) -> Callable[[tf.Tensor, tf.Tensor], tuple[Any, Any]]:
    """A function that takes uint8 images and their labels, and gives the sum of the losses and the predicted classes,
    which are those of the first output; `measures` grow with every batch.

    The penalties of regularizers are not in the losses; `model.losses` has them.
    """
    loss_of = total_loss(model)
    shape = model.input_shape

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8), tf.TensorSpec((None,), tf.int32)])  # type: ignore[untyped-decorator]
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        outputs = model(scaled(images), training=False)
        measures.update(labels, _first(outputs))
        return loss_of(labels, outputs) * tf.cast(tf.size(labels), tf.float32), _classes(outputs)

    return step.get_concrete_function()  # type: ignore[no-any-return]


def scaled(images: tf.Tensor) -> tf.Tensor:
    """Images of bytes as the models take them: float32 from 0 to 1."""
    return tf.cast(images, tf.float32) / 255.0


def given(inputs: list[tf.Tensor]) -> Any:
    """`inputs` as a functional model takes them: one by itself, several in a list."""
    return inputs if len(inputs) > 1 else inputs[0]


def total_loss(model: keras.Model) -> Callable[..., tf.Tensor]:
    """The loss of a batch with labels by number, (batch,), or mixed ones as rows: of several outputs the sum of theirs,
    for the same ones. What each example weighs, (batch,), may be given too."""
    losses = model.loss if isinstance(model.loss, list) else [model.loss]
    # Only one takes the numbers themselves.
    sparse = isinstance(losses[0], keras.losses.SparseCategoricalCrossentropy)

    def total(labels: tf.Tensor, outputs: Any, weights: tf.Tensor | None = None) -> tf.Tensor:
        answers = outputs if isinstance(outputs, list) else [outputs]
        targets = labels if sparse or labels.shape.rank > 1 else tf.one_hot(labels, answers[0].shape[-1])
        first, *others = (loss(targets, answer, weights) for loss, answer in zip(losses, answers, strict=True))
        return sum(others, first)

    return total


def _classes(outputs: Any) -> tf.Tensor:
    return tf.argmax(_first(outputs), axis=-1, output_type=tf.int32)


def _first(outputs: Any) -> tf.Tensor:
    return outputs[0] if isinstance(outputs, list) else outputs
