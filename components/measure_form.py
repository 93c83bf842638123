"""The loss and the metrics of the recipe as a form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import streamlit as st

from components import form, own_choices
from components.held import KEY, changed, hold, key
from components.text import plain
from lib.errors import shortened
from lib.i18n import _
from lib.training.losses import LOSSES, OwnLoss
from lib.training.metrics import METRICS, OwnMetric
from lib.training.recipe import MOST_METRICS, Recipe

_TOLD_APART: Final = 40
_OWN_FIELDS: Final = ("name", "formula")


def draw_loss(recipe: Recipe) -> Recipe:
    """The loss, Keras's or one's own, and its fields."""
    own = {loss.model_dump_json(): loss for loss in own_choices.known(OwnLoss)}
    choices: dict[str, Any] = {**LOSSES, **own}
    held = recipe.loss.model_dump_json() if isinstance(recipe.loss, OwnLoss) else recipe.loss.name
    hold("loss", held)
    chosen = st.selectbox(_("Loss"), list(choices), key=key("loss"),
                          format_func=lambda name: _own_named(own[name], own.values()) if name in own else name)
    if chosen != held:
        recipe = changed(recipe, "loss", own[chosen] if chosen in own else LOSSES[chosen](), chosen)
    kind = type(recipe.loss)
    st.caption(f"{_(kind.summary)} ({plain(kind.reference)})" if kind.reference else _(kind.summary))
    if isinstance(recipe.loss, OwnLoss):
        st.code(recipe.loss.formula, language="python")
        return recipe
    return recipe.model_copy(update={"loss": form.draw(recipe.loss, f"{KEY}.loss.{recipe.loss.name}")})


def draw_metrics(recipe: Recipe) -> Recipe:
    """What is told of every epoch beside loss and accuracy: any of Keras's and of one's own, each with its fields."""
    recipe = recipe.model_copy(update={"metrics": tuple(
        form.read(metric, _place(number, metric), _OWN_FIELDS) for number, metric in enumerate(recipe.metrics))})
    present, offered = _choices(recipe.metrics)
    choices = {**present, **offered}
    hold("metrics", list(present))
    chosen = st.multiselect(_("Metrics beside the accuracy"), list(choices), key=key("metrics"),
                            format_func=lambda name: _named(present[name]) if name in present else
                            _label(name, offered[name]), max_selections=MOST_METRICS,
                            placeholder=_("None"), help=_("Told of every epoch, for the training images and those held "
                                                          "out; callbacks can watch them"))
    if chosen != list(present):
        recipe = changed(recipe, "metrics", tuple(choices[name] for name in chosen), chosen)
    drawn = tuple(_fields(number, metric) for number, metric in enumerate(recipe.metrics))
    return recipe.model_copy(update={"metrics": drawn})


def _choices(metrics: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What there is and what can be added, each under a key that it keeps when it is added and when it is changed."""
    present: dict[str, Any] = {}
    count: Counter[str] = Counter()
    for metric in metrics:
        name = _kept_name(metric)
        count[name] += 1
        present[_numbered(name, count[name])] = metric
    offered = {_numbered(name, count[name] + 1): kind() for name, kind in METRICS.items()}
    own = {_kept_name(metric): metric for metric in own_choices.known(OwnMetric)}
    return present, {**offered, **{name: metric for name, metric in own.items() if name not in present}}


def _kept_name(metric: Any) -> str:
    return f"own {metric.name}" if isinstance(metric, OwnMetric) else str(metric.name)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _label(name: str, metric: Any) -> str:
    return _own(metric) if isinstance(metric, OwnMetric) else name


def _fields(number: int, metric: Any) -> Any:
    with st.container(key=f"recipe.fields.metric.{number}", border=True):
        st.markdown(f"**{plain(_named(metric))}** :gray[:small[{_(type(metric).summary)}]]")
        if isinstance(metric, OwnMetric):
            st.code(metric.formula, language="python")
        return form.draw(metric, _place(number, metric), skip=_OWN_FIELDS)


def _place(number: int, metric: Any) -> str:
    return f"{KEY}.metrics.{number}.{metric.name}"


def _named(metric: Any) -> str:
    """The class of Keras, and what tells several of one apart."""
    if isinstance(metric, OwnMetric):
        return _own(metric)
    usual = METRICS[metric.name]().log_name == metric.log_name
    return str(metric.name) if usual else f"{metric.name} ({metric.log_name})"


def _own_named(loss: OwnLoss, among: Iterable[OwnLoss]) -> str:
    """Its name; where several have it, what they do tells them apart."""
    alone = sum(other.name == loss.name for other in among) == 1
    return _own(loss) if alone else f"{loss.name}: {shortened(loss.formula, _TOLD_APART)}"


def _own(thing: object) -> str:
    return _("{name} (your own)").format(name=str(thing))
