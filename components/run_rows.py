"""The rows of the table of runs: a run, or several that differ by their seed alone; on the screen and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import fmean
from typing import Any, Final

import pandas as pd
import streamlit as st

from components.numbers import duration
from components.run_texts import recipe_of
from lib import data
from lib.i18n import _
from lib.runs.history import safe_cell
from lib.runs.series import Series
from lib.runs.states import TITLES
from lib.runs.store import Run

_WORD_JOINER: Final = "\u2060"


def rows(runs: Sequence[Run | Series]) -> pd.DataFrame:
    """What the table shows, one row a run, or a series of runs. Names that a spreadsheet would compute start with an
    invisible letter."""
    table = pd.DataFrame([_series_row(run) if isinstance(run, Series) else _row(run) for run in runs])
    return table.drop(columns="spread") if table["spread"].isna().all() else table


def runs_csv(runs: Sequence[Run]) -> str:
    """The table as CSV for a spreadsheet, with names that stay text."""
    text = io.StringIO(newline="")
    records = [_record(run) for run in runs]
    writer = csv.DictWriter(text, list(records[0]) if records else [])
    writer.writeheader()
    writer.writerows(records)
    # The mark at the beginning tells a spreadsheet that this is UTF-8.
    return "\ufeff" + text.getvalue()


def _row(run: Run) -> dict[str, Any]:
    recipe = recipe_of(run)
    return {
        "name": _harmless(run.name), "state": _(TITLES[run.state]),
        "progress": _progress(run),
        "val": _percent(run.best_val_accuracy), "test": _percent(run.test_accuracy),
        "spread": None,
        "data": _harmless(data.title(recipe.data)) if recipe else None,
        "optimizer": recipe.optimizer.name if recipe else None, "parameters": run.parameters,
        "time": duration(run.trained), "created": datetime.fromtimestamp(run.created, tz=UTC),
    }


def _series_row(series: Series) -> dict[str, Any]:
    """The means of a series, and its sums."""
    states = [run.state for run in series.runs]
    over = sum(run.over for run in series.runs)
    first, test, validation = _row(series.runs[0]), series.test, series.validation
    return {
        **first, "name": _harmless(_("{name}, {count} seeds").format(name=series.name, count=len(series.runs))),
        "state": first["state"] if len(set(states)) == 1 else _("{over} of {count} over").format(
            over=over, count=len(series.runs)),
        "progress": fmean(map(_progress, series.runs)),
        "val": _percent(validation.mean if validation else None), "test": _percent(test.mean if test else None),
        "spread": _percent(test.deviation if test else None),
        "time": duration(sum(run.trained for run in series.runs)),
    }


def _progress(run: Run) -> float:
    """How far a run is, in percent."""
    return 100 if run.state == "finished" else run.progress * 100


def _harmless(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return text if safe_cell(text) == text else _WORD_JOINER + text


def _percent(share: float | None) -> float | None:
    # Streamlit's own format of shares leaves out zeros at the end: the digits of a column would not stand in line.
    return None if share is None else share * 100


def _record(run: Run) -> dict[str, Any]:
    recipe = recipe_of(run)
    return {
        "name": safe_cell(run.name), "state": run.state, "data": recipe and recipe.data, "parameters": run.parameters,
        "optimizer": recipe and recipe.optimizer.name, "learning_rate": recipe and recipe.optimizer.learning_rate,
        "batch_size": recipe and recipe.batch_size, "epochs": run.epoch, "best_val_accuracy": run.best_val_accuracy,
        "test_accuracy": run.test_accuracy, "seconds": round(run.trained, 1),
        "created": datetime.fromtimestamp(run.created, tz=UTC).isoformat(timespec="seconds"),
    }


def columns() -> dict[str, Any]:
    """How the columns of the table look."""
    config = st.column_config
    return {
        "name": config.TextColumn(_("Name"), width="medium"),
        "state": config.TextColumn(_("State"), width="small"),
        "progress": config.ProgressColumn(_("Progress"), format="%d%%", min_value=0, max_value=100, width="small"),
        "val": config.NumberColumn(_("Best validation"), format="%.2f%%", help=_("Best accuracy on the images "
                                                                               "held out, of all epochs")),
        "test": config.NumberColumn(_("Test"), format="%.2f%%", help=_("Accuracy on the test set, at the end")),
        "spread": config.NumberColumn(_("± Test"), format="%.2f%%", help=_("Standard deviation of the test accuracy "
                                                                          "over the seeds")),
        "data": config.TextColumn(_("Data")),
        "optimizer": config.TextColumn(_("Optimizer")),
        "parameters": config.NumberColumn(_("Parameters"), format="localized"),
        "time": config.TextColumn(_("Time"), width=105, help=_("How long the training took")),
        "created": config.DatetimeColumn(_("Started on"), format="YYYY-MM-DD HH:mm",
                                         timezone=st.context.timezone),
    }
