import json

import pytest

from lib.executors.inline import InlineExecutor
from lib.runs.keeper import Keeper
from lib.runs.store import Store
from tests.lib.runs import fake_job


@pytest.fixture
def store(tmp_path):
    return Store(home=tmp_path)


def submit(store, how):
    return store.submit("ann", how, "{}", json.dumps({"how": how}), 0)


def test_every_waiting_run_is_trained_before_look_returns(store):
    keeper = Keeper(store, InlineExecutor(store, fake_job))
    submitted = [submit(store, how) for how in ("finish", "mistake", "bug")]
    keeper.look()
    assert [store.run("ann", run_id).state for run_id in submitted] == ["finished", "failed", "failed"]
    assert not keeper.look()


def test_a_run_left_by_another_process_is_interrupted(store):
    run_id = submit(store, "finish")
    store.claim("1:x")
    executor = InlineExecutor(store, fake_job)
    executor.cancel(store.run("ann", run_id), hard=True)
    Keeper(store, executor).reconcile()
    run = store.run("ann", run_id)
    assert (run.state, str(run.reason)) == ("interrupted", "no process trains this run.")
