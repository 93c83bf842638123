"""Trainings that differ by their seed alone: queued together or not at all, and what they say together."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import UserError
from lib.runs.series import Series, bare_name, gathered, spread, with_seeds
from lib.runs.store import Store
from lib.training.recipe import Recipe


@given(st.text("abc, seed1", min_size=1, max_size=100), st.integers(0, 2**31 - 1), st.integers(1, 10))
def test_each_training_has_the_next_seed_and_nothing_else(name: str, seed: int, count: int) -> None:
    recipe = Recipe(seed=seed, epochs=3)
    found = with_seeds(name, recipe, count)
    recipes = [Recipe.from_json(text) for _name, text in found]
    assert [one.seed for one in recipes] == [(seed + number) % 2**31 for number in range(count)]
    assert {one.model_copy(update={"seed": 0}) for one in recipes} == {Recipe(epochs=3)}
    assert len({name for name, _text in found}) == count
    assert all(len(name) <= 100 for name, _text in found)
    if count > 1:
        assert {bare_name(name) for name, _text in found} == {name[:84].rstrip()}


@given(st.lists(st.none() | st.floats(0, 1), max_size=6))
def test_the_spread_is_of_what_is_there(values: list[float | None]) -> None:
    known, found = [value for value in values if value is not None], spread(values)
    if not known:
        assert found is None
        return
    assert found is not None
    assert (found.count, found.least, found.most) == (len(known), min(known), max(known))
    assert found.mean == pytest.approx(statistics.fmean(known))
    assert found.deviation == (pytest.approx(statistics.stdev(known)) if len(known) > 1 else None)


def test_they_are_one_row_until_one_is_left(store: Store) -> None:
    alone = store.submit("ann", "alone", "{}", Recipe().to_json(), 0)
    first, *others = store.submit_series("ann", "{}", with_seeds("net", Recipe(seed=4), 3), 0)
    one, other = gathered(store.runs("ann"))
    assert isinstance(one, Series)
    assert (one.name, [run.name for run in one.runs]) == ("net", ["net, seed 4", "net, seed 5", "net, seed 6"])
    assert [run.id for run in one.runs] == [first, *others]
    assert store.series("ann", one.id) == list(one.runs)
    assert store.series("bob", one.id) == []
    assert other == store.run("ann", alone)
    for run_id in others:
        store.delete("ann", run_id)
    assert [run.id for run in gathered(store.runs("ann")) if not isinstance(run, Series)] == [first, alone]


def test_all_are_queued_or_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_OWNER_WAITING", "3")
    store.submit("ann", "alone", "{}", Recipe().to_json(), 0)
    with pytest.raises(UserError, match="expected at most 3 trainings that wait"):
        store.submit_series("ann", "{}", with_seeds("net", Recipe(), 3), 0)
    assert [run.name for run in store.runs("ann")] == ["alone"]
    assert len(list((store.home / "runs").iterdir())) == 1
    store.submit_series("ann", "{}", with_seeds("net", Recipe(), 2), 0)
