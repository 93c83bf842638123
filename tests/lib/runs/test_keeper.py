"""The keeper with an executor that only notes what is asked of it, and a clock that the test moves."""

from types import SimpleNamespace

import pytest

from lib.errors import UserError
from lib.runs import work
from lib.runs.keeper import (
    FIRST_BATCH_PATIENCE,
    KILL_PATIENCE,
    LONGEST_SILENCE,
    ROOM_EVERY,
    SAVING_PATIENCE,
    STOP_PATIENCE,
    SWEEP_EVERY,
    Keeper,
)


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


LEARNING = {"kind": "batches", "images_per_second": 100.0}


@pytest.mark.parametrize(("wish", "state"), [("request_stop", "stopped"), ("request_pause", "paused")])
@pytest.mark.parametrize(("learned", "seen", "patience"), [
    (False, False, FIRST_BATCH_PATIENCE), (True, False, STOP_PATIENCE), (True, True, SAVING_PATIENCE)])
def test_a_wish_becomes_harder_with_time_and_waits_for_who_is_saving(scene, wish, state, learned, seen, patience):
    store, notes, clock, keeper = scene
    run = in_training(scene)
    store.append_events(run.id, 1, [LEARNING] if learned else [])
    getattr(store, wish)("ann", run.id)
    keeper.look()
    assert keeper.hurried
    if seen:
        store.stop_seen(run.id, 1)
    for clock.now, expected in ((patience - 0.1, []), (patience, ["soft"]),
                                (patience + KILL_PATIENCE, ["soft", "hard"])):
        store.heartbeat(run.id, 1)
        keeper.look()
        assert notes.cancelled == expected
    notes.gone[run.id] = UserError("", "gone")
    keeper.look()
    run = store.run("ann", run.id)
    assert (run.state, run.reason, run.wish) == (state, None, "")
    keeper.look()
    assert not keeper.hurried


def test_a_stop_after_the_epoch_may_take_its_time(scene):
    store, notes, clock, keeper = scene
    run = in_training(scene)
    store.request_stop("ann", run.id, after_epoch=True)
    for clock.now in range(0, 600, 30):
        store.heartbeat(run.id, 1)
        keeper.look()
    assert (notes.cancelled, store.run("ann", run.id).state) == ([], "running")


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


def test_a_clock_on_the_wall_that_jumps_ends_nothing(scene, monkeypatch):
    store, notes, clock, keeper = scene
    run = in_training(scene)
    for clock.now, wall in enumerate((2e9, 1.0, 2e9, 5.0)):
        monkeypatch.setattr("time.time", lambda: wall)  # noqa: B023
        store.heartbeat(run.id, 1, trained=clock.now)
        keeper.look()
    store.finish(run.id, 1, "finished", trained=4.0)
    run = store.run("ann", run.id)
    assert (notes.cancelled, run.state, run.trained) == ([], "finished", 4.0)


def test_a_run_that_lost_its_worker_goes_on_before_all_others(scene):
    store, notes, _clock, keeper = scene
    run = in_training(scene)
    other = store.submit("bob", "name", "{}", "{}", 0)
    notes.gone[run.id] = UserError("", "killed")
    notes.workers = ["2:x"]
    keeper.look()
    run = store.run("ann", run.id)
    assert (run.state, run.attempt, notes.training) == ("starting", 2, [run.id, run.id])
    assert store.run("bob", other).state == "queued"
    told = [(event.data["state"], (event.data.get("reason") or {}).get("expected"))
            for event in store.events("ann", run.id)]
    assert told[-2:] == [("interrupted", "killed"), ("starting", None)]


def lose(scene, run_id, secured=None):
    store, notes, _clock, keeper = scene
    run = store.run("ann", run_id)
    store.begin(run_id, run.attempt)
    if secured is not None:
        store.append_events(run_id, run.attempt, [{"kind": "checkpoint", "step": secured}])
    notes.gone[run_id] = UserError("", "killed")
    keeper.look()
    notes.gone.clear()
    notes.workers = ["1:x"]
    keeper.look()
    return store.run("ann", run_id)


