"""All that a training works with, made before its first batch."""

from __future__ import annotations

import math
from functools import partial

from lib import data
from lib.training.check import check
from lib.training.compiled import compiled
from lib.training.history import History
from lib.training.inside import Inside
from lib.training.lessons import lesson
from lib.training.live import Live
from lib.training.looks import look_of
from lib.training.ruling import Rules, Total
from lib.training.run import RunSpec
from lib.training.scheduling import rates_ahead
from lib.training.state import Memory
from lib.training.telling import Telling
from lib.training.watch import watched
from lib.training.watched import Watched


class Prepared:
    """What `run` needs to train: its images, its model, and what watches it.

    Attributes:
        images, steps: how many images an epoch has, and how many batches.
        lenient: whether a loss that is no number is the matter of a callback, and no error.
        ahead: gives the learning rates of the next steps; None where they follow no schedule.

    Raises:
        UserError: the run cannot be trained.
    """

    def __init__(self, run: RunSpec, telling: Telling) -> None:
        self.run, self.recipe = run, run.recipe
        recipe = run.recipe
        self.data = data.load(recipe.data)
        for problem in check(run.architecture, recipe, len(self.data.y_train)):
            raise problem
        self.split = data.split(self.data, recipe.validation_fraction, recipe.seed, recipe.train_images)
        self.images = len(self.split.train)
        self.steps = math.ceil(self.images / recipe.batch_size)
        self.model = compiled(run, self.steps, self.split)
        self.lesson = lesson(run, self.split, self.model)
        self.callbacks = self._callbacks(telling)
        self.lenient = any(callback.lenient for callback in self.callbacks)
        self.rules = Rules(recipe, run.architecture, self.model, telling.note, run.folder,
                           Total(recipe.epochs, self.steps))
        saved = [file for callback in self.callbacks for file in callback.files]
        self.memory = Memory(self.model, self.lesson.measures, [*self.callbacks, self.rules],
                             [*saved, *self.rules.files])
        self.live = Live(telling.tell, self.images, self.steps, recipe.epochs, lenient=self.lenient)
        self.inside = Inside(run, self.model, self.split, self.steps, telling.tell)
        self.history = History(run.folder / "history.csv", list(recipe.measured))
        self.ahead = rates_ahead(self.model)

    def _callbacks(self, telling: Telling) -> list[Watched]:
        """The callbacks of the recipe, who know the model and hear what is told."""
        telling.callbacks = callbacks = watched(self.recipe, telling.note, self.run.folder)
        for callback in callbacks:
            callback.set_model(self.model)
            callback.shown(partial(look_of, self.run, self.model, self.split))
        return callbacks
