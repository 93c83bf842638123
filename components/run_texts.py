"""The JSON texts that a run was stored with, read again: another version of Blockyard may have written them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lib.arch import Architecture
from lib.data.tasks import CLASSIFY, TASKS
from lib.errors import UserError
from lib.i18n import _
from lib.runs.store import Run
from lib.training.class_weights import BALANCED
from lib.training.recipe import Recipe


def recipe_of(run: Run) -> Recipe | None:
    """The recipe of `run`; None when it can no longer be read."""
    found = _recipe(run.recipe)
    return found if isinstance(found, Recipe) else None


def unreadable(run: Run) -> str | None:
    """Why `run` cannot be trained again nor written as a script, as one sentence; None when it can."""
    found = _recipe(run.recipe)
    if isinstance(found, UserError):
        return _("This version of Blockyard cannot read the run's recipe. {problem}").format(problem=found)
    mistake = _network_mistake(run.architecture)
    if mistake is not None:
        return _("This version of Blockyard cannot read the run's network. {problem}").format(problem=mistake)
    return None


def unsaid(run: Run) -> str | None:
    """As `unreadable`, unless that is also why `run` failed: then its own reason says it."""
    complaint = unreadable(run)
    return None if complaint and run.reason and str(run.reason) in complaint else complaint


@lru_cache(maxsize=1024)
def _recipe(text: str) -> Recipe | UserError:
    try:
        return Recipe.from_json(text)
    except UserError as error:
        return error


@lru_cache(maxsize=64)
def _network_mistake(text: str) -> UserError | None:
    try:
        Architecture.from_json(text)
    except UserError as error:
        return error
    return None


def ways(recipe: Recipe) -> Iterator[str]:
    """What besides the data decides how `recipe` has images learned, where it is not as usual."""
    if recipe.task != CLASSIFY:
        yield _(TASKS[recipe.task].title)
    if recipe.normalization != "rescale":
        yield _("standardized images")
    if recipe.augmentation:
        yield _("augmented by {steps}").format(steps=", ".join(step.name for step in recipe.augmentation))
    if recipe.class_weight is not None:
        yield _("balanced classes") if recipe.class_weight == BALANCED else _("class weights of its own")
