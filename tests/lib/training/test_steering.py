"""The learning rate changed by hand, in the midst of a training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest

from lib.training.run import BY_HAND
from tests.lib.training.attempts import DROPOUT, Attempts, Killed, at


def wished(number: int, rate: float) -> Callable[[], float | None]:
    """`rate` from the asking of that number on, until it has been answered often enough."""
    askings: Iterator[float | None] = chain(repeat(None, number), repeat(rate))
    return lambda: next(askings)


def rates(run: Attempts) -> list[float]:
    return [rate for _loss, _accuracy, rate in run.batches.values()]


def test_it_holds_from_the_very_next_batch_and_is_told(attempts: Callable[..., Attempts]) -> None:
    run = attempts("run", DROPOUT, epochs=2)
    run(rate=wished(3, 0.5))
    assert rates(run)[:3] == [0.003] * 3
    assert set(rates(run)[3:]) == {0.5}
    [note] = run.notes
    assert (note["source"], note["epoch"]) == (BY_HAND, 1)
    assert note["values"] == {"before": 0.003, "after": 0.5, "step": 4}
    assert [event["value"] for event in run.told("rate")] == [0.5]
    assert [row["learning_rate"] for row in run.epochs] == [0.5, 0.5]


def test_the_rate_that_it_has_already_changes_nothing(attempts: Callable[..., Attempts]) -> None:
    plain, same = attempts("plain", DROPOUT, epochs=1), attempts("same", DROPOUT, epochs=1)
    plain()
    same(rate=wished(2, 0.003))
    assert same.story == plain.story
    assert len(same.told("rate")) == 1


@pytest.mark.parametrize("way", ["paused", "killed"])
def test_who_goes_on_from_there_has_it_too(attempts: Callable[..., Attempts], way: str) -> None:
    whole, parted = attempts("whole", DROPOUT), attempts("parted", DROPOUT)
    whole(rate=wished(3, 0.02))
    if way == "paused":
        assert parted(at(6, "pause"), rate=wished(3, 0.02)).ended == "paused"
    else:
        with pytest.raises(Killed):
            parted(rate=killed_after(wished(3, 0.02), 5))
    assert parted().ended == "finished"
    assert parted.story == whole.story
    assert parted.weights == whole.weights


def killed_after(rate: Callable[[], float | None], most: int) -> Callable[[], float | None]:
    askings = iter(range(most))

    def asked() -> float | None:
        if next(askings, None) is None:
            raise Killed
        return rate()

    return asked


def test_a_planned_step_starts_from_it(attempts: Callable[..., Attempts]) -> None:
    given: dict[str, Any] = {"epochs": 2, "callbacks": [{"name": "LearningRateStep", "epochs": [2], "factor": 0.5}]}
    run = attempts("run", DROPOUT, **given)
    run(rate=wished(1, 0.2))
    assert [row["learning_rate"] for row in run.epochs] == [0.2, 0.1]
