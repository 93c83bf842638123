"""Pictures of what is in work: an activation with its derivative, a loss over what is predicted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import streamlit as st
from numpy.typing import NDArray

from lib.errors import UserError
from lib.formula import parse
from lib.i18n import _
from lib.own.curves import activation_curve, loss_curve
from lib.own.sample import SIZES, metric_sample
from lib.own.verdict import plan
from lib.training.rates import scheduled

Shape = tuple[int, ...]

HEIGHT: Final = 280
_RANGE: Final = "formulas.range"
_MOST_POINTS: Final = 1000
_WIDEST: Final = 20.0
_DASHED: Final = {"width": 2, "type": [6, 4]}


def draw_plot(kind: str, thing: Any, size: Shape) -> None:
    """The picture of an accepted thing, where its kind has one."""
    try:
        if kind in PICTURES:
            PICTURES[kind](thing, size)
    except UserError:
        # What cannot be computed with the sizes of a picture can still be used with others.
        st.caption(_("There is no picture of it with these sizes."))


def _activation(thing: Any, size: Shape) -> None:
    low, high = st.slider(_("Range of x"), -_WIDEST, _WIDEST, (-5.0, 5.0), 0.5, key=_RANGE, persist_state="session")
    curve = activation_curve(parse(thing.formula), size[-1], low, max(high, low + 0.5))
    if curve is None:
        st.caption(_("There is no picture of it with these sizes."))
        return
    chart("x", {thing.name: curve.y, _("derivative"): curve.slope}, curve.x, (low, high), "formulas.plot",
          _("{name} and its derivative from {low:g} to {high:g}").format(name=thing.name, low=low, high=high))
    if curve.channels > 1:
        st.caption(_("It mixes channels: this is the first of {count}, while the others are 0.").format(
            count=curve.channels))


def _loss(thing: Any, size: Shape) -> None:
    curve = loss_curve(parse(thing.formula), size[0])
    if curve is None:
        st.caption(_("There is no picture of it with these sizes."))
        return
    lines = {_("where it is true") if curve.wrong is not None else _("loss"): curve.right}
    if curve.wrong is not None:
        lines[_("where it is false")] = curve.wrong
    chart(_("predicted for the true class") if curve.wrong is None else _("predicted"), lines, curve.p,
          (0, 1), "formulas.plot", _("{name} over what is predicted").format(name=thing.name))


def _metric(thing: Any, size: Shape) -> None:
    """What the batches make of it: over all images together, and as a mean over batches."""
    sample = metric_sample(thing.formula, size[0])
    labels = [*(_("batch of {size}").format(size=size) for size in SIZES), _("mean of the batches"),
              _("all images together")]
    values = [*sample.batches, sample.mean, sample.together]
    st.markdown(_("On made-up answers in three batches:"))
    st.dataframe(pa.table({"of": labels, "value": values}), hide_index=True, width="content", key="formulas.sample",
                 column_config={"of": _("of"), "value": st.column_config.NumberColumn(thing.name, format="%.4f")},
                 alt=_("The metric on made-up batches"))
    if thing.over == "epoch":
        st.caption(_("Of the whole epoch: sums grow batch by batch, and the metric is computed from them at the end. "
                     "So it is the metric of all images together, however large the batches are."))
    else:
        st.caption(_("Of batches: it is computed for each batch by itself, and the mean is told. Of a ratio that is "
                     "another number, which depends on the size of the batches: a small one counts as much as a large "
                     "one."))


def _schedule(thing: Any, size: Shape) -> None:
    tried = plan(size)
    steps = np.unique(np.linspace(0, tried.steps - 1, min(tried.steps, _MOST_POINTS)).astype(np.int64))
    rates = scheduled(thing, tried, steps)
    chart(_("epoch"), {_("learning rate"): rates}, steps / tried.batches, (0, tried.epochs), "formulas.plot",
          _("{name} over {epochs} epochs").format(name=thing.name, epochs=tried.epochs))
    st.caption(_("For a learning rate of {rate:g} and epochs of {batches} batches.").format(
        rate=tried.learning_rate, batches=tried.batches))


def chart(across: str, lines: Mapping[str, NDArray[Any]], x: NDArray[Any], ends: tuple[float, float], key: str,
          alt: str) -> None:
    """One or two lines over `x`, the second one dashed; the axis goes from end to end."""
    table = pa.table({"x": x, **{f"y{number}": line for number, line in enumerate(lines.values())}})
    series = [{"type": "line", "name": name, "encode": {"x": "x", "y": f"y{number}", "tooltip": f"y{number}"},
               "showSymbol": False, "emphasis": {"disabled": True},
               "lineStyle": _DASHED if number else {"width": 2}} for number, name in enumerate(lines)]
    spec = {
        "animation": False,
        "dataset": {"source": table},
        "grid": {"left": 52, "right": 18, "top": 30, "bottom": 42, "containLabel": False, "outerBoundsMode": "none"},
        "legend": {"show": True, "top": 0, "right": 10},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4g", "confine": True},
        "xAxis": {"type": "value", "min": ends[0], "max": ends[1], "name": across, "nameLocation": "middle",
                  "nameGap": 24},
        "yAxis": {"type": "value", "scale": True, "splitNumber": 4},
        "series": series,
    }
    st.echarts_chart(spec, height=HEIGHT, key=key, alt=alt)


PICTURES: Final[dict[str, Callable[[Any, Shape], None]]] = {
    "activation": _activation, "loss": _loss, "metric": _metric, "schedule": _schedule,
}
