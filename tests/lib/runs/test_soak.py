"""A class that queues its runs at once is served in turn, within its limits, and loses nothing; in short."""

import json

import pytest

from benchmarks.soak_turns import faults, submit_all
from lib.runs import presence, supervisor
from lib.runs.overview import drain
from tests import fake_runs
from tests.lib.runs.waiting import JOB, until

OWNERS = [f"owner {number}" for number in range(8)]


@pytest.fixture
def home(home, monkeypatch):
    monkeypatch.setenv("BLOCKYARD_WORKERS", "2")
    monkeypatch.setenv("BLOCKYARD_OWNER_RUNNING", "1")
    yield home
    assert supervisor.stop()
    presence.leave(home)


def submitted(store, how="finish"):
    own = submit_all(store, OWNERS, lambda owner, _number: store.submit(owner, how, "{}", json.dumps({"how": how}), 0))
    return sorted((run_id for runs in own.values() for run_id in runs), key=lambda run_id: place(store, run_id))


def place(store, run_id):
    return store.queue_position(None, run_id)


def test_all_are_served_in_the_order_that_was_told(store):
    line = submitted(store)
    assert [place(store, run_id) for run_id in line] == list(range(1, 2 * len(OWNERS) + 1))
    supervisor.ensure_running(job=JOB, linger=0.0)
    drain(store, False)
    until(lambda: all(run.over for run in store.runs(None)), 60)
    assert faults(store, line, most=1) == []


def test_what_is_wrong_is_found(store):
    line = submitted(store)
    drain(store, False)
    together = [store.claim("worker"), store.claim("worker")]
    store.delete(None, line[5])
    for run in together:
        store.begin(run.id, run.attempt)
        fake_runs.tell(store, run, fake_runs.batches(1, 3, 3), fake_runs.batches(1, 3, 3))
        store.finish(run.id, run.attempt, "finished")
    found = "\n".join(faults(store, line[::-1], most=0))
    for said in ("queued, attempt 0", "1 runs are gone", "not served in the order", "batches are missing, or there",
                 "1 runs of one owner"):
        assert said in found
