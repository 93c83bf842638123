"""How the numbers of batches are bundled."""

from __future__ import annotations

from typing import Any

import pytest

from lib.errors import UserError
from lib.training.live import Live


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def live(epochs: int = 1) -> tuple[Live, Clock, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    clock = Clock()
    made = Live(events.append, images=100, steps_per_epoch=10, epochs=epochs, now=clock)
    return made, clock, events


def test_bundles_come_four_times_a_second() -> None:
    made, clock, events = live()
    made.begin(1, 0.001)
    for number in range(10):
        clock.time += 0.1
        made.add(float(number), 0.5, 10)
    made.flush()
    assert [event["steps"] for event in events] == [[1], [2, 3, 4], [5, 6, 7], [8, 9, 10]]
    assert [event["loss"] for event in events][1] == [1.0, 2.0, 3.0]
    assert events[-1]["progress"] == 1
    assert made.means() == {"loss": 4.5, "accuracy": 0.5}


def test_speed_leaves_the_first_batch_out() -> None:
    made, clock, events = live(epochs=2)
    made.begin(1, 0.001)
    clock.time += 5
    made.add(1.0, 0.5, 10)
    assert (events[0]["images_per_second"], events[0]["remaining"]) == (0, None)
    for _step in range(9):
        clock.time += 0.1
        made.add(1.0, 0.5, 10)
    made.flush()
    assert made.images_per_second == pytest.approx(100)
    assert events[-1]["images_per_second"] == pytest.approx(100)
    assert events[-1]["remaining"] == pytest.approx(1)
    made.judged(2)
    clock.time += 2
    made.begin(2, 0.001)
    clock.time += 0.3
    made.add(1.0, 0.5, 30)
    assert events[-1]["images_per_second"] == pytest.approx(100)
    assert events[-1]["remaining"] == pytest.approx(0.7 + 2)


def test_the_average_is_that_of_the_whole_training_however_fast_its_end_was() -> None:
    made, clock, events = live()
    made.begin(1, 0.001)
    made.add(1.0, 0.5, 10)
    for seconds in (9.0, *[0.25] * 40):
        clock.time += seconds
        made.add(1.0, 0.5, 10)
    assert events[0]["average"] == 0
    assert events[-1]["images_per_second"] == pytest.approx(40)
    assert events[-1]["average"] == pytest.approx(41 * 10 / 19, abs=0.1)


def test_a_loss_that_is_no_number_ends_the_bundle() -> None:
    made, _clock, events = live()
    made.begin(1, 0.001)
    made.add(1.0, 0.5, 10)
    for loss in (2.0, float("nan"), 3.0):
        made.add(loss, 0.5, 10)
    with pytest.raises(UserError, match="loss: became NaN at step 3 of epoch 1"):
        made.flush()
    assert [event["loss"] for event in events] == [[1.0], [2.0]]
    assert made.steps == 2


def test_an_infinite_loss_in_a_later_epoch() -> None:
    made, _clock, _events = live(epochs=2)
    made.begin(1, 0.001)
    for _step in range(10):
        made.add(1.0, 0.5, 10)
    made.flush()
    made.begin(2, 0.001)
    made.add(1.0, 0.5, 10)
    made.add(float("inf"), 0.5, 10)
    with pytest.raises(UserError, match="loss: became ∞ at step 2 of epoch 2"):
        made.flush()
