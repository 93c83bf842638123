"""What a training learns from and is judged by: the classes of images, or the examples of a task."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final, Protocol

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lib import data
from lib.data.examples import Part, View, examples
from lib.data.tasks import CLASSIFY
from lib.training.augmenting import Augmenter
from lib.training.class_weights import weights_of
from lib.training.compiled import goal_metrics, make_metrics
from lib.training.evaluate import Judge, Judgement, batch_of, confusion, evaluation, per_class, same_chance
from lib.training.goals import Goal, goals, inputs_of
from lib.training.last_layer import logits_of
from lib.training.live import plain
from lib.training.run import RunSpec
from lib.training.steps import Measures, Rows, Step, resident, training_step
from lib.training.task_steps import UNCHANGED, Feed, TaskMeasures, task_judging_step, task_training_step

PICTURES: Final = 12
"""Images of which is kept what the network made of them."""
GiveUp = Callable[[], bool]


class Lesson(Protocol):
    """What a training asks of its data."""

    @property
    def measures(self) -> Measures | TaskMeasures:
        """What grows with every batch that is learned from, beside loss and accuracy."""

    @property
    def augmenter(self) -> Augmenter:
        """What draws for a batch that is learned from."""

    def step(self) -> Step:
        """Compile the function that learns from a batch of rows of the training part, by what was drawn for them."""

    def validate(self, give_up: GiveUp) -> Judgement | None:
        """The judgement on the part that is held out; None if `give_up()` became true."""

    def test(self, give_up: GiveUp) -> tuple[Judgement, dict[str, Any]] | None:
        """The judgement on the test part, and what is told and kept of it, as a JSON object."""


def lesson(run: RunSpec, parts: data.Split, model: keras.Model) -> Lesson:
    """That of the recipe's task."""
    return _Classes(run, parts, model) if run.recipe.task == CLASSIFY else _Task(run, parts, model)


class _Classes:
    """Every output tells the class of the image."""

    def __init__(self, run: RunSpec, parts: data.Split, model: keras.Model) -> None:
        self._parts, self._model, self._recipe = parts, model, run.recipe
        self.augmenter = Augmenter(run.recipe.augmentation, run.recipe.seed, parts.dataset.input_shape)
        self.measures, judged = (
            Measures(make_metrics(run.architecture, run.recipe), parts.dataset.classes, run.recipe.one_hot)
            for _set in range(2))
        self._resident: tuple[Any, Any] | None = None
        # Taken out of all images once, and not every epoch.
        self._held_out = parts.x_val, parts.y_val
        self._judge = Judge(model, judged, batch_of(run.recipe))

    def step(self) -> Step:
        self._resident = self._resident or resident(self._parts.x_train, self._parts.y_train)
        weights = weights_of(self._recipe.class_weight, self._parts.y_train, self._parts.dataset.classes)
        return training_step(self._model, *self._resident, self.measures, self.augmenter, weights)

    def validate(self, give_up: GiveUp) -> Judgement | None:
        return self._judge(*self._held_out, give_up)

    def test(self, give_up: GiveUp) -> tuple[Judgement, dict[str, Any]] | None:
        dataset = self._parts.dataset
        judgement = self._judge(dataset.x_test, dataset.y_test, give_up)
        return None if judgement is None else (judgement, evaluation(judgement, dataset))


