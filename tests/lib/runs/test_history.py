"""What a history makes of the events of a run."""

from __future__ import annotations

import csv
import io
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.runs.history import MOST_POINTS, MOST_PROBES, History, history_csv, safe_cell
from lib.runs.records import Event


def events(*data: dict[str, Any], after: int = 0) -> list[Event]:
    return [Event(seq, 0.0, event["kind"], event) for seq, event in enumerate(data, after + 1)]


def batches(first: int, last: int, epoch: int = 1) -> dict[str, Any]:
    steps = list(range(first, last + 1))
    return {"kind": "batches", "epoch": epoch, "steps": steps, "loss": [1 / step for step in steps],
            "accuracy": [0.5] * len(steps), "learning_rate": [0.001] * len(steps), "images_per_second": 1000.0,
            "remaining": 12.5, "progress": 0.25}


def epoch(number: int) -> dict[str, Any]:
    logs = {"loss": 1.0, "accuracy": 0.6, "val_loss": 0.9, "val_accuracy": 0.7}
    return {"kind": "epoch", "epoch": number, "logs": logs, "learning_rate": 0.001, "seconds": 2.5}


def test_batches_become_columns() -> None:
    history = History()
    history.add(events(batches(1, 3)))
    assert history.batches == {"step": [1, 2, 3], "loss": [1, 1 / 2, 1 / 3], "accuracy": [0.5] * 3,
                               "learning_rate": [0.001] * 3}
    assert (history.last, history.speed, history.remaining, history.progress) == (1, 1000.0, 12.5, 0.25)


def test_it_goes_on_where_it_was_kept() -> None:
    history = History()
    history.add(events(batches(1, 3)))
    again = History(**vars(history))
    again.add(events(epoch(1), after=history.last))
    assert again.last == 2
    assert again.batches["step"] == [1, 2, 3]
    assert [row["val_accuracy"] for row in again.epochs] == [0.7]


def test_many_batches_are_averaged_and_span_the_whole_training() -> None:
    history = History()
    history.add(events(*(batches(first, first + 99) for first in range(1, 20_001, 100))))
    steps = history.batches["step"]
    assert MOST_POINTS / 2 - 1 <= len(steps) <= MOST_POINTS
    assert all(later - earlier == history.stride for earlier, later in pairwise(steps))
    assert steps[-1] > 20_000 - 2 * history.stride


def test_an_epoch_told_again_replaces_the_earlier_ones() -> None:
    history = History()
    history.add(events(epoch(1), epoch(2), epoch(2)))
    assert [row["epoch"] for row in history.epochs] == [1, 2]


def resume(step: int, last_epoch: int, notes: int = 0) -> dict[str, Any]:
    return {"kind": "resume", "step": step, "epoch": last_epoch, "notes": notes, "attempt": 2}


def test_what_comes_again_after_a_checkpoint_is_told_once() -> None:
    note = {"kind": "note", "epoch": 1, "source": "EarlyStopping", "message": "waits", "values": {}}
    late = {**note, "epoch": 2}
    told: list[dict[str, Any]] = [{"kind": "begin", "epochs": 3}, batches(1, 10), epoch(1), note, batches(11, 20, 2),
                                  epoch(2), late, batches(21, 25, 3)]
    history = History()
    history.add(events(*told, {"kind": "begin", "epochs": 3}, resume(13, 1, notes=1), batches(14, 20, 2), epoch(2),
                       late, batches(21, 30, 3), epoch(3)))
    assert history.batches["step"] == list(range(1, 31))
    assert history.batches["loss"] == [1 / step for step in range(1, 31)]
    assert [row["epoch"] for row in history.epochs] == [1, 2, 3]
    assert history.notes == [note, late]
    assert [(entry["kind"], entry["epoch"]) for entry in history.told] == [("note", 1), ("resume", 1), ("note", 2)]


