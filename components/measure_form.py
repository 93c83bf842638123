"""The loss and the metrics of the recipe as a form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import streamlit as st

from components import form, own_choices
from components.held import KEY, changed, hold, key, shown
from components.text import plain
from lib.data.tasks import Kind
from lib.errors import shortened
from lib.i18n import _
from lib.training.goals import METRICS_OF, MOST_METRICS, suits, usual_metric
from lib.training.losses import LOSSES, OwnLoss
from lib.training.metrics import METRICS, OwnMetric
from lib.training.recipe import Recipe

_TOLD_APART: Final = 40
_OWN_FIELDS: Final = ("name", "formula")
_OF_ROWS: Final = ("top_k", "class_id", "average")
"""Fields that mean something only where there are several numbers to choose from."""


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
    drawn = choose_metrics(recipe.metrics, "metrics", "classes", _("Metrics beside the accuracy"))
    return recipe.model_copy(update={"metrics": drawn})


def choose_metrics(metrics: tuple[Any, ...], name: str, kind: Kind, label: str) -> tuple[Any, ...]:
    """The metrics of one output, of those that suit its kind of answer, each with its fields.

    Args:
        name: of the widgets.
    """
    skip = (*_OWN_FIELDS, *_OF_ROWS) if kind == "binary" else _OWN_FIELDS
    metrics = tuple(form.read(metric, _place(name, number, metric), skip) for number, metric in enumerate(metrics))
    present, offered = _choices(metrics, kind)
    choices = {**present, **offered}
    hold(name, list(present))
    chosen = st.multiselect(label, list(choices), key=key(name),
                            format_func=lambda name: _named(present[name]) if name in present else
                            _label(name, offered[name]), max_selections=MOST_METRICS,
                            placeholder=_("None"), help=_("Told of every epoch, for the training images and those held "
                                                          "out; callbacks can watch them"))
    if chosen != list(present):
        metrics = tuple(choices[name] for name in chosen)
        shown()[key(name)] = chosen
    return tuple(_fields(name, number, metric, skip) for number, metric in enumerate(metrics))


def _choices(metrics: Iterable[Any], kind: Kind) -> tuple[dict[str, Any], dict[str, Any]]:
    """What there is and what can be added, each under a key that it keeps when it is added and when it is changed."""
    present: dict[str, Any] = {}
    count: Counter[str] = Counter()
    for metric in metrics:
        name = _kept_name(metric)
        count[name] += 1
        present[_numbered(name, count[name])] = metric
    offered = {_numbered(name, count[name] + 1): usual_metric(name, kind) for name in METRICS_OF[kind]}
    own = {_kept_name(metric): metric for metric in own_choices.known(OwnMetric) if suits(metric, kind)}
    return present, {**offered, **{name: metric for name, metric in own.items() if name not in present}}


def _kept_name(metric: Any) -> str:
    return f"own {metric.name}" if isinstance(metric, OwnMetric) else str(metric.name)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _label(name: str, metric: Any) -> str:
    return _own(metric) if isinstance(metric, OwnMetric) else name


def _fields(name: str, number: int, metric: Any, skip: tuple[str, ...]) -> Any:
    with st.container(key=f"recipe.fields.{name}.{number}", border=True):
        st.markdown(f"**{plain(_named(metric))}** :gray[:small[{_(type(metric).summary)}]]")
        if isinstance(metric, OwnMetric):
            st.code(metric.formula, language="python")
        return form.draw(metric, _place(name, number, metric), skip=skip)


def _place(name: str, number: int, metric: Any) -> str:
    return f"{KEY}.{name}.{number}.{metric.name}"


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
