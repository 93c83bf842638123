"""The schedule of the learning rate: which one, its fields, and a picture of every batch before anything is trained."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import streamlit as st

from components import form, own
from components.held import hold, key, shown
from components.numbers import decimal
from components.text import plain
from lib.i18n import _
from lib.training.rates import Planned, planned, schedule_problem, spread
from lib.training.recipe import Recipe
from lib.training.schedules import SCHEDULES, ExponentialDecay, OwnSchedule, Plan, StepDecay

_OWN: Final = "OwnSchedule"
_HEIGHT: Final = 150
_MOST_POINTS: Final = 400
_WIDE: Final = 60.0
"""From this ratio of the highest to the lowest rate on, the axis of what is multiplied goes in powers of ten."""


def draw_schedule(recipe: Recipe, batches: int) -> Recipe:
    """The choice of a schedule with its fields, for epochs of so many batches; what is wrong with it stands below."""
    present = recipe.schedule
    hold("schedule", None if present is None else type(present).__name__)
    name = st.selectbox(_("Schedule of the learning rate"), [None, *SCHEDULES, _OWN], key=key("schedule"),
                        format_func=_title, placeholder=_title(None))
    if name != (None if present is None else type(present).__name__):
        kinds: dict[str, Any] = {**SCHEDULES, _OWN: OwnSchedule}
        present = None if name is None else kinds[name]()
        shown()[key("schedule")] = name
    if present is not None:
        kind = type(present)
        st.caption(f"{_(kind.summary)} ({plain(kind.reference)})" if kind.reference else _(kind.summary))
        if isinstance(present, OwnSchedule):
            present = _saved(present)
        present = form.draw(present, f"recipe.schedule.{name}")
        plan = Plan(recipe.optimizer.learning_rate, batches, recipe.epochs)
        if problem := schedule_problem(present, plan):
            st.markdown(f":red[:material/error: {plain(str(problem))}]")
    return recipe.model_copy(update={"schedule": present})


def draw_rates(recipe: Recipe, batches: int) -> None:
    """The learning rate of every batch as far as it is known; nothing where it never changes."""
    plan = Plan(recipe.optimizer.learning_rate, batches, recipe.epochs)
    if recipe.schedule is not None and schedule_problem(recipe.schedule, plan):
        return
    found = planned(recipe, batches)
    if found.rates.min() == found.rates.max():
        return
    st.markdown(f"**{_('Learning rate')}** :gray[:small[{_('planned, batch by batch')}]]")
    st.echarts_chart(_spec(found, plan, recipe), height=_HEIGHT, key="recipe.rates", alt=_(
        "The planned learning rate from {first} at the start to {last} at the end").format(
            first=decimal(float(found.rates[0])), last=decimal(float(found.rates[-1]))))
    if found.open:
        st.caption(_("What happens in the training decides what else {names} will do to it.").format(
            names=plain(", ".join(found.open))))


def _saved(present: OwnSchedule) -> OwnSchedule:
    """A saved schedule in place of the present one, if one is pressed."""
    saved = own.saved("schedule")
    if not saved:
        return present
    with st.popover(_("Take a saved one"), icon=":material/bookmark:", key="recipe.schedule.saved"):
        for number, each in enumerate(saved):
            if st.button(each.name, key=f"recipe.schedule.saved.{number}", help=plain(each.formula)):
                return OwnSchedule(name=each.name, formula=each.formula)
    return present


def _title(name: str | None) -> str:
    if name is None:
        return _("none")
    return _("A formula of your own") if name == _OWN else name


def _spec(found: Planned, plan: Plan, recipe: Recipe) -> dict[str, Any]:
    points = spread(len(found.steps), _MOST_POINTS)
    steps, rates = found.steps[points], found.rates[points].astype(float)
    # The last batch has its rate until the end.
    epochs = np.append(steps / plan.batches, float(plan.epochs))
    table = pa.table({"epoch": epochs, "rate": np.append(rates, rates[-1])})
    multiplied = recipe.schedule is None or isinstance(recipe.schedule, StepDecay | ExponentialDecay)
    powers = multiplied and rates.min() > 0 and rates.max() / rates.min() > _WIDE
    return {
        "animation": False,
        "dataset": {"source": table},
        "grid": {"left": 58, "right": 18, "top": 10, "bottom": 26, "containLabel": False, "outerBoundsMode": "none"},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3g", "confine": True},
        "xAxis": {"type": "value", "min": 0, "max": plan.epochs, "minInterval": 1,
                  "axisLabel": {"showMaxLabel": True, "formatter": "{value}"}},
        "yAxis": {"type": "log" if powers else "value", "splitNumber": 3, **({} if powers else {"min": 0})},
        "series": [{"type": "line", "name": _("Learning rate"), "step": "end", "showSymbol": False,
                    "encode": {"x": "epoch", "y": "rate", "tooltip": "rate"}, "lineStyle": {"width": 2},
                    "emphasis": {"disabled": True}}],
    }
