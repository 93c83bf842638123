"""Questions about many runs at once."""

from __future__ import annotations

from pathlib import Path

from lib.runs.overview import run_names, waiting_runs
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
