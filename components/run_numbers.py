"""The numbers behind the curves of a training, as tables."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import streamlit as st

from lib.i18n import _
from lib.runs.history import EPOCH_COLUMNS, History, epoch_columns

_PERCENT: Final = ("accuracy", "val_accuracy")


def draw_numbers(history: History, key: str) -> None:
    """The tables behind the curves, each behind a line that opens it."""
    by_epoch = st.expander(_("Numbers by epoch"), icon=":material/table_chart:", key=f"{key}.by_epoch",
                           on_change="rerun")
    if by_epoch.open:
        with by_epoch:
            st.dataframe(epoch_table(history), hide_index=True, key=f"{key}.epochs",
                         column_config=_epoch_columns(history),
                         alt=_("Loss, accuracy and learning rate of every epoch"))
    by_batch = st.expander(_("Numbers batch by batch"), icon=":material/table_chart:", key=f"{key}.by_batch",
                           on_change="rerun")
    if by_batch.open:
        with by_batch:
            if history.stride > 1:
                st.caption(_("Each row is the mean of {count} batches.").format(count=history.stride))
            st.dataframe(pa.table(history.batches), hide_index=True, key=f"{key}.batches",
                         column_config=_batch_columns(), alt=_("Loss, accuracy and learning rate of the batches"))


def epoch_table(history: History) -> pa.Table:
    """One row an epoch with the columns of `EPOCH_COLUMNS` and the metrics of the recipe; accuracies in percent,
    what is unknown is NaN."""
    columns = {name: np.array([row.get(name) for row in history.epochs], float)
               for name in epoch_columns(history.epochs)}
    return pa.table({name: values * 100 if name in _PERCENT else values for name, values in columns.items()})


def _epoch_columns(history: History) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        **{name: number(name, format="%.4f") for name in epoch_columns(history.epochs) if name not in EPOCH_COLUMNS},
        "epoch": number(_("Epoch"), format="%d"),
        "loss": number(_("Loss, training"), format="%.4f"),
        "accuracy": number(_("Accuracy, training"), format="%.2f%%"),
        "val_loss": number(_("Loss, validation"), format="%.4f"),
        "val_accuracy": number(_("Accuracy, validation"), format="%.2f%%"),
        "learning_rate": number(_("Learning rate"), format="%.3g"),
        "seconds": number(_("Seconds"), format="%.1f"),
    }


def _batch_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "step": number(_("Batch"), format="%d"),
        "loss": number(_("Loss"), format="%.4f"),
        "accuracy": number(_("Accuracy"), format="percent"),
        "learning_rate": number(_("Learning rate"), format="%.3g"),
    }
