"""The curves of a training: loss and accuracy batch by batch and by epoch, and the learning rate.

All of them share one horizontal axis, epochs from 0 to an end that stands still while a curve grows towards it.
"""

from __future__ import annotations

from math import floor
from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import streamlit as st
from numpy.typing import NDArray

from lib.i18n import _
from lib.runs.history import EPOCH_COLUMNS, History

HEIGHT: Final = 210
_GREY: Final = "#808896"
_HALF_WINDOW: Final = 5
_MOST_TICKS: Final = 5
_FRAMES: Final = (20, 50, 100, 200, 500)
_MOST_SYMBOLS: Final = 30
_NARROWEST: Final = 340


def draw_curves(history: History, epochs: int, key: str) -> None:
    """Four charts in a grid, and below them their numbers.

    Args:
        history: what is known so far.
        epochs: where the horizontal axis ends; see `last_epoch`.
        key: where the browser keeps these charts from update to update.
    """
    grid = st.grid(2, min_column_width=_NARROWEST)
    batches, rows = batch_table(history), epoch_table(history)
    with grid.cell():
        _heading(_("Loss"), _("batch by batch"))
        _chart(_batch_loss(batches, epochs), f"{key}.batch_loss", _("Training loss, batch by batch"))
    with grid.cell():
        _heading(_("Accuracy"), _("batch by batch"))
        _chart(_batch_accuracy(batches, epochs), f"{key}.batch_accuracy", _("Training accuracy, batch by batch"))
    with grid.cell():
        _heading(_("Loss"), _("by epoch"))
        _chart(_epoch_loss(rows, epochs), f"{key}.epoch_loss", _("Loss of training and validation by epoch"))
    with grid.cell():
        _heading(_("Accuracy"), _("by epoch"))
        _chart(_epoch_accuracy(rows, epochs), f"{key}.epoch_accuracy",
               _("Accuracy of training and validation by epoch"))


def last_epoch(history: History, epochs: int, over: bool) -> int:
    """Where the horizontal axis ends: at the last epoch of the recipe, or sooner in a long training that is not
    there yet, or in one that ended early.

    Args:
        history: what is known so far.
        epochs: how many epochs the recipe asks for.
        over: whether the training has ended.
    """
    if over:
        return max(history.epoch, 1)
    return next((frame for frame in _FRAMES if history.epoch <= frame <= epochs), epochs)


def draw_learning_rate(history: History, epochs: int, key: str) -> None:
    """The learning rate at every batch."""
    _heading(_("Learning rate"), _("batch by batch"))
    series = [_line(_("Learning rate"), "learning_rate", step="end", itemStyle={"color": _GREY})]
    spec = _spec(batch_table(history), epochs, series, {"min": 0}, "%.3g")
    _chart(spec, f"{key}.learning_rate", _("Learning rate, batch by batch"))


def draw_numbers(history: History, key: str) -> None:
    """The tables behind the curves, each behind a line that opens it."""
    by_epoch = st.expander(_("Numbers by epoch"), icon=":material/table_chart:", key=f"{key}.by_epoch",
                           on_change="rerun")
    if by_epoch.open:
        with by_epoch:
            st.dataframe(epoch_table(history), hide_index=True, key=f"{key}.epochs", column_config=_epoch_columns(),
                         alt=_("Loss, accuracy and learning rate of every epoch"))
    by_batch = st.expander(_("Numbers batch by batch"), icon=":material/table_chart:", key=f"{key}.by_batch",
                           on_change="rerun")
    if by_batch.open:
        with by_batch:
            if history.stride > 1:
                st.caption(_("Each row is the mean of {count} batches.").format(count=history.stride))
            st.dataframe(pa.table(history.batches), hide_index=True, key=f"{key}.batches",
                         column_config=_batch_columns(), alt=_("Loss, accuracy and learning rate of the batches"))


def batch_table(history: History) -> pa.Table:
    """Columns epoch (a fraction), loss, accuracy (percent), learning_rate; one row a point of the batch curves.

    `loss_trend` and `accuracy_trend` are running means, in which the noise of single batches fades. Arrow's own
    tables: twice a second, making data frames would take most of the time.
    """
    per_epoch = (history.began or {}).get("steps_per_epoch") or 1
    columns = {name: np.asarray(values, float) for name, values in history.batches.items()}
    loss, accuracy = columns["loss"], columns["accuracy"] * 100
    return pa.table({"epoch": columns["step"] / per_epoch, "loss": loss, "accuracy": accuracy,
                     "learning_rate": columns["learning_rate"],
                     "loss_trend": _trend(loss), "accuracy_trend": _trend(accuracy)})


