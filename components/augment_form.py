"""The augmentation of the recipe as a list of steps, and what the network will get of it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st

from components import form, session
from components.assets import joined
from components.image_grid import strip
from components.numbers import grouped, percent
from components.text import plain
from lib.data import Dataset
from lib.errors import UserError
from lib.i18n import _
from lib.training.augment_check import image_problems
from lib.training.augment_preview import preview
from lib.training.augmentation import AUGMENTATIONS, MOST_STEPS, Augmentation, Steps
from lib.training.recipe import Recipe

_PREFIX: Final = "recipe.augmentation"
_SHOWN: Final = 8
_LARGE: Final = 84
"""Pixels that an image is drawn with at most, unless it has more."""
_LEAST_SHARE: Final = 0.005
_MOST_KEPT: Final = 16


class _Cell(NamedTuple):
    """An example: its images before and after as PNG, how many they are, and the classes it shows with their shares."""

    png: bytes
    images: int
    answers: list[tuple[int, float]]


class _Drawn(NamedTuple):
    epoch: int
    batch: int
    cells: list[_Cell]


_kept: Final[WeakKeyDictionary[Dataset, dict[Any, _Drawn]]] = WeakKeyDictionary()


def draw_augmentation(recipe: Recipe) -> Recipe:
    """All steps in their order, each to be changed, moved or removed, and the button that adds one."""
    if recipe.augmentation:
        st.html(f"<style>{joined('icon_buttons.css')}</style>")
    steps: list[Any] = list(recipe.augmentation)
    order = list(range(len(steps)))
    for number in range(len(steps)):
        steps[number], order = _step(number, steps[number], order)
    moved = [steps[number] for number in order]
    if len(moved) < MOST_STEPS and (added := _added(len(moved))):
        moved.append(added)
    recipe = recipe.model_copy(update={"augmentation": tuple(moved)})
    if len(moved) != len(steps) or order != sorted(order):
        session.put_recipe(recipe)
        st.rerun()
    return recipe


def _step(number: int, step: Any, order: list[int]) -> tuple[Any, list[int]]:
    """One step as it is now, and the order of all after a press of its buttons."""
    prefix, last = f"{_PREFIX}.{number}", len(order) - 1
    with st.container(key=f"{_PREFIX}.step.{number}", border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            with st.container(width="stretch"):
                st.markdown(f"**{number + 1}. {step.name}** :gray[:small[{_(type(step).summary)}]]")
            # Once it has gone from its place, a second click must not mean what stands there then.
            here = f"{prefix}.{step.name}.of.{last + 1}"
            up = _button(f"row-up.{here}", "arrow_upward", _("Move {name} up"), step, number == 0)
            down = _button(f"row-down.{here}", "arrow_downward", _("Move {name} down"), step, number == last)
            gone = _button(f"row-remove.{here}", "delete", _("Remove {name}"), step, False)
        step = form.draw(step, f"{prefix}.{step.name}")
    if up or down:
        other = number - 1 if up else number + 1
        order[number], order[other] = order[other], order[number]
    return step, [each for each in order if each != number] if gone else order


def _button(key: str, icon: str, title: str, step: Augmentation, disabled: bool) -> bool:
    label = title.format(name=step.name)  # type: ignore[attr-defined]
    return st.button(label, icon=f":material/{icon}:", type="tertiary", key=key, help=label, disabled=disabled)


def _added(count: int) -> Augmentation | None:
    """The step that was chosen to be added to so many; the list of them closes then."""
    with st.popover(_("Add a step"), icon=":material/add:", key=f"{_PREFIX}.add.to.{count}"):
        for name, kind in AUGMENTATIONS.items():
            if st.button(name, key=f"{_PREFIX}.add.{name}.to.{count}", help=_(kind.summary), width="stretch"):
                return kind()
    return None


@st.fragment
def draw_preview(recipe: Recipe, dataset: Dataset) -> None:
    """A few images of a batch before and after the augmentation, and a button that goes on to the next batch."""
    if not recipe.augmentation or any(image_problems(recipe, dataset.info)):
        return
    key = f"{_PREFIX}.number"
    head = st.container(horizontal=True, vertical_alignment="center")
    words = head.container(width="stretch")
    if head.button(_("Draw again"), icon=":material/shuffle:", key=f"{_PREFIX}.again"):
        st.session_state[key] = st.session_state.get(key, 0) + 1
    try:
        drawn = _drawn(recipe, dataset, st.session_state.get(key, 0))
    except UserError:
        return  # the sentence about it is the check's matter
    words.markdown(_("Images as they are, and as the network will get them in batch {batch} of epoch {epoch}").format(
        batch=grouped(drawn.batch), epoch=grouped(drawn.epoch)))
    if recipe.task == "denoise":
        st.caption(_("What the network gets has noise on it besides."))
    grid = st.grid(4, min_column_width=150)
    for cell in drawn.cells:
        with grid.cell().container(border=True, gap="xsmall"):
            st.image(cell.png, width="content", alt=_("{count} images before and after the augmentation").format(
                count=cell.images))
            st.caption(plain(_answer(cell.answers, dataset)))


def _answer(answers: list[tuple[int, float]], dataset: Dataset) -> str:
    labels = dataset.info.shown_labels
    seen = [(labels[label], share) for label, share in answers if share >= _LEAST_SHARE]
    return ", ".join(f"{label}: {percent(share, 0)}" if len(seen) > 1 else label for label, share in seen)


def _drawn(recipe: Recipe, dataset: Dataset, number: int) -> _Drawn:
    """The examples of the batch `number`; the last ones are kept as long as the images are."""
    kept = _kept.setdefault(dataset, {})
    steps: Steps = recipe.augmentation
    key = (steps, recipe.task, recipe.seed, recipe.batch_size, recipe.train_images, recipe.validation_fraction, number)
    if key not in kept:
        for old in list(kept)[:1 - _MOST_KEPT]:
            kept.pop(old, None)
        found = preview(recipe, dataset, number, _SHOWN)
        enlarged = max(1, _LARGE // max(dataset.input_shape[:2]))
        kept[key] = _Drawn(found.epoch, found.batch, [
            _Cell(strip(np.stack([*before, *after]), enlarged), len(before), answers)
            for before, after, answers in zip(found.plain, found.changed, found.answers, strict=True)])
    return kept[key]
