"""A real training whose supervisor is told to end in the midst of it, and that goes on with the next one."""

import pytest

from benchmarks.kills import ARCHITECTURE, OWNER, Told, arrays, story
from lib import machine
from lib.runs import presence, supervisor
from lib.runs.store import Store
from lib.training import checkpoint
from lib.training.recipe import Recipe
from tests.lib.runs.waiting import until

RECIPE = Recipe.model_validate({"batch_size": 8, "epochs": 12, "train_images": 2000,
                                "callbacks": [{"name": "ReduceLROnPlateau", "patience": 1, "monitor": "loss"}]})


def submit(store):
    return store.submit(OWNER, "name", ARCHITECTURE, RECIPE.to_json(), 5_000)


def result(store, run_id):
    run = until(lambda: (run := store.run(OWNER, run_id)).over and run, 180)
    told = Told()
    told.read(store, run_id)
    return run.state, run.test_accuracy, story(told), arrays(run.folder)


@pytest.mark.slow
def test_a_training_that_is_put_away_comes_to_the_very_end_of_one_that_was_not(home, monkeypatch):
    store = Store()
    supervisor.ensure_running()
    undisturbed = result(store, submit(store))
    run_id = submit(store)
    until(lambda: store.events(OWNER, run_id, kinds=["batches"]), 60)
    assert supervisor.stop()
    run = store.run(OWNER, run_id)
    assert (run.state, run.attempt, run.deaths) == ("queued", 1, 0)
    kept = checkpoint.load(run.folder / "checkpoints")
    # The workers of the next supervisor have other threads, which would bring the sums into another order.
    monkeypatch.setenv("BLOCKYARD_WORKERS", str(2 * machine.cores()))
    supervisor.ensure_running()
    assert result(store, run_id) == undisturbed
    assert store.run(OWNER, run_id).threads == run.threads == machine.cores()
    assert [event.data["step"] for event in store.events(OWNER, run_id, kinds=["resume"])] == [kept.step]
    assert store.run(OWNER, run_id).attempt == 2
    assert supervisor.stop()
    presence.leave(home)
