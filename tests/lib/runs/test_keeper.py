"""The keeper with an executor that only notes what is asked of it, and a clock that the test moves."""

import pytest

from lib.errors import UserError
from lib.runs.keeper import KILL_PATIENCE, LONGEST_SILENCE, SAVING_PATIENCE, STOP_PATIENCE, Keeper


class Notes:
    def __init__(self):
        self.workers, self.training, self.gone, self.cancelled = ["1:x"], [], {}, []

    def vacancy(self):
        return self.workers.pop() if self.workers else None

    def submit(self, run):
        self.training.append(run.id)

    def cancel(self, run, hard):
        self.cancelled.append("hard" if hard else "soft")

    def status(self, run):
        return self.gone.get(run.id)

    def reconcile(self, runs):
        return [run for run in runs if run.id in self.gone]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def scene(store):
    notes, clock = Notes(), Clock()
    return store, notes, clock, Keeper(store, notes, clock)


def in_training(scene):
    store, notes, _clock, keeper = scene
    run_id = store.submit("ann", "name", "{}", "{}", 0)
    assert keeper.look()
    assert notes.training == [run_id]
    return store.begin(run_id, 1)


def test_nothing_to_do_is_said(scene):
    assert not scene[3].look()


def test_as_many_runs_start_as_there_are_workers(scene):
    store, notes, _clock, keeper = scene
    ids = [store.submit("ann", "name", "{}", "{}", 0) for _ in range(3)]
    notes.workers = ["1:x", "2:x"]
    keeper.look()
    assert notes.training == ids[:2]
    assert store.run("ann", ids[2]).state == "queued"


@pytest.mark.parametrize(("seen", "patience"), [(False, STOP_PATIENCE), (True, SAVING_PATIENCE)])
def test_a_stop_becomes_harder_with_time_and_waits_for_who_is_saving(scene, seen, patience):
    store, notes, clock, keeper = scene
    run = in_training(scene)
    store.request_stop("ann", run.id)
    keeper.look()
    if seen:
        store.stop_seen(run.id, 1)
    for clock.now, expected in ((patience - 0.1, []), (patience, ["soft"]),
                                (patience + KILL_PATIENCE, ["soft", "hard"])):
        store.heartbeat(run.id, 1)
        keeper.look()
        assert notes.cancelled == expected
    notes.gone[run.id] = UserError("", "gone")
    keeper.look()
    assert store.run("ann", run.id).state == "stopped"


def test_a_silent_worker_is_ended_and_the_reason_says_so(scene):
    store, notes, clock, keeper = scene
    run = in_training(scene)
    keeper.look()
    clock.now = LONGEST_SILENCE - 1
    store.heartbeat(run.id, 1)
    keeper.look()
    clock.now += LONGEST_SILENCE
    keeper.look()
    assert notes.cancelled == []
    clock.now += 1
    keeper.look()
    assert notes.cancelled == ["hard"]
    notes.gone[run.id] = UserError("", "killed")
    keeper.look()
    run = store.run("ann", run.id)
    assert (run.state, "no sign of life for 60 seconds" in str(run.reason)) == ("interrupted", True)


def test_a_run_that_ended_by_itself_is_left_as_it_is(scene):
    store, notes, _clock, keeper = scene
    run = in_training(scene)
    notes.gone[run.id] = UserError("", "gone")
    store.finish(run.id, 1, "finished")
    keeper.look()
    keeper.reconcile()
    keeper.shut_down()
    assert store.run("ann", run.id).state == "finished"


def test_at_the_start_only_the_lost_runs_are_interrupted(scene):
    store, notes, _clock, keeper = scene
    notes.workers = ["1:x", "2:x"]
    lost, kept = (store.submit("ann", "name", "{}", "{}", 0) for _ in range(2))
    keeper.look()
    notes.gone[lost] = UserError("", "the power failed")
    keeper.reconcile()
    assert [store.run("ann", run_id).state for run_id in (lost, kept)] == ["interrupted", "starting"]
    assert str(store.run("ann", lost).reason) == "the power failed."
