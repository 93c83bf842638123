"""The compiled steps of a training for a task: several inputs, several outputs, each with its own loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import keras
import tensorflow as tf

from lib.data.examples import Examples, View
from lib.training.augmenting import Augmenter, chance_of
from lib.training.goals import HALF, Goal
from lib.training.steps import Growing, Rows, Step, called, given, scaled, signature

Tensors = list[tf.Tensor]
UNCHANGED: Final = Augmenter((), 0, (1, 1, 1))


class Feed:
    """Examples in the memory of the device, of which batches are gathered.

    Args:
        examples: what there is.
        inputs: the names of the examples' inputs in the order of the model's.
        goals: what the outputs of the model have to tell, in their order.
        shared: the images that are there already, by identity; what is new is put in.
        augmenter: what changes the images, those to be told like those that go in.
    """

    def __init__(self, examples: Examples, inputs: Sequence[str], goals: Sequence[Goal],
                 shared: dict[int, tf.Tensor], augmenter: Augmenter = UNCHANGED) -> None:
        self.size = len(examples)
        self.examples = examples
        self.augmenter = augmenter
        self._goals = goals
        self._inputs = [self._kept(examples.inputs[name], shared, list(examples.inputs).index(name)) for name in inputs]
        self._answers = [self._kept(examples.targets[goal.name], shared) for goal in goals]

    def __call__(self, rows: tf.Tensor, drawn: Sequence[tf.Tensor] = ()) -> tuple[Tensors, Tensors]:
        """Inputs from 0 to 1 and answers of a batch, each as the losses take them; changed by what was drawn."""
        return [each(rows, drawn) for each in self._inputs], [
            _as_told(goal, each(rows, drawn)) for goal, each in zip(self._goals, self._answers, strict=True)]

    def _kept(self, given: Any, shared: dict[int, tf.Tensor], number: int = 0) -> Callable[..., tf.Tensor]:
        if not isinstance(given, View):
            answers = tf.constant(given)
            return lambda rows, _drawn: tf.gather(answers, rows)
        if id(given.images) not in shared:
            shared[id(given.images)] = tf.constant(given.images)
        images, places = shared[id(given.images)], tf.constant(given.rows)
        first, behind = given.columns or (0, given.images.shape[2])
        which = chance_of(self.augmenter.task, number)

        def taken(rows: tf.Tensor, drawn: Sequence[tf.Tensor]) -> tf.Tensor:
            whole = scaled(tf.gather(images, tf.gather(places, rows)))
            return self.augmenter.changed(keras.ops, whole, None, drawn, which)[0][:, :, first:behind]

        return taken


def _as_told(goal: Goal, answers: tf.Tensor) -> tf.Tensor:
    """Answers as the loss takes them: class numbers (batch,) or rows (batch, classes), numbers (batch, 1), or
    images."""
    match goal.target.kind:
        case "classes":
            return tf.one_hot(answers, goal.columns) if goal.one_hot else tf.cast(answers, tf.int32)
        case "image":
            return answers
    return tf.cast(answers, tf.float32)[:, tf.newaxis]


class TaskMeasures(Growing):
    """Loss and accuracy of each output, where there are several, and the metrics of each, growing batch by batch from
    one reset to the next.

    Args:
        further: for each goal its metrics; none is called yet.
    """

    def __init__(self, goals: Sequence[Goal], further: Sequence[Sequence[keras.metrics.Metric]]) -> None:
        self._means = [[keras.metrics.Mean(name=f"{goal.prefix}{number}") for number in ("loss", "accuracy")]
                       if goal.prefix else [] for goal in goals]
        self._further = further
        self.metrics = tuple(metric for each in zip(self._means, further, strict=True) for metric in chain(*each))
        # Some make their variables at the first call, which must not be in a graph.
        blank = [tf.zeros((1, *goal.target.shape)) for goal in goals]
        answers = [each if goal.one_hot or goal.target.kind != "classes" else tf.zeros((1,), tf.int32)
                   for goal, each in zip(goals, blank, strict=True)]
        self._measure(answers, [tf.fill(each.shape, HALF) for each in blank])
        self.reset()

    def update(self, losses: Tensors, shares: Tensors, answers: Tensors, outputs: Tensors) -> None:
        """Take in a batch: the mean loss of each output and the share of each example that was told right, the true
        answers and what the outputs are."""
        for means, loss, share in zip(self._means, losses, shares, strict=True):
            count = tf.cast(tf.size(share), tf.float32)
            for mean, value in zip(means, (loss, tf.reduce_mean(share)), strict=False):
                mean.update_state(value, sample_weight=count)
        self._measure(answers, outputs)

    def _measure(self, answers: Tensors, outputs: Tensors) -> None:
        for metrics, answer, output in zip(self._further, answers, outputs, strict=True):
            for metric in metrics:
                metric.update_state(answer, output)


def task_training_step(model: keras.Model, feed: Feed, goals: Sequence[Goal], logits: Mapping[str, bool],
                       measures: TaskMeasures) -> Step:
    """A function that takes the rows of one batch, moves the weights by it, and gives its loss and accuracy.

    The loss is the weighted sum of the outputs', the accuracy that of the first; both before the weights moved.

    Args:
        logits: for each goal by name, whether its output gives logits.
    """
    optimizer, losses = model.optimizer, _losses(model)
    if not optimizer.built:
        optimizer.build(model.trainable_variables)

    @tf.function(input_signature=signature(feed.augmenter), autograph=False)  # type: ignore[untyped-decorator]
    def step(rows: tf.Tensor, *drawn: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        inputs, answers = feed(rows, drawn)
        with tf.GradientTape() as tape:
            outputs = _listed(model(given(inputs), training=True))
            each = [loss(answer, output) for loss, answer, output in zip(losses, answers, outputs, strict=True)]
            total = _weighted(goals, each) + sum(model.losses)
            goal = optimizer.scale_loss(total)
        optimizer.apply(tape.gradient(goal, model.trainable_variables), model.trainable_variables)
        shares = _shares(goals, logits, answers, outputs)
        measures.update(each, shares, answers, outputs)
        return total, tf.reduce_mean(shares[0])

    return called(step)


def task_judging_step(model: keras.Model, feed: Feed, goals: Sequence[Goal], logits: Mapping[str, bool],
                      measures: TaskMeasures) -> Callable[[Rows], tuple[Any, Any, Any]]:
    """A function that takes the rows of a batch, and gives the sum of its weighted losses, the share of each example
    that the first output told right, and what each output told: the class, 0 or 1, the number, or the image."""
    losses = _losses(model)

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32)], autograph=False)  # type: ignore[untyped-decorator]
    def step(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, Tensors]:
        inputs, answers = feed(rows)
        outputs = _listed(model(given(inputs), training=False))
        each = [loss(answer, output) for loss, answer, output in zip(losses, answers, outputs, strict=True)]
        shares = _shares(goals, logits, answers, outputs)
        measures.update(each, shares, answers, outputs)
        told = [_told(goal, logits[goal.name], output) for goal, output in zip(goals, outputs, strict=True)]
        return _weighted(goals, each) * tf.cast(tf.size(rows), tf.float32), shares[0], told

    concrete = step.get_concrete_function()
    return lambda rows: concrete(tf.constant(rows))


def _weighted(goals: Sequence[Goal], losses: Tensors) -> tf.Tensor:
    return sum(goal.weight * loss for goal, loss in zip(goals, losses, strict=True))


def _shares(goals: Sequence[Goal], logits: Mapping[str, bool], answers: Tensors, outputs: Tensors) -> Tensors:
    """For each output, how right it is on each example, from 0 to 1, (batch,)."""
    return [_share(goal, logits[goal.name], answer, output)
            for goal, answer, output in zip(goals, answers, outputs, strict=True)]


def _share(goal: Goal, logits: bool, answer: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    """Whether the class, the yes or no or the nearest whole number is told; of an image, the share of its pixels that
    are on the right side of middle grey."""
    told = _told(goal, logits, output)
    match goal.target.kind:
        case "classes":
            right = tf.equal(told, tf.argmax(answer, axis=-1, output_type=tf.int32) if goal.one_hot else answer)
        case "number":
            right = tf.equal(tf.round(told), answer[:, 0])
        case "binary":
            right = tf.equal(tf.cast(told, tf.float32), answer[:, 0])
        case _:
            right = tf.equal(told > HALF, answer > HALF)
    shares = tf.cast(right, tf.float32)
    return shares if goal.target.kind != "image" else tf.reduce_mean(shares, axis=(1, 2, 3))


def _told(goal: Goal, logits: bool, output: tf.Tensor) -> tf.Tensor:
    match goal.target.kind:
        case "classes":
            return tf.argmax(output, axis=-1, output_type=tf.int32)
        case "binary":
            return tf.cast(output[:, 0] > (0.0 if logits else HALF), tf.int32)
        case "number":
            return output[:, 0]
    return tf.sigmoid(output) if logits else output


def _losses(model: keras.Model) -> list[Any]:
    return model.loss if isinstance(model.loss, list) else [model.loss]


def _listed(outputs: Any) -> Tensors:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def task_loss(model: keras.Model, goals: Sequence[Goal]) -> Callable[[Tensors, Tensors], tf.Tensor]:
    """A function that takes the answers of some examples and what each output gives, and tells the weighted loss."""
    losses = _losses(model)
    return lambda answers, outputs: _weighted(
        goals, [loss(answer, output) for loss, answer, output in zip(losses, answers, outputs, strict=True)])