def test_a_run_that_loses_three_workers_and_comes_no_further_has_failed(scene):
    run_id = in_training(scene).id
    assert [lose(scene, run_id).state for _ in range(work.MOST_DEATHS)] == ["starting", "starting", "failed"]
    run = scene[0].run("ann", run_id)
    assert "lost 3 times" in str(run.reason)
    assert [event.data["state"] for event in scene[0].events("ann", run_id)][-2:] == ["interrupted", "failed"]


def test_a_run_that_comes_further_each_time_never_gives_up(scene):
    run_id = in_training(scene).id
    for step in range(10):
        assert lose(scene, run_id, secured=step + 1).state == "starting"
    assert [lose(scene, run_id, secured=10).state for _ in range(2)] == ["starting", "failed"]


def test_a_run_that_takes_too_long_is_stopped_and_says_why(scene, monkeypatch):
    monkeypatch.setenv("BLOCKYARD_RUN_MINUTES", "2")
    store, _notes, _clock, keeper = scene
    run = in_training(scene)
    store.heartbeat(run.id, 1, trained=119.0)
    keeper.look()
    assert store.run("ann", run.id).state == "running"
    store.heartbeat(run.id, 1, trained=121.0)
    keeper.look()
    keeper.look()
    assert store.asked(run.id, 1) == "stop"
    store.finish(run.id, 1, "stopped")
    run = store.run("ann", run.id)
    assert (run.state, "stopped after 2 minutes" in str(run.reason)) == ("stopped", True)
    states = [event.data["state"] for event in store.events("ann", run.id)]
    assert states == ["queued", "starting", "running", "stopping", "stopped"]


def test_a_run_without_room_goes_on_when_there_is_some(scene, monkeypatch):
    store, notes, clock, keeper = scene
    free = 99
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=free))
    run = in_training(scene)
    store.finish(run.id, 1, "paused", UserError("", "no room"), needs_room=100)
    keeper.look()
    assert store.run("ann", run.id).state == "paused"
    free, clock.now = 100, ROOM_EVERY
    keeper.look()
    notes.workers = ["2:x"]
    keeper.look()
    run = store.run("ann", run.id)
    assert (run.state, run.attempt, run.reason, run.needs_room) == ("starting", 2, None, None)


def test_the_disk_is_swept_at_the_start_and_now_and_then(scene, monkeypatch):
    _store, _notes, clock, keeper = scene
    swept = []
    monkeypatch.setattr("lib.runs.keeper.sweep", lambda _database, home: swept.append(clock.now))
    for clock.now in (0.0, 1.0, SWEEP_EVERY - 1, SWEEP_EVERY, SWEEP_EVERY + 1):
        keeper.look()
    assert swept == [0.0, SWEEP_EVERY]


def test_a_run_that_its_owner_paused_waits_for_its_owner(scene):
    store, notes, clock, keeper = scene
    run = in_training(scene)
    store.finish(run.id, 1, "paused")
    notes.workers, clock.now = ["2:x"], 10 * ROOM_EVERY
    assert not keeper.look()
    assert store.run("ann", run.id).state == "paused"


def test_a_run_that_ended_by_itself_is_left_as_it_is(scene):
    store, notes, _clock, keeper = scene
    run = in_training(scene)
    notes.gone[run.id] = UserError("", "gone")
    store.finish(run.id, 1, "finished")
    keeper.look()
    keeper.reconcile()
    keeper.shut_down()
    assert store.run("ann", run.id).state == "finished"


def test_a_shut_down_blames_no_run(scene):
    store, notes, _clock, keeper = scene
    run = in_training(scene)
    for attempt in range(1, 6):
        keeper.shut_down()
        run = store.run("ann", run.id)
        assert (run.state, run.attempt, "shut down" in str(run.reason)) == ("interrupted", attempt, True)
        notes.workers = ["1:x"]
        keeper.look()


def test_at_the_start_only_the_lost_runs_are_interrupted(scene):
    store, notes, _clock, keeper = scene
    notes.workers = ["1:x", "2:x"]
    lost, kept = (store.submit("ann", "name", "{}", "{}", 0) for _ in range(2))
    keeper.look()
    notes.gone[lost] = UserError("", "the power failed")
    keeper.reconcile()
    assert [store.run("ann", run_id).state for run_id in (lost, kept)] == ["interrupted", "starting"]
    assert str(store.run("ann", lost).reason) == "the power failed."
