"""The recipe as a form: what is learned from, how, for how long, and what happens between epochs."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from components import form
from components.held import KEY, changed, hold, key, shown
from components.numbers import grouped
from components.owner import owner
from components.text import plain
from lib import machine
from lib.data import DATASETS, Dataset, own, split_sizes, title
from lib.errors import UserError
from lib.i18n import _
from lib.training.callbacks import Callback
from lib.training.recipe import CALLBACKS, OPTIMIZERS, Recipe

_OWN_WIDGETS: Final = ("data", "task", "outputs", "train_images", "validation_fraction", "augmentation", "loss",
                       "class_weight", "metrics", "optimizer", "schedule", "precision", "callbacks", "rules")
_FEWER: Final = (200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000)
_MONITOR_WIDTH: Final = 2 * form.WIDTH
_LEAST_PERCENT, _MOST_PERCENT = 1, 90


def choose_data(recipe: Recipe) -> Recipe:
    """The buttons that choose the data set."""
    hold("data", recipe.data)
    names = [*DATASETS, *(info.name for info in own.infos(owner()))]
    if recipe.data not in names:
        names.append(recipe.data)  # gone, or somebody else's; the sentence about it is the check's matter
    name = st.segmented_control(
        _("Data set"), names, key=key("data"), required=True,
        format_func=lambda name: plain(title(name)), label_visibility="collapsed", wrap=True,
    )
    return changed(recipe, "data", name or recipe.data)


def draw_data(recipe: Recipe, dataset: Dataset) -> Recipe:
    """How many images are learned from, and how many are held out."""
    images = len(dataset.y_train)
    sliders = st.grid(2, min_column_width=260)
    with sliders.cell():
        recipe = _train_images(recipe, images)
    with sliders.cell():
        recipe = _validation(recipe)
    st.caption(_sizes(recipe, images))
    return recipe


def draw_training(recipe: Recipe) -> Recipe:
    """Epochs, batches, seed, the activation to compare with, and in what numbers it computes."""
    return _precision(form.draw(recipe, KEY, skip=_OWN_WIDGETS))


def _precision(recipe: Recipe) -> Recipe:
    """The choice, where this machine has one."""
    field, there = Recipe.model_fields["precision"], machine.precisions()
    if len(there) == 1 and recipe.precision == there[0]:
        st.caption(_("Computed in float32. Smaller numbers are quicker only where a GPU or the processor computes in "
                     "them, and here none does."))
        return recipe
    hold("precision", recipe.precision)
    # What cannot be had here stays to be seen; the sentence about it is the check's matter.
    chosen = st.selectbox(_(field.title or ""), list(dict.fromkeys([*there, recipe.precision])), key=key("precision"),
                          help=_(field.description or ""), width=2 * form.WIDTH)
    return changed(recipe, "precision", chosen)


def draw_optimizer(recipe: Recipe) -> Recipe:
    """The optimizer and its own fields."""
    hold("optimizer", recipe.optimizer.name)
    name = st.selectbox(_("Optimizer"), list(OPTIMIZERS), key=key("optimizer"), label_visibility="collapsed")
    if name != recipe.optimizer.name:
        recipe = changed(recipe, "optimizer", OPTIMIZERS[name](), name)
    kind = type(recipe.optimizer)
    st.caption(f"{_(kind.summary)} ({plain(kind.reference)})" if kind.reference else _(kind.summary))
    optimizer = form.draw(recipe.optimizer, f"{KEY}.optimizer.{recipe.optimizer.name}")
    return recipe.model_copy(update={"optimizer": optimizer})


def draw_callbacks(recipe: Recipe) -> Recipe:
    """Each callback with a switch, and with its fields where it is on."""
    chosen: dict[str, Any] = {callback.name: callback for callback in recipe.callbacks}
    drawn = [_callback(recipe, name, kind, chosen.get(name)) for name, kind in CALLBACKS.items()]
    return recipe.model_copy(update={"callbacks": tuple(callback for callback in drawn if callback is not None)})


def _callback(recipe: Recipe, name: str, kind: type[Callback], present: Any) -> Any:
    hold(name, present is not None)
    on = st.toggle(f"**{name}** :gray[:small[{_(kind.summary)}]]", key=key(name), wrap=True)
    shown()[key(name)] = on
    if not on:
        return None
    with st.container(key=f"recipe.fields.{name}", border=True):
        callback = _monitor(recipe, present or kind())
        return form.draw(callback, f"{KEY}.callbacks.{name}", skip=("monitor",))


def _monitor(recipe: Recipe, callback: Any) -> Any:
    """The number that a callback watches, of those that the recipe tells."""
    if not hasattr(callback, "monitor"):
        return callback
    field, place = type(callback).model_fields["monitor"], f"{callback.name}.monitor"
    hold(place, callback.monitor)
    with st.container(width=_MONITOR_WIDTH):
        # A number that is told no more stays to be seen; the sentence about it is the check's matter.
        chosen = st.selectbox(_(field.title or ""), list(dict.fromkeys([*recipe.monitored, callback.monitor])),
                              key=key(place), help=_(field.description or ""))
    shown()[key(place)] = chosen
    return callback.model_copy(update={"monitor": chosen})


def _train_images(recipe: Recipe, images: int) -> Recipe:
    try:
        rest, _held_out = split_sizes(images, recipe.validation_fraction)
    except UserError:
        rest = images
    # A number that does not fit stays to be seen; the sentence about it is the check's matter.
    fewer = sorted({number for number in (*_FEWER, recipe.train_images) if number and number < rest}
                   | ({recipe.train_images} if recipe.train_images else set()))
    hold("train_images", recipe.train_images)
    chosen = st.select_slider(
        _("Training images"), [*fewer, None], key=key("train_images"),
        format_func=lambda number: _("all") if number is None else grouped(number),
        help=_("Fewer images make a quick trial; every class keeps its share"),
    )
    return changed(recipe, "train_images", chosen)


def _validation(recipe: Recipe) -> Recipe:
    percent = round(recipe.validation_fraction * 100)
    hold("validation_fraction", percent)
    chosen = st.slider(_("Held out for validation"), _LEAST_PERCENT, _MOST_PERCENT, step=1, format="%d%%",
                       key=key("validation_fraction"),
                       help=_("The network never learns from these; they show how well it does on images it has "
                              "not seen"))
    if chosen == percent:
        return recipe
    return changed(recipe, "validation_fraction", chosen / 100, chosen)


def _sizes(recipe: Recipe, images: int) -> str:
    try:
        learned, held_out = split_sizes(images, recipe.validation_fraction, recipe.train_images)
    except UserError as error:
        return plain(str(error))
    steps = -(-learned // recipe.batch_size)
    return _("{learned} images to learn from, {held_out} held out: {steps} batches an epoch").format(
        learned=grouped(learned), held_out=grouped(held_out), steps=grouped(steps))
