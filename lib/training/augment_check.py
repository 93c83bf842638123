"""What is wrong with the augmentation and the class weights of a recipe, and how to mend it; no Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lib.data.catalogue import DatasetInfo
from lib.data.tasks import CLASSIFY
from lib.errors import UserError
from lib.i18n import N_
from lib.training.class_weights import BALANCED, class_weight_problem, said
from lib.training.recipe import Recipe

_ALL_OR_NOTHING: Final = ("Hinge", "SquaredHinge")
"""Losses that make -1 and 1 of labels, but only where these are 0 and 1."""


def image_problems(recipe: Recipe, info: DatasetInfo) -> Iterator[UserError]:
    """Everything that keeps the images of `info` from being changed, and their classes from being weighed, so."""
    mixing = _mixing(recipe)
    if mixing and recipe.task != CLASSIFY:
        yield UserError("augmentation", N_("expected no step that mixes images: only classes can be mixed with them, "
                                           "not the answers of this task"), mixing)
    elif mixing and recipe.loss.name in _ALL_OR_NOTHING:
        yield UserError("loss", N_("expected a loss that takes mixed answers, for {steps} gives such"),
                        recipe.loss.name, steps=mixing)
    if recipe.class_weight is None:
        return
    if recipe.task != CLASSIFY:
        yield UserError("class_weight", N_("expected none for this task: it does not tell the class alone"),
                        said(recipe.class_weight))
    elif recipe.loss.whole_batch:
        yield UserError("class_weight", N_("expected none beside the loss {loss}, one number of a whole batch"),
                        said(recipe.class_weight), loss=str(recipe.loss.name))
    elif problem := class_weight_problem(recipe.class_weight, info):
        yield problem


def image_repairs(recipe: Recipe) -> Iterator[tuple[str, dict[str, str], Recipe]]:
    """What could be taken out of a recipe: what the button says, its values, and the recipe without it."""
    mixing = _mixing(recipe)
    if mixing:
        kept = tuple(step for step in recipe.augmentation if not step.mixes)
        yield N_("Leave {names} out"), {"names": mixing}, recipe.model_copy(update={"augmentation": kept})
    if recipe.class_weight is not None:
        balanced = recipe.model_copy(update={"class_weight": BALANCED})
        yield N_("Balance the classes by how often they occur"), {}, balanced
        yield N_("Let all classes weigh the same"), {}, recipe.model_copy(update={"class_weight": None})


def _mixing(recipe: Recipe) -> str:
    """The names of the steps that mix images."""
    return ", ".join(step.name for step in recipe.augmentation if step.mixes)
