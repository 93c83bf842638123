"""The parts of the Data page."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components.image_grid import class_grid
from components.numbers import grouped
from lib.data import DATASETS, Dataset, DatasetInfo, Source, available, background, data_file, load, split
from lib.data.remote import REMOTES
from lib.errors import UserError
from lib.i18n import N_, _
from lib.settings import settings

CHOICE: Final = "data.choice"
FRACTION: Final = "data.validation"
_SEED: Final = 0

_PARTS: Final = (N_("Training"), N_("Validation"), N_("Test"))
_PATTERNS: Final = ("", "/", ".")

_BADGES: Final[dict[Source, tuple[str, str]]] = {
    "folder": (":material/folder:", "green"),
    "keras cache": (":material/folder:", "green"),
    "sample": (":material/grid_view:", "blue"),
    "generated": (":material/draw:", "orange"),
}

_RECIPE: Final = """\
import keras, numpy as np
(x_train, y_train), (x_test, y_test) = keras.datasets.{name}.load_data()
np.savez("{file}", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
"""


def choose() -> DatasetInfo:
    """The data set that this session looks at."""
    name = st.segmented_control(
        _("Data set"), list(DATASETS), default=next(iter(DATASETS)), required=True, key=CHOICE,
        format_func=lambda name: _(DATASETS[name].title), label_visibility="collapsed", persist_state="session",
    )
    return DATASETS[name or next(iter(DATASETS))]


def loaded(info: DatasetInfo) -> Dataset | None:
    """The images of `info`; where there are none, `None`, and the screen says why and what to do."""
    if available(info.name) is None:
        _say_missing(info)
        return None
    try:
        with st.spinner(_("Reading the images"), show_time=True):
            return load(info.name)
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return None


def describe(info: DatasetInfo, dataset: Dataset | None) -> None:
    """What the set shows, and where its images come from."""
    st.markdown(_(info.description))
    if dataset:
        icon, colour = _BADGES[dataset.source]
        st.badge(dataset.source_note, icon=icon, color=colour)  # type: ignore[arg-type]


def show(dataset: Dataset) -> None:
    """Images, split and balance of `dataset`."""
    st.subheader(_("Images"))
    class_grid(dataset, f"data.{dataset.name}")
    st.subheader(_("Split"))
    _split(dataset)
