"""Questions about many runs at once."""

from __future__ import annotations

from pathlib import Path

from lib.runs.overview import room, run_names, unfinished, waiting_runs
from lib.runs.store import Store
from tests import fake_runs
from tests.fake_runs import OWNER


def test_names_and_waiting_runs_are_those_of_the_owner(home: Path) -> None:
    store = Store()
    store.delete(OWNER, fake_runs.ended(store, "failed", "deleted").id)
    fake_runs.started(store, "in training")
    fake_runs.queued(store, "waiting")
    fake_runs.queued(store, "foreign", owner="1" * 32)
    assert run_names(store, OWNER) == {"in training", "waiting"}
    assert (waiting_runs(store, OWNER), waiting_runs(store, None)) == (1, 2)


def test_what_is_under_way_comes_in_the_order_in_which_it_is_served(home: Path) -> None:
    store = Store()
    for state in ("finished", "paused"):
        fake_runs.ended(store, state, state)
    fake_runs.started(store, "training")
    later, sooner = (fake_runs.queued(store, name) for name in ("later", "sooner"))
    store.set_priority(OWNER, sooner, 1)
    assert [run.name for run in unfinished(store)] == ["training", "sooner", "later", "paused"]
    assert later in {run.id for run in unfinished(store)}


def test_the_room_of_the_machine_is_known(home: Path) -> None:
    found = room(Store())
    assert 0 < found.memory_used < found.memory
    assert 0 < found.disk_free < found.disk
