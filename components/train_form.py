"""The form of a recipe: data, augmentation, training, loss and metrics, optimizer, callbacks and rules."""

from __future__ import annotations

import streamlit as st

from components import session
from components.augment_form import draw_augmentation, draw_preview
from components.measure_form import draw_loss, draw_metrics
from components.navigation import ROOT
from components.recipe_form import choose_data, draw_callbacks, draw_data, draw_optimizer, draw_training
from components.rule_form import draw_rules
from components.schedule_form import draw_rates, draw_schedule
from components.task_form import choose_task, draw_outputs
from components.text import plain
from components.weight_form import draw_class_weights
from lib import data
from lib.data import Dataset, available, load, split_sizes
from lib.data.tasks import CLASSIFY
from lib.errors import UserError
from lib.i18n import _
from lib.training.recipe import Recipe


def draw_form(recipe: Recipe) -> tuple[Recipe, Dataset | None]:
    """All fields of a recipe, as they stand now; and its images, where they are there."""
    st.subheader(_("Data"), anchor=False)
    recipe = choose_task(choose_data(recipe))
    dataset = _dataset(recipe.data)
    if dataset is not None:
        recipe = draw_data(recipe, dataset)
    st.subheader(_("Augmentation"), anchor=False)
    st.caption(_("Images that the network learns from change by chance, those that it is judged by never do."))
    recipe = draw_augmentation(recipe)
    pictures = st.container()
    st.subheader(_("Training"), anchor=False)
    recipe = draw_training(recipe)
    st.subheader(_("Loss and metrics"), anchor=False)
    if recipe.task == CLASSIFY:
        recipe = draw_metrics(draw_class_weights(draw_loss(recipe), dataset))
    else:
        recipe = draw_outputs(recipe)
    st.subheader(_("Optimizer"), anchor=False)
    recipe = draw_optimizer(recipe)
    batches = _batches(recipe, dataset)
    recipe = draw_schedule(recipe, batches)
    picture = st.container()
    st.subheader(_("Between epochs"), anchor=False)
    recipe = draw_callbacks(recipe)
    st.subheader(_("Rules"), anchor=False)
    st.caption(_("Callbacks of your own: when, under which condition, what. Every firing is on the timeline."))
    recipe = draw_rules(recipe, session.network())
    with picture:
        draw_rates(recipe, batches)
    if dataset is not None:
        with pictures:
            draw_preview(recipe, dataset)
    return recipe, dataset


def _batches(recipe: Recipe, dataset: Dataset | None) -> int:
    """The batches of an epoch, of the images that there are; 1 where they cannot be divided."""
    try:
        images = len(dataset.y_train) if dataset is not None else data.info(recipe.data).train_images
        learned, _held_out = split_sizes(images, recipe.validation_fraction, recipe.train_images)
    except UserError:
        return 1
    return max(1, -(-learned // recipe.batch_size))


def _dataset(name: str) -> Dataset | None:
    """The images, with a note where they come from; None, and why, where there are none."""
    try:
        missing = available(name) is None
    except UserError:
        return None  # the sentence about it is the check's matter
    if missing:
        st.info(_("The images of {data} are not on this computer yet.").format(data=plain(data.title(name))),
                icon=":material/image_not_supported:")
        st.page_link(ROOT / "pages/data.py", label=_("Add them on the Data page"), icon=":material/arrow_forward:")
        return None
    try:
        with st.spinner(_("Reading the images"), show_time=True):
            return load(name)
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