def test_the_timeline_has_every_change_of_state_with_its_time() -> None:
    history = History()
    states = [{"kind": "state", "state": state, "reason": None} for state in ("queued", "starting", "running")]
    history.add([Event(seq, 100.0 + seq, "state", data) for seq, data in enumerate(states)])
    assert [(entry["state"], entry["time"]) for entry in history.told] == [
        ("queued", 100.0), ("starting", 101.0), ("running", 102.0)]


def test_a_training_that_begins_anew_leaves_nothing_of_the_last_attempt() -> None:
    note = {"kind": "note", "epoch": 1, "source": "EarlyStopping", "message": "waits", "values": {}}
    history = History()
    history.add(events(batches(1, 10), epoch(1), note, {"kind": "evaluation", "accuracy": 0.9}, resume(0, 0)))
    assert (history.batches["step"], history.waiting, history.epochs, history.notes) == ([], [], [], [])
    assert (history.epoch, history.evaluation) == (0, None)


@given(kept=st.integers(0, 6000), lost=st.integers(0, 3000), end=st.integers(0, 2000))
def test_averaged_batches_have_no_gap_and_no_double_point(kept: int, lost: int, end: int) -> None:
    def told(first: int, last: int) -> list[dict[str, Any]]:
        return [batches(start, min(start + 249, last)) for start in range(first, last + 1, 250)]

    history = History()
    history.add(events(*told(1, kept + lost), resume(kept, 0), *told(kept + 1, kept + end)))
    steps = history.batches["step"]
    assert all(later - earlier == history.stride for earlier, later in pairwise(steps))
    covered = len(steps) * history.stride + len(history.waiting)
    assert covered == kept + end
    assert [row[0] for row in history.waiting] == list(range(kept + end - len(history.waiting) + 1, kept + end + 1))


def test_nan_stays_nan() -> None:
    history = History()
    history.add(events({**batches(1, 1), "loss": [math.nan]}))
    assert math.isnan(history.batches["loss"][0])


def test_notes_begin_and_evaluation_are_kept() -> None:
    history = History()
    note = {"kind": "note", "epoch": 3, "source": "EarlyStopping", "message": "stopped", "values": {}}
    history.add(events({"kind": "begin", "epochs": 5}, note, {"kind": "evaluation", "accuracy": 0.9}))
    assert history.began == {"kind": "begin", "epochs": 5}
    assert history.notes == [note]
    assert history.evaluation == {"kind": "evaluation", "accuracy": 0.9}


def test_the_csv_has_one_line_an_epoch() -> None:
    history = History()
    history.add(events(epoch(1), epoch(2)))
    rows = list(csv.DictReader(io.StringIO(history_csv(history.epochs))))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert rows[0]["val_accuracy"] == "0.7"
    assert rows[0]["seconds"] == "2.5"


def test_the_csv_has_the_metrics_of_the_recipe() -> None:
    text = history_csv([{"epoch": 1, "loss": 0.5, "recall": 0.25, "val_recall": None, "seconds": 1.0}])
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["recall"], row["val_recall"], row["accuracy"], row["seconds"]) == ("0.25", "", "", "1.0")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_an_ordinary_cell_stays_as_it_is() -> None:
    assert safe_cell("LeNet-5 = good") == "LeNet-5 = good"


def probes(*epochs: int) -> list[dict[str, Any]]:
    return [{"kind": "probe", "epoch": number, "layers": []} for number in epochs]


def test_looks_inside_are_kept_by_epoch_and_go_back_with_the_training() -> None:
    history = History()
    history.add(events(*probes(0, 1, 2), {"kind": "resume", "step": 10, "epoch": 1, "notes": 0, "attempt": 2}))
    assert [probe["epoch"] for probe in history.probes] == [0, 1]
    history.add(events(*probes(1, 2), after=history.last))
    assert [probe["epoch"] for probe in history.probes] == [0, 1, 2]


def test_of_many_looks_inside_the_first_and_the_last_stay() -> None:
    history = History()
    for last in range(500):
        history.add(events(*probes(last), after=last))
        epochs = [probe["epoch"] for probe in history.probes]
        assert (epochs[0], epochs[-1]) == (0, last)
        assert min(last + 1, MOST_PROBES // 2) <= len(epochs) <= MOST_PROBES
