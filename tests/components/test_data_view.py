"""What the Data page counts and draws."""

from __future__ import annotations

from components.data_view import balance, class_counts
from lib.data import load, split


def test_counts_are_those_of_the_split() -> None:
    counts = class_counts(split(load("mnist"), 0.25, 0))
    assert list(counts.columns) == ["Training", "Validation", "Test"]
    assert list(counts.index) == list("0123456789")
    assert counts.sum().tolist() == [3000, 1000, 1000]
    assert counts.loc["7"].tolist() == [300, 100, 100]


def test_bars_tell_their_parts_by_more_than_colour() -> None:
    counts = class_counts(split(load("shapes"), 0.1, 0))
    bars = balance(counts).data
    assert [bar.name for bar in bars] == ["Training", "Validation", "Test"]
    assert len({bar.marker.pattern.shape for bar in bars}) == len(bars)
    assert [list(bar.y) for bar in bars] == [counts[part].tolist() for part in counts.columns]