def epoch_table(history: History) -> pa.Table:
    """One row an epoch with the columns of `EPOCH_COLUMNS`; accuracies in percent, what is unknown is NaN."""
    columns = {name: np.array([row.get(name) for row in history.epochs], float) for name in EPOCH_COLUMNS}
    return pa.table({name: values * 100 if name.endswith("accuracy") else values for name, values in columns.items()})


def _trend(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running means around each value; over fewer at the start, where a curve is steep."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    index = np.arange(len(values))
    reach = np.minimum(index, _HALF_WINDOW)
    first, last = index - reach, np.minimum(index + reach + 1, len(values))
    counted = counts[last] - counts[first]
    return np.where(counted, (sums[last] - sums[first]) / np.maximum(counted, 1), np.nan)


def _heading(what: str, how: str) -> None:
    st.markdown(f"**{what}** :gray[:small[{how}]]")


def _chart(spec: dict[str, Any], key: str, alt: str) -> None:
    st.echarts_chart(spec, height=HEIGHT, key=key, alt=alt)


def _batch_loss(table: pa.Table, epochs: int) -> dict[str, Any]:
    return _spec(table, epochs, _noisy("loss", table), _loss_axis(table), "%.4f")


def _batch_accuracy(table: pa.Table, epochs: int) -> dict[str, Any]:
    return _spec(table, epochs, _noisy("accuracy", table), _percent_axis(0), "%.1f%%")


def _epoch_loss(table: pa.Table, epochs: int) -> dict[str, Any]:
    return _spec(table, epochs, _both("loss", epochs), _loss_axis(table), "%.4f", legend=True)


def _epoch_accuracy(table: pa.Table, epochs: int) -> dict[str, Any]:
    values = np.concatenate([table["accuracy"].to_numpy(), table["val_accuracy"].to_numpy()])
    values = values[np.isfinite(values)]
    least = floor(values.min() / 10) * 10 if len(values) else 0
    return _spec(table, epochs, _both("accuracy", epochs), _percent_axis(min(least, 90)), "%.2f%%", legend=True)


def _loss_axis(table: pa.Table) -> dict[str, Any]:
    """From 0 to what there is; before that, to a little above the loss of guessing one class of ten."""
    return {"min": 0} if table.num_rows else {"min": 0, "max": 2.5}


def _percent_axis(least: float) -> dict[str, Any]:
    interval = next(step for step in (2, 5, 10, 20, 25) if (100 - least) / step <= _MOST_TICKS)
    return {"min": least, "max": 100, "interval": interval, "axisLabel": {"formatter": "{value}%"}}


def _noisy(column: str, table: pa.Table) -> list[dict[str, Any]]:
    """The batches as a faint line and their trend as a strong one; one name gives both the same colour."""
    # A line through a single point would not be seen.
    single = int(np.isfinite(table[column].to_numpy()).sum()) == 1
    return [_line(_("Training"), f"{column}_trend", tooltip={"show": False}),
            _line(_("Training"), column, lineStyle={"width": 1, "opacity": 0.4}, z=1, showSymbol=single,
                  symbol="circle", symbolSize=7)]


def _both(column: str, epochs: int) -> list[dict[str, Any]]:
    """Training and validation, told apart by colour, by the form of their points and by their strokes."""
    points = {"showSymbol": epochs <= _MOST_SYMBOLS, "symbolSize": 7}
    return [
        _line(_("Training"), column, **points, symbol="circle"),
        _line(_("Validation"), f"val_{column}", **points, symbol="diamond",
              lineStyle={"width": 2, "type": [6, 4]}),
    ]


def _line(name: str, column: str, **more: Any) -> dict[str, Any]:
    return {"type": "line", "name": name, "encode": {"x": "epoch", "y": column, "tooltip": column},
            "showSymbol": False, "lineStyle": {"width": 2}, "emphasis": {"disabled": True}, **more}


def _spec(table: pa.Table, epochs: int, series: list[dict[str, Any]], y: dict[str, Any], tooltip: str,
          legend: bool = False) -> dict[str, Any]:
    columns = dict.fromkeys(["epoch", *(line["encode"]["y"] for line in series)])
    return {
        "animation": False,
        "dataset": {"source": table.select(list(columns))},
        # One margin whatever the labels: the frames stand in line, and the first point does not push them aside.
        "grid": {"left": 52, "right": 18, "top": 30 if legend else 12, "bottom": 26,
                 "containLabel": False, "outerBoundsMode": "none"},
        "legend": {"show": legend, "top": 0, "right": 10},
        "tooltip": {"trigger": "axis", "valueFormatter": tooltip, "confine": True},
        "xAxis": {"type": "value", "min": 0, "max": epochs, "minInterval": 1,
                  "axisLabel": {"showMaxLabel": True, "formatter": "{value}"}},
        "yAxis": {"type": "value", "splitNumber": 4, **y},
        "series": series,
    }


def _epoch_columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
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
