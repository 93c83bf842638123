"""The compiled steps of a training: batches are gathered, scaled and used in one graph, straight from uint8 images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Labels = NDArray[np.integer[Any]]
Rows = NDArray[np.int32]
Step = Callable[[Rows], tuple[Any, Any]]


def resident(images: Images, labels: Labels) -> tuple[tf.Tensor, tf.Tensor]:
    """Images and labels as tensors, which steps that are compiled one after the other can share."""
    return tf.constant(images), tf.constant(labels.astype(np.int32))


def training_step(model: keras.Model, images: tf.Tensor, labels: tf.Tensor) -> Step:
    """A function that takes the rows of one batch, moves the weights by it, and gives its loss and accuracy.

    What Keras's own `train_step` does, but the loss and the accuracy are of this batch alone (before the weights
    moved), as scalar tensors. Of several outputs each learns the labels: the loss is the sum of theirs, the accuracy
    that of the first. On the CPU it is compiled without XLA, as `fit` does: XLA's convolutions are several
    times slower there.

    Args:
        model: compiled, with a loss whose reduction is the mean.
        images: uint8, (all, height, width, channels); the model gets them divided by 255.
        labels: int32, (all,).
    """
    optimizer, loss_of = model.optimizer, total_loss(model)
    optimizer.build(model.trainable_variables)

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32)])  # type: ignore[untyped-decorator]
    def step(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        answers = tf.gather(labels, rows)
        with tf.GradientTape() as tape:
            outputs = model(scaled(tf.gather(images, rows)), training=True)
            loss = loss_of(answers, outputs) + sum(model.losses)
            goal = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(goal, model.trainable_variables), model.trainable_variables)
        return loss, tf.reduce_mean(tf.cast(tf.equal(_classes(outputs), answers), tf.float32))

    # Called directly, without the search for a fitting trace, which costs as much as a small step.
    concrete = step.get_concrete_function()
    return lambda rows: concrete(tf.constant(rows))


def judging_step(model: keras.Model) -> Callable[[tf.Tensor, tf.Tensor], tuple[Any, Any]]:
    """A function that takes uint8 images and their labels, and gives the sum of the losses and the predicted classes,
    which are those of the first output.

    The penalties of regularizers are not in the losses; `model.losses` has them.
    """
    loss_of = total_loss(model)
    shape = model.input_shape

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8), tf.TensorSpec((None,), tf.int32)])  # type: ignore[untyped-decorator]
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        outputs = model(scaled(images), training=False)
        return loss_of(labels, outputs) * tf.cast(tf.size(labels), tf.float32), _classes(outputs)

    return step.get_concrete_function()  # type: ignore[no-any-return]


def scaled(images: tf.Tensor) -> tf.Tensor:
    """Images of bytes as the models take them: float32 from 0 to 1."""
    return tf.cast(images, tf.float32) / 255.0


def total_loss(model: keras.Model) -> Callable[[tf.Tensor, Any], tf.Tensor]:
    """The loss of a batch, or the sum of the losses of all outputs, each for the same labels."""
    if not isinstance(model.loss, list):
        return model.loss  # type: ignore[no-any-return]
    return lambda labels, outputs: sum(loss(labels, each) for loss, each in zip(model.loss, outputs, strict=True))


def _classes(outputs: Any) -> tf.Tensor:
    first = outputs[0] if isinstance(outputs, list) else outputs
    return tf.argmax(first, axis=-1, output_type=tf.int32)
