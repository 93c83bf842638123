"""The parts of the Data page: the choice of a set, its images, its split and the balance of its classes."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import own_data
from components.data_files import say_missing
from components.image_grid import class_grid
from components.numbers import grouped
from components.owner import owner
from components.task_view import tasks
from components.text import plain
from lib.data import DATASETS, Dataset, DatasetInfo, Source, Split, available, load, own, split
from lib.errors import UserError
from lib.i18n import N_, _

CHOICE: Final = "data.choice"
FRACTION: Final = "data.validation"

_SEED: Final = 0
_DEFAULT_PERCENT: Final = 10
_LARGEST_PERCENT: Final = 50
_BADGES: Final[dict[Source, str]] = {
    "folder": ":green-badge[:material/folder: {words}]",
    "keras cache": ":green-badge[:material/folder: {words}]",
    "sample": ":blue-badge[:material/grid_view: {words}]",
    "generated": ":orange-badge[:material/draw: {words}]",
    "own": ":violet-badge[:material/person: {words}]",
}
_PARTS: Final = {N_("Training"): "", N_("Validation"): "/", N_("Test"): "."}
"""The parts of a data set, and the pattern that tells each from the others where colour does not."""


def choose() -> DatasetInfo:
    """The data set that this session looks at: a built-in one, or one of this browser's own."""
    known = {info.name: info for info in (*DATASETS.values(), *own.infos(owner()))}
    wanted = st.session_state.pop(own_data.NEXT, st.session_state.get(CHOICE))
    st.session_state[CHOICE] = wanted if wanted in known else next(iter(known))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = st.segmented_control(
            _("Data set"), list(known), required=True, key=CHOICE, persist_state="session",
            format_func=lambda name: plain(known[name].shown_title), label_visibility="collapsed", width="content",
            wrap=True,
        )
        if st.button(_("Add your own images"), icon=":material/upload:", key="data.add"):
            own_data.ask()
    own_data.dialog()
    return known[name or next(iter(known))]


def loaded(info: DatasetInfo) -> Dataset | None:
    """The images of `info`, with their source named; `None` where there are none, and the screen says what to do."""
    if info.own:
        own_data.manage(info)
    else:
        st.markdown(_(info.description))
    if available(info.name) is None:
        say_missing(info, CHOICE)
        return None
    try:
        with st.spinner(_("Reading the images")):
            dataset = load(info.name)
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    st.markdown(_BADGES[dataset.source].format(words=dataset.source_note))
    return dataset


def show(dataset: Dataset) -> None:
    """Images, tasks, split and balance of `dataset`."""
    st.subheader(_("Images"))
    class_grid(dataset, f"data.{dataset.name}")
    st.subheader(_("Tasks"))
    tasks(dataset)
    st.subheader(_("Split"))
    _split(dataset)


@st.fragment
def _split(dataset: Dataset) -> None:
    st.markdown(_("The test images stay out of everything until a run is over, and are then used once. "
                  "Of the others, some of each class are held out: a network never learns from these validation "
                  "images, so they show while it learns whether it gets better at images it has not seen."))
    percent = st.slider(
        _("Held out for validation"), 0, _LARGEST_PERCENT, _DEFAULT_PERCENT, 5, format="%d%%", key=FRACTION,
        help=_("Try it here. Each run has its own setting on the Train page."), persist_state="session", width=420,
    )
    parts = split(dataset, percent / 100, _SEED)
    counts = class_counts(parts)
    _sizes(dataset, counts)
    st.plotly_chart(balance(counts), key="data.balance", alt=_balance_in_words(counts),
                    config={"displayModeBar": False, "scrollZoom": False})
    with st.expander(_("Images of each class as a table")):
        st.table(counts.style.format(thousands="\u202f"), alt=_("Images of each class in each part"))


def class_counts(parts: Split) -> pd.DataFrame:
    """How many images of each class (rows) are in each part (columns), titles translated."""
    dataset = parts.dataset
    labels = (parts.y_train, parts.y_val, dataset.y_test)
    columns = {_(part): np.bincount(numbers, minlength=dataset.classes)
               for part, numbers in zip(_PARTS, labels, strict=True)}
    return pd.DataFrame(columns, index=pd.Index(dataset.info.shown_labels, name=_("Class")))


def balance(counts: pd.DataFrame) -> go.Figure:
    """Stacked bars of `class_counts`, in the colours of the theme and with a pattern for each part."""
    figure = go.Figure(
        [
            go.Bar(name=part, x=counts.index, y=counts[part], marker_pattern_shape=pattern,
                   hovertemplate="%{x}: %{y:,d}")
            for part, pattern in zip(counts.columns, _PARTS.values(), strict=True)
        ]
    )
    figure.update_layout(
        barmode="stack", height=320, bargap=0.3, margin={"l": 0, "r": 0, "t": 30, "b": 0}, separators=".\u202f",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    figure.update_xaxes(type="category", fixedrange=True)
    figure.update_yaxes(title=_("Images"), tickformat=",d", fixedrange=True, rangemode="tozero")
    return figure


def _sizes(dataset: Dataset, counts: pd.DataFrame) -> None:
    height, width, channels = dataset.input_shape
    figures = {_("{part} images").format(part=part): grouped(int(counts[part].sum())) for part in counts.columns}
    figures[_("Image shape")] = f"{height} × {width} × {channels}"
    with st.grid(4, min_column_width=150):
        for title, value in figures.items():
            st.metric(title, value, border=True)


def _balance_in_words(counts: pd.DataFrame) -> str:
    every = counts.sum(axis=1)
    if every.min() == every.max():
        return _("Every class has {images} images").format(images=grouped(int(every.max())))
    return _("From {fewest} images of {rarest} to {most} images of {commonest}").format(
        fewest=grouped(int(every.min())), rarest=every.idxmin(),
        most=grouped(int(every.max())), commonest=every.idxmax(),
    )
