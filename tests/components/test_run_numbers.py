"""The tables behind the curves."""

from __future__ import annotations

import math

from components.run_numbers import epoch_table
from lib.runs.history import EPOCH_COLUMNS, History
from lib.runs.records import Event


def test_an_empty_history_has_the_same_columns() -> None:
    assert epoch_table(History()).column_names == list(EPOCH_COLUMNS)


def test_what_an_epoch_does_not_know_is_nan() -> None:
    history = History()
    history.add([Event(1, 0.0, "epoch", {"kind": "epoch", "epoch": 1, "logs": {"loss": 0.5}, "learning_rate": None})])
    row = epoch_table(history).to_pylist()[0]
    assert (row["epoch"], row["loss"]) == (1.0, 0.5)
    assert math.isnan(row["val_loss"])
    assert math.isnan(row["seconds"])


def test_metrics_have_columns_of_their_own() -> None:
    history = History()
    logs = {"loss": 0.5, "accuracy": 0.25, "recall": None, "val_loss": 0.6, "val_accuracy": 0.3, "val_recall": 0.75}
    history.add([Event(1, 0.0, "epoch", {"kind": "epoch", "epoch": 1, "logs": logs, "learning_rate": 0.1})])
    table = epoch_table(history)
    assert table.column_names == [*EPOCH_COLUMNS[:-2], "recall", "val_recall", *EPOCH_COLUMNS[-2:]]
    row = table.to_pylist()[0]
    assert (row["accuracy"], row["val_recall"]) == (25.0, 0.75)
    assert math.isnan(row["recall"])
