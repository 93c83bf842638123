"""The task of the recipe, and what its outputs weigh and are measured by, as a form."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from components.held import changed, hold, key, shown
from components.measure_form import choose_metrics
from components.text import plain
from lib import data
from lib.data.tasks import CLASSIFY, TASKS, Target, TaskName
from lib.errors import UserError
from lib.i18n import _
from lib.training.goals import LOSSES_OF, OutputRecipe, targets_of
from lib.training.recipe import Recipe

_WIDTH: Final = 164
_LOSS_WIDTH: Final = 2 * _WIDTH


def choose_task(recipe: Recipe) -> Recipe:
    """The tasks that the data set can be used for, and what the chosen one asks of a network."""
    try:
        info = data.info(recipe.data)
    except UserError:
        return recipe
    names: list[TaskName] = [task.name for task in TASKS.values() if task.fits(info) or task.name == recipe.task]
    hold("task", recipe.task)
    name = st.pills(_("Task"), names, key=key("task"), required=True, label_visibility="collapsed", wrap=True,
                    format_func=lambda name: _(TASKS[name].title))
    if name is not None and name != recipe.task:
        recipe = changed(recipe, "task", name).model_copy(update={"outputs": ()})
    if recipe.task != CLASSIFY:
        st.caption(_(TASKS[recipe.task].description))
    return recipe


def draw_outputs(recipe: Recipe) -> Recipe:
    """For each answer of the task its loss, what that weighs in the sum, and its metrics."""
    targets = targets_of(recipe.task)
    chosen = {each.output: each for each in recipe.outputs}
    drawn = [_output(name, target, chosen.get(name, OutputRecipe(output=name)), len(targets) > 1)
             for name, target in targets.items()]
    # What is as usual is left out, so that a recipe that nobody changed stays as it was.
    kept = tuple(each for each in drawn if each != OutputRecipe(output=each.output))
    return recipe.model_copy(update={"outputs": kept})


def _output(name: str, target: Target, present: OutputRecipe, weighed: bool) -> OutputRecipe:
    offered = LOSSES_OF[target.kind]
    values: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        hold(f"{name}.loss", present.loss or offered[0])
        values["loss"] = st.selectbox(_("Loss of {output}").format(output=plain(name)), offered, width=_LOSS_WIDTH,
                                      key=key(f"{name}.loss"))
        if weighed:
            hold(f"{name}.weight", present.weight)
            values["weight"] = st.number_input(_("Weight"), 0.0, 1000.0, step=0.1, key=key(f"{name}.weight"),
                                               width=_WIDTH, help=_("What its loss is multiplied by in the sum"))
    for field, value in values.items():
        shown()[key(f"{name}.{field}")] = value
    if values["loss"] == offered[0]:
        values["loss"] = None
    values["metrics"] = choose_metrics(present.metrics, f"{name}.metrics", target.kind,
                                       _("Metrics of {output}").format(output=plain(name)))
    return present.model_copy(update=values)
