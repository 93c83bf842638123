"""The held-out examples that a training is looked into with: what goes in, the loss on them, what each is taken for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lib.data import Split
from lib.data.examples import Examples, View, examples
from lib.data.infos import info
from lib.data.tasks import CLASSIFY
from lib.training.goals import Goal, goals, inputs_of
from lib.training.last_layer import logits_of, output_kinds
from lib.training.run import RunSpec
from lib.training.steps import Images, Labels, scaled, total_loss
from lib.training.task_steps import Feed, Tensors, task_loss

PICTURES: Final = 16
"""So many examples are shown with what the network makes of them; fewer where the images are large."""
_FEWEST: Final = 4
_MOST_BYTES: Final = 1 << 18
_DIGITS: Final = 4

Arrays = dict[str, NDArray[Any]]


class Look(Protocol):
    """Some held-out examples, of each class alike.

    Attributes:
        inputs: for each input of the model its images, uint8, (examples, height, width, channels).
        words: of each example its class or its answer (message ids, or words of the person who brought the images).
    """

    inputs: tuple[Images, ...]
    words: tuple[str, ...]

    def fed(self) -> Tensors:
        """What goes into the model, from 0 to 1; called in a graph."""

    def loss(self, outputs: Tensors) -> tf.Tensor:
        """The loss on all examples, without the penalties of regularizers; called in a graph."""

    def told(self, outputs: Tensors) -> dict[str, Any]:
        """What the model says of the first few, as a JSON object."""

    def pictures(self, outputs: Tensors) -> Images | None:
        """The images that it made of the first few; None where it makes none."""

    def kept(self) -> Arrays:
        """What is needed to show the first few."""


def look_of(run: RunSpec, model: keras.Model, split: Split, most: int) -> Look:
    """At most so many held-out examples of the task of `run`."""
    recipe = run.recipe
    if recipe.task == CLASSIFY:
        rows = picked(split.y_val, most)
        return Classes(model, split.x_val[rows], split.y_val[rows], output_kinds(run.architecture)[0] == "logits",
                       split.dataset.labels)
    about = info(recipe.data)
    told = goals(run.architecture, recipe.task, recipe.outputs, about)
    made = examples(recipe.task, split, "validation", recipe.seed)
    numbers = _answers(made, told, split)
    rows = picked(numbers, most)
    few = Examples({name: _few(view, rows) for name, view in made.inputs.items()},
                   {name: _few(target, rows) for name, target in made.targets.items()})
    names = list(inputs_of(run.architecture, recipe.task, about).values())
    labels = next((goal.target.labels for goal in told if goal.target.kind != "image"), split.dataset.labels)
    words = [labels[number] if labels else str(number) for number in numbers[rows].tolist()]
    return _Task(model, few, names, told, logits_of(run.architecture, told), words)


def _answers(made: Examples, told: Sequence[Goal], split: Split) -> Labels:
    """A whole number for each example, by which they are evenly taken."""
    found = next((made.targets[goal.name] for goal in told if goal.target.kind != "image"), None)
    # A network that makes an image gets those of the validation, in their order.
    return split.y_val if found is None or isinstance(found, View) else np.rint(found).astype(np.int64)


def _few(given: Any, rows: NDArray[np.intp]) -> Any:
    return View(given.take(rows), np.arange(len(rows), dtype=np.int32)) if isinstance(given, View) else given[rows]


def picked(labels: Labels, most: int) -> NDArray[np.intp]:
    """The rows of at most `most` images: of each class in turn the next one, as long as there are any."""
    turn = np.zeros(len(labels), np.intp)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        turn[members] = np.arange(len(members))
    return np.lexsort((labels, turn))[:most]


class Classes:
    """Images whose class is to be told.

    Args:
        model: compiled.
        images: uint8, (all, height, width, channels).
        labels: class numbers, (all,).
        logits: whether the first output gives logits and not probabilities.
        names: of the classes.
    """

    def __init__(self, model: keras.Model, images: Images, labels: Labels, logits: bool,
                 names: Sequence[str] = ()) -> None:
        self.inputs: tuple[Images, ...] = (images,)
        self.words = tuple(names[label] for label in labels) if names else tuple(map(str, labels))
        self._model, self._labels, self._logits, self._names = model, labels.astype(np.int32), logits, names
        self._images = tf.constant(images)

    def fed(self) -> Tensors:
        return [scaled(self._images)]

    def loss(self, outputs: Tensors) -> tf.Tensor:
        return total_loss(self._model)(tf.constant(self._labels), outputs)

    def told(self, outputs: Tensors) -> dict[str, Any]:
        return {"predicted": _shares(outputs[0], self._logits, self._labels)}

    def pictures(self, outputs: Tensors) -> None:
        return None

    def kept(self) -> Arrays:
        return {"images": self.inputs[0][:PICTURES], "names": np.array(self._names)}


class _Task:
    """Examples of a task: what its outputs have to tell is told of each."""

    def __init__(self, model: keras.Model, few: Examples, inputs: Sequence[str], told: Sequence[Goal],
                 logits: Mapping[str, bool], words: Sequence[str]) -> None:
        self.inputs = tuple(few.inputs[name].images for name in inputs)
        self.words = tuple(words)
        self._targets, self._goals, self._logits = few.targets, told, logits
        self._feed, self._loss = Feed(few, inputs, told, {}), task_loss(model, told)
        self._rows = tf.range(len(words))

    def fed(self) -> Tensors:
        return self._feed(self._rows)[0]

    def loss(self, outputs: Tensors) -> tf.Tensor:
        return self._loss(self._feed(self._rows)[1], outputs)

    def told(self, outputs: Tensors) -> dict[str, Any]:
        return {"predicted": [], "outputs": [self._told(goal, output) for goal, output in
                                             zip(self._goals, outputs, strict=True)]}

    def pictures(self, outputs: Tensors) -> Images | None:
        for goal, output in zip(self._goals, outputs, strict=True):
            if goal.target.kind == "image":
                return self._made(goal, output)
        return None

    def kept(self) -> Arrays:
        found = {f"input.{place}": images[:self._shown] for place, images in enumerate(self.inputs)}
        for goal in self._goals:
            target = self._targets[goal.name]
            if isinstance(target, View):
                found["wanted"] = target.images[:self._shown]
            else:
                found[f"names.{goal.name}"] = np.array(goal.target.labels, dtype=str)
        return found

    @property
    def _shown(self) -> int:
        return max(_FEWEST, min(PICTURES, _MOST_BYTES // max(int(images[0].nbytes) for images in self.inputs)))

    def _made(self, goal: Goal, output: tf.Tensor) -> Images:
        made: NDArray[np.float32] = (tf.sigmoid(output) if self._logits[goal.name] else output).numpy()[:self._shown]
        return np.clip(np.rint(np.nan_to_num(made) * 255), 0, 255).astype(np.uint8)

    def _told(self, goal: Goal, output: tf.Tensor) -> dict[str, Any]:
        found: dict[str, Any] = {"name": goal.name, "kind": goal.target.kind}
        answers, logits = self._targets[goal.name], self._logits[goal.name]
        if isinstance(answers, View):
            made = self._made(goal, output).astype(np.float32)
            off = np.abs(made - answers.images[:self._shown]).mean(axis=(1, 2, 3)) / 255
            return {**found, "off": [short(each) for each in off]}
        answers = answers[:self._shown]
        if goal.target.kind == "number":
            return {**found, "told": [[short(answer), short(each)] for answer, each in
                                      zip(answers, output.numpy()[:, 0], strict=False)]}
        if goal.target.kind == "binary":
            yes = tf.sigmoid(output) if logits else output
            output, logits = tf.concat([1 - yes, yes], axis=-1), False
        return {**found, "predicted": _shares(output, logits, answers.astype(np.int64))}


def _shares(scores: tf.Tensor, logits: bool, labels: Labels) -> list[list[float | None]]:
    """Of the first few its class, the class told, how sure that is, and the probability of its class."""
    if scores.shape.rank != 2 or scores.shape[1] < 2:
        return []
    told = (tf.nn.softmax(scores) if logits else scores).numpy()[:PICTURES]
    return [[int(label), int(row.argmax()), short(row.max()), short(row[label])]
            for row, label in zip(told, labels, strict=False)]


def short(number: Any) -> float | None:
    """`number` to four digits; None where it is not finite."""
    value = float(number)
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None


Looking = Callable[[int], Look]
"""Gives at most so many held-out examples."""
