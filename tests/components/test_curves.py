"""The tables behind the curves, and frames that stay where they are."""

from __future__ import annotations

import json
import math

import pytest
from streamlit.testing.v1 import AppTest

from components.curves import batch_table, epoch_table, last_epoch
from lib.runs.history import History
from lib.runs.records import Event
from tests import fake_runs


def told(*data: dict[str, object]) -> History:
    history = History()
    history.add(Event(seq, 0.0, str(event["kind"]), event) for seq, event in enumerate(data, 1))
    return history


def began(steps: int = 10) -> dict[str, object]:
    return {"kind": "begin", "epochs": 4, "steps_per_epoch": steps}


def test_batches_stand_at_fractions_of_epochs() -> None:
    table = batch_table(told(began(), fake_runs.batches(1, 10, 10), fake_runs.batches(2, 5, 10)))
    assert table["epoch"].to_pylist() == pytest.approx([step / 10 for step in range(1, 16)])
    assert all(0 <= value <= 100 for value in table["accuracy"].to_pylist())


def test_the_trend_starts_at_the_first_batch_and_fades_noise() -> None:
    losses = [2.0, 1.0, 3.0] * 10
    event = {**fake_runs.batches(1, 30, 30), "loss": losses}
    trend = batch_table(told(began(30), event))["loss_trend"].to_pylist()
    assert trend[0] == 2.0
    assert all(1.6 < value < 2.4 for value in trend)


def test_a_batch_that_is_nan_leaves_the_trend_whole() -> None:
    event = {**fake_runs.batches(1, 20, 20), "loss": [1.0] * 10 + [math.nan] + [1.0] * 9}
    assert batch_table(told(began(20), event))["loss_trend"].to_pylist() == [1.0] * 20


def test_an_empty_history_has_the_same_columns() -> None:
    assert batch_table(History()).num_rows == 0
    assert epoch_table(History()).column_names[:3] == ["epoch", "loss", "accuracy"]


def test_what_an_epoch_does_not_know_is_nan() -> None:
    event = {"kind": "epoch", "epoch": 1, "logs": {"loss": 0.5}, "learning_rate": None}
    row = epoch_table(told(event)).to_pylist()[0]
    assert (row["epoch"], row["loss"]) == (1.0, 0.5)
    assert math.isnan(row["val_loss"])
    assert math.isnan(row["seconds"])


def charts(history: History) -> list[str]:
    def script(values: dict[str, object]) -> None:
        from components.curves import draw_curves
        from lib.runs.history import History

        draw_curves(History(**values), 4, "test")  # type: ignore[arg-type]

    page = AppTest.from_function(script, args=(vars(history),), default_timeout=30).run()
    assert not page.exception
    return [chart.proto.spec for chart in page.get("echarts_chart")]


def test_a_single_point_is_seen_and_more_of_them_are_a_line() -> None:
    for count, seen in ((1, True), (2, False)):
        loss = json.loads(charts(told(began(), fake_runs.batches(1, count, 10)))[0])
        assert [line["showSymbol"] for line in loss["series"]] == [False, seen]


def test_the_frames_are_there_before_the_first_point_and_keep_their_width() -> None:
    before = [json.loads(spec) for spec in charts(History())]
    later = [json.loads(spec) for spec in charts(told(began(), fake_runs.batches(1, 10, 10)))]
    assert len(before) == len(later) == 4
    for empty, filled in zip(before, later, strict=True):
        assert empty["xAxis"] == filled["xAxis"]
        assert (empty["xAxis"]["min"], empty["xAxis"]["max"]) == (0, 4)
        assert empty["grid"] == filled["grid"]


@pytest.mark.parametrize(("epoch", "epochs", "over", "expected"), [
    (0, 5, False, 5), (3, 5, False, 5), (3, 5, True, 3), (0, 5, True, 1),
    (1, 1000, False, 20), (20, 1000, False, 20), (21, 1000, False, 50), (501, 1000, False, 1000), (9, 1000, True, 9),
    (1, 30, False, 20), (25, 30, False, 30),
])
def test_the_axis_ends_where_there_is_something_to_see(epoch: int, epochs: int, over: bool, expected: int) -> None:
    assert last_epoch(History(epoch=epoch), epochs, over) == expected
