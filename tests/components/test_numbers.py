"""Numbers as the screen writes them."""

from __future__ import annotations

import math

import pytest

from components.numbers import decimal, duration, grouped, percent


@pytest.mark.parametrize(("seconds", "expected"), [
    (None, "–"), (math.nan, "–"), (0, "0 s"), (2.34, "2.3 s"), (45.2, "45 s"), (59.6, "1 min 0 s"),
    (80, "1 min 20 s"), (7500, "2 h 5 min"),
])
def test_durations(seconds: float | None, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(("share", "expected"), [(None, "–"), (math.nan, "–"), (0.98765, "98.8%"), (1.0, "100.0%")])
def test_percentages(share: float | None, expected: str) -> None:
    assert percent(share) == expected


@pytest.mark.parametrize(("number", "expected"), [
    (None, "–"), (math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "−∞"), (0.0432123, "0.04321"), (0.001, "0.001"),
    (3580.4, "3\u202f580"), (2.5e12, "2.5e+12")])
def test_decimals(number: float | None, expected: str) -> None:
    assert decimal(number) == expected


def test_thousands_stand_apart() -> None:
    assert grouped(61706) == "61\u202f706"
