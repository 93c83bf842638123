"""How well a trained model does on the test set: accuracy per class, and which class it takes for which."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from components.numbers import decimal, grouped, percent
from components.pictures import draw_pictures
from components.text import plain
from lib.i18n import N_, _

_NARROWEST: Final = 340
_HEIGHT: Final = 440
_MISTAKES_SHOWN: Final = 3
_TICKS: Final = (0, 25, 50, 75, 100)


class Mistake(NamedTuple):
    """`images` test images of class `true` that were taken for class `predicted` (class numbers)."""

    images: int
    true: int
    predicted: int


def draw_evaluation(evaluation: dict[str, Any], key: str) -> None:
    """The final evaluation of a run, as its event tells it."""
    if "outputs" in evaluation:
        _draw_outputs(evaluation, key)
        return
    # Words of the person who brought the images are never translated.
    labels = [label if evaluation.get("own") else _(label) for label in evaluation["labels"]]
    confusion = np.asarray(evaluation["confusion"], dtype=int)
    st.subheader(_("On the test set"), anchor=False)
    st.markdown(_summary(evaluation, confusion, labels))
    _draw_measured(evaluation)
    _draw_classes(evaluation, confusion, labels, key)


def _draw_outputs(evaluation: dict[str, Any], key: str) -> None:
    """Each output of a task: its classes, how far its numbers are off, or the images that it made."""
    st.subheader(_("On the test set"), anchor=False)
    for output in evaluation["outputs"]:
        name = f"**{plain(output['name'])}**"
        if output["kind"] == "image":
            st.markdown(_("{output}: {share} of the pixels are on the right side of middle grey.").format(
                output=name, share=percent(evaluation["accuracy"], 2)))
            _draw_measured(output)
            draw_pictures(output["pictures"])
        elif output["kind"] == "number":
            st.markdown(_("{output}: {share} are right when rounded; on average the answer is off by {error}.").format(
                output=name, share=percent(output["accuracy"], 2), error=decimal(output["error"])))
            _draw_measured(output)
        else:
            labels = [label if output["own"] else _(label) for label in output["labels"]]
            confusion = np.asarray(output["confusion"], dtype=int)
            st.markdown(f"{name}: {_summary(output, confusion, labels, _OF_EXAMPLES)}")
            _draw_measured(output)
            _draw_classes(output, confusion, labels, f"{key}.{output['name']}")


def _draw_measured(told: dict[str, Any]) -> None:
    """The metrics of an output by their names, as they stand in the tables and files."""
    if told.get("metrics"):
        st.markdown(" :gray[·] ".join(f"`{name}` {decimal(value)}" for name, value in told["metrics"].items()))


def _draw_classes(evaluation: dict[str, Any], confusion: NDArray[np.int64], labels: list[str], key: str) -> None:
    grid = st.grid(2, min_column_width=_NARROWEST)
    with grid.cell():
        st.markdown(f"**{_('Accuracy per class')}**")
        st.plotly_chart(_bars(evaluation["per_class"], labels), key=f"{key}.per_class", config=_CONFIG,
                        alt=_("Accuracy per class on the test set"))
    with grid.cell():
        st.markdown(f"**{_('Confusion matrix')}** :gray[:small[{_('rows: true class, columns: predicted class')}]]")
        st.plotly_chart(_heatmap(confusion, labels), key=f"{key}.confusion", config=_CONFIG,
                        alt=_("How many test images of each class were taken for which class"))
    _tables(evaluation, confusion, labels, key)


def mistakes(confusion: NDArray[np.int64]) -> list[Mistake]:
    """The pairs of classes that were taken for each other, the most frequent first."""
    found = [Mistake(int(count), int(true), int(predicted))
             for (true, predicted), count in np.ndenumerate(confusion) if true != predicted and count]
    return sorted(found, key=lambda mistake: (-mistake.images, mistake.true, mistake.predicted))


_CONFIG: Final = {"displayModeBar": False}


_OF_IMAGES: Final = N_(
    "{right} of {images} images that the network had never seen are classified correctly: {share}.")
_OF_EXAMPLES: Final = N_(
    "{right} of {images} examples that the network had never seen are answered correctly: {share}.")


def _summary(evaluation: dict[str, Any], confusion: NDArray[np.int64], labels: list[str],
             sentence: str = _OF_IMAGES) -> str:
    images, right = int(confusion.sum()), int(np.trace(confusion))
    text = _(sentence).format(
        right=grouped(right), images=grouped(images), share=percent(evaluation["accuracy"], 2))
    worst = mistakes(confusion)[:_MISTAKES_SHOWN]
    if not worst:
        return text
    pairs = "; ".join(_("{true} taken for {predicted} ({count})").format(
        true=plain(labels[pair.true]), predicted=plain(labels[pair.predicted]), count=grouped(pair.images))
        for pair in worst)
    return f"{text} {_('Most frequent mistakes: {pairs}.').format(pairs=pairs)}"


def _bars(per_class: list[float], labels: list[str]) -> go.Figure:
    shares = [value * 100 if value is not None else 0.0 for value in per_class]
    figure = go.Figure(go.Bar(x=shares, y=labels, orientation="h", text=[percent(value) for value in per_class],
                              textposition="outside", cliponaxis=False, hoverinfo="skip"))
    figure.update_layout(height=_HEIGHT, margin={"l": 0, "r": 24, "t": 8, "b": 24}, bargap=0.25)
    figure.update_xaxes(range=[0, 112], tickvals=_TICKS, ticktext=[f"{tick}%" for tick in _TICKS], fixedrange=True)
    figure.update_yaxes(autorange="reversed", type="category", fixedrange=True, ticksuffix="  ", showgrid=False)
    return figure


def _heatmap(confusion: NDArray[np.int64], labels: list[str]) -> go.Figure:
    # The root brings out the few mistakes beside the many right answers of the diagonal.
    members = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    hover = _("{true} taken for {predicted}: {count}").format(true="%{y}", predicted="%{x}", count="%{text}")
    figure = go.Figure(go.Heatmap(
        z=np.sqrt(confusion / members), zmin=0, zmax=1, x=labels, y=labels,
        text=[[grouped(int(count)) if count else "" for count in row] for row in confusion],
        texttemplate="%{text}", hovertemplate=f"{hover}<extra></extra>", showscale=False, xgap=1, ygap=1))
    figure.update_layout(height=_HEIGHT, margin={"l": 0, "r": 8, "t": 8, "b": 24})
    figure.update_xaxes(type="category", fixedrange=True, showgrid=False, ticks="")
    figure.update_yaxes(autorange="reversed", type="category", fixedrange=True, showgrid=False, ticks="")
    return figure


def _tables(evaluation: dict[str, Any], confusion: NDArray[np.int64], labels: list[str], key: str) -> None:
    expander = st.expander(_("Numbers of the evaluation"), icon=":material/table_chart:", key=f"{key}.tables",
                           on_change="rerun")
    if not expander.open:
        return
    with expander:
        per_class = pd.DataFrame({_("Class"): labels, _("Images"): confusion.sum(axis=1),
                                  _("Correct"): confusion.diagonal(), _("Accuracy"): evaluation["per_class"]})
        st.dataframe(per_class, hide_index=True, alt=_("Accuracy per class on the test set"),
                     column_config={_("Accuracy"): st.column_config.NumberColumn(format="percent")})
        table = pd.DataFrame(confusion, columns=pd.Index(labels),
                             index=pd.Index(labels, name=_("true \\ predicted")))
        st.dataframe(table, alt=_("How many test images of each class were taken for which class"))