class _Task:
    """Each output has a goal of its own."""

    def __init__(self, run: RunSpec, parts: data.Split, model: keras.Model) -> None:
        recipe, info = run.recipe, parts.dataset.info
        self._model, self._parts, self._recipe = model, parts, recipe
        self._goals = goals(run.architecture, recipe.task, recipe.outputs, info)
        self._inputs = list(inputs_of(run.architecture, recipe.task, info).values())
        self._logits = logits_of(run.architecture, self._goals)
        self._batch = batch_of(recipe)
        self.augmenter = Augmenter(recipe.augmentation, recipe.seed, info.input_shape, recipe.task)
        self._shared: dict[int, Any] = {}
        self._steps: dict[Part, tuple[Feed, Callable[[Rows], tuple[Any, Any, Any]]]] = {}
        self.measures, self._judged = (
            TaskMeasures(self._goals, [goal_metrics(goal, self._logits[goal.name]) for goal in self._goals])
            for _set in range(2))

    def step(self) -> Step:
        feed = self._feed("train", self.augmenter)
        return task_training_step(self._model, feed, self._goals, self._logits, self.measures)

    def validate(self, give_up: GiveUp) -> Judgement | None:
        found = self._judgement("validation", give_up)
        return found and found[0]

    def test(self, give_up: GiveUp) -> tuple[Judgement, dict[str, Any]] | None:
        found = self._judgement("test", give_up)
        if found is None:
            return None
        judgement, told = found
        feed, _step = self._steps["test"]
        outputs = [{**_output(goal, feed.examples.targets[goal.name], answers, pictures(feed)),
                    **_measured(goal, judgement.metrics)} for goal, answers in zip(self._goals, told, strict=True)]
        kept = {"loss": plain(judgement.loss), "accuracy": judgement.accuracy, "task": self._recipe.task,
                "outputs": outputs}
        return judgement, {**kept, "metrics": judgement.metrics} if judgement.metrics else kept

    def _feed(self, part: Part, augmenter: Augmenter = UNCHANGED) -> Feed:
        made = examples(self._recipe.task, self._parts, part, self._recipe.seed)
        return Feed(made, self._inputs, self._goals, self._shared, augmenter)

    def _judgement(self, part: Part, give_up: GiveUp) -> tuple[Judgement, list[NDArray[Any]]] | None:
        if part not in self._steps:
            feed = self._feed(part)
            self._steps[part] = feed, task_judging_step(self._model, feed, self._goals, self._logits, self._judged)
        feed, step = self._steps[part]
        self._judged.reset()
        total, shares, told = 0.0, [], []
        with same_chance(self._model):
            for first in range(0, feed.size, self._batch):
                loss, share, answers = step(np.arange(first, min(first + self._batch, feed.size), dtype=np.int32))
                total += float(loss)
                shares.append(share.numpy())
                told.append([_few(goal, answer.numpy(), first) for goal, answer in
                             zip(self._goals, answers, strict=True)])
                if give_up():
                    return None
        penalty = sum(float(loss) for loss in self._model.losses)
        judgement = Judgement(total / feed.size + penalty, plain(np.concatenate(shares).mean()),
                              np.empty(0, np.int32), self._judged.results())
        return judgement, [np.concatenate(column) for column in zip(*told, strict=True)]


def _few(goal: Goal, answers: NDArray[Any], first: int) -> NDArray[Any]:
    """The answers of a batch that are looked at: of images the first few of all."""
    return answers if goal.target.kind != "image" else answers[:max(0, PICTURES - first)]


def pictures(feed: Feed) -> list[list[str]]:
    """The first few examples: the images that go in."""
    few = slice(0, min(PICTURES, feed.size))
    columns = [view.take(few) for view in feed.examples.inputs.values()]
    return [[png(image) for image in row] for row in zip(*columns, strict=True)]


def _output(goal: Goal, answers: Any, told: NDArray[Any], inputs: list[list[str]]) -> dict[str, Any]:
    """What one output told of the test part, as a JSON object."""
    target = goal.target
    found: dict[str, Any] = {"name": goal.name, "kind": target.kind}
    if isinstance(answers, View):
        wanted = answers.take(slice(0, len(told)))
        images = np.clip(np.rint(told * 255), 0, 255).astype(np.uint8)
        return {**found, "pictures": [{"inputs": row, "told": png(image), "wanted": png(true)}
                                      for row, image, true in zip(inputs, images, wanted, strict=True)]}
    if target.kind == "number":
        return {**found, "accuracy": float(np.mean(np.rint(told) == answers)),
                "error": plain(np.mean(np.abs(told - answers)))}
    matrix = confusion(answers, told, len(target.labels))
    return {**found, "accuracy": float(np.mean(told == answers)), "confusion": matrix.tolist(),
            "per_class": per_class(matrix), "labels": list(target.labels), "own": target.own}


def _measured(goal: Goal, numbers: dict[str, float | None]) -> dict[str, Any]:
    """Those of all `numbers` that are of this output, by their names without its own; nothing where there are none."""
    names = ["loss"] * bool(goal.prefix) + [metric.log_name for metric in goal.metrics]
    return {"metrics": {name: numbers[f"{goal.prefix}{name}"] for name in names}} if names else {}


def png(image: NDArray[np.uint8]) -> str:
    """An image (height, width, 1 or 3) as PNG in base64."""
    file = BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
