"""What the images of each class weigh in the loss, as a form."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.held import changed, hold, key, shown
from components.numbers import decimal
from components.text import plain
from lib.data import Dataset, split
from lib.errors import UserError
from lib.i18n import N_, _
from lib.training.class_weights import BALANCED, ClassWeight, weights_of
from lib.training.recipe import Recipe

_OWN: Final = "own"
_CHOICES: Final = {None: N_("none"), BALANCED: N_("balanced"), _OWN: N_("numbers of your own")}
_MOST_FIELDS: Final = 100
"""Classes beyond which nobody would type a number for each."""
_NAME: Final = "class_weight"


def draw_class_weights(recipe: Recipe, dataset: Dataset | None) -> Recipe:
    """The choice between no weights, balanced ones and a number for each class."""
    field = Recipe.model_fields[_NAME]
    present = recipe.class_weight
    held = present if present is None or present == BALANCED else _OWN
    hold(_NAME, held)
    classes = dataset.classes if dataset is not None else 0
    offered = [each for each in _CHOICES if each != _OWN or held == _OWN or 0 < classes <= _MOST_FIELDS]
    chosen = st.selectbox(_(field.title or ""), offered, key=key(_NAME), help=_(field.description or ""),
                          format_func=lambda each: _(_CHOICES[each]), placeholder=_("none"))
    if chosen != held:
        new: ClassWeight | None = (1.0,) * classes if chosen == _OWN else BALANCED if chosen == BALANCED else None
        recipe = changed(recipe, _NAME, new, chosen)
    if dataset is None or recipe.class_weight is None:
        return recipe
    if recipe.class_weight == BALANCED:
        _balanced(recipe, dataset)
        return recipe
    return recipe.model_copy(update={_NAME: _numbers(recipe.class_weight, dataset)})


def _balanced(recipe: Recipe, dataset: Dataset) -> None:
    try:
        labels = split(dataset, recipe.validation_fraction, recipe.seed, recipe.train_images).y_train
    except UserError:
        return  # the sentence about it is the check's matter
    weights = weights_of(BALANCED, labels, dataset.classes)
    if weights is not None:
        st.caption(_("An image of a rare class weighs more: from {least} to {most} here, 1 on average").format(
            least=decimal(float(weights.min()), 3), most=decimal(float(weights.max()), 3)))


def _numbers(present: ClassWeight, dataset: Dataset) -> ClassWeight:
    """A number for each class; one that is missing is 1."""
    if isinstance(present, str) or dataset.classes > _MOST_FIELDS:
        return present
    kept = [*present, *[1.0] * dataset.classes][:dataset.classes]
    weights = []
    grid = st.grid(5, min_column_width=110)
    for number, (label, weight) in enumerate(zip(dataset.info.shown_labels, kept, strict=True)):
        name = f"{_NAME}.{number}"
        hold(name, float(weight))
        with grid.cell():
            weights.append(st.number_input(plain(label), 0.0, 1000.0, step=0.1, key=key(name)))
        shown()[key(name)] = weights[-1]
    return tuple(weights)
