"""What owners may ask of their runs, whose turn it is, and what each may have."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.runs.overview import drain
from lib.runs.records import Run
from lib.runs.schema import VERSION
from lib.runs.store import Store
from lib.training.recipe import Recipe

RECIPE = Recipe(epochs=4).to_json()


@pytest.fixture
def store(home: Path) -> Store:
    return Store()


def submit(store: Store, owner: str = "ann", parameters: int = 0) -> str:
    return store.submit(owner, "name", "{}", RECIPE, parameters)


def running(store: Store, owner: str = "ann") -> Run:
    run_id = submit(store, owner)
    run = store.claim("1:x")
    assert run is not None
    assert run.id == run_id
    return store.begin(run_id, run.attempt)


def ended(store: Store, state: str, epoch: int = 4) -> Run:
    run = running(store)
    store.append_events(run.id, run.attempt, [{"kind": "batches", "progress": epoch / 4}, {
        "kind": "epoch", "epoch": epoch, "logs": {"val_accuracy": 0.5}}], trained=10.0)
    store.finish(run.id, run.attempt, state)  # type: ignore[arg-type]
    return now(store, run.id)


def now(store: Store, run_id: str) -> Run:
    run = store.run(None, run_id)
    assert run is not None
    return run


def states(store: Store, run_id: str) -> list[str]:
    return [event.data["state"] for event in store.events(None, run_id, kinds=["state"])]


# Pause, go on, go further


def test_a_waiting_run_pauses_at_once_and_comes_back_at_the_end_of_the_line(store: Store) -> None:
    first, second = submit(store), submit(store)
    store.request_pause("ann", first)
    store.request_pause("ann", first)
    assert (now(store, first).state, store.queue_position("ann", first)) == ("paused", None)
    store.resume("ann", first)
    assert [store.queue_position("ann", run_id) for run_id in (first, second)] == [2, 1]
    assert states(store, first) == ["queued", "paused", "queued"]


def test_a_pause_asked_of_a_training_is_a_wish(store: Store) -> None:
    run = running(store)
    store.request_pause("ann", run.id)
    assert (now(store, run.id).state, store.asked(run.id, 1)) == ("pausing", "pause")
    store.finish(run.id, 1, "paused", trained=12.0)
    store.resume("ann", run.id)
    again = store.claim("2:x")
    assert again is not None
    assert (again.attempt, again.wish, again.trained, again.stop_seen) == (2, "", 12.0, False)


def test_a_stop_goes_before_a_pause(store: Store) -> None:
    run = running(store)
    store.request_pause("ann", run.id)
    store.request_stop("ann", run.id)
    store.request_pause("ann", run.id)
    assert store.asked(run.id, 1) == "stop"
    store.finish(run.id, 1, "paused")
    assert now(store, run.id).state == "stopped"


def test_a_stop_after_the_epoch_can_be_taken_back_and_outlives_a_worker(store: Store) -> None:
    run = running(store)
    store.request_stop("ann", run.id, after_epoch=True)
    assert (now(store, run.id).state, store.asked(run.id, 1)) == ("running", "stop_after_epoch")
    store.lost(run, None)
    again = store.claim("2:x")
    assert again is not None
    assert again.wish == "stop_after_epoch"
    store.resume("ann", run.id)
    assert store.asked(run.id, 2) == ""


def test_a_stop_after_the_epoch_of_a_run_that_waits_is_a_stop(store: Store) -> None:
    run_id = submit(store)
    store.request_stop("ann", run_id, after_epoch=True)
    assert now(store, run_id).state == "stopped"


def with_checkpoint(store: Store, state: str) -> Run:
    """A run that has learned something and that no worker has in hand."""
    run = running(store)
    store.append_events(run.id, 1, [{"kind": "checkpoint", "step": 7}])
    store.finish(run.id, 1, "interrupted" if state == "interrupted" else "paused")
    if state == "queued":
        store.resume("ann", run.id)
    assert now(store, run.id).state == state
    return now(store, run.id)


@pytest.mark.parametrize("state", ["paused", "interrupted", "queued"])
def test_what_has_learned_something_is_stopped_by_a_worker_before_all_others(store: Store, state: str) -> None:
    other = submit(store, "bob")
    store.request_stop("bob", other)
    run, other = with_checkpoint(store, state), submit(store, "bob")
    store.request_stop("ann", run.id)
    waits = now(store, run.id)
    assert (waits.state, waits.wish, "made a model" in str(waits.reason)) == ("queued", "stop", True)
    drain(store, True)
    claimed = store.claim("2:x")
    assert claimed is not None
    assert (claimed.id, claimed.stop_seen, store.begin(run.id, 2).state) == (run.id, True, "stopping")
    assert store.claim("2:x") is None
    assert store.queue_position(None, other) == 1
    store.finish(run.id, 2, "stopped")
    assert (now(store, run.id).reason, states(store, run.id)[-4:]) == (
        None, ["queued", "starting", "stopping", "stopped"])


@pytest.mark.parametrize("state", ["paused", "interrupted", "queued"])
def test_another_stop_does_without_the_model_and_a_pause_takes_it_back(store: Store, state: str) -> None:
    for ask, follows in ((store.request_stop, "stopped"), (store.request_pause, "paused")):
        run = with_checkpoint(store, state)
        store.request_stop("ann", run.id)
        ask("ann", run.id)
        assert (now(store, run.id).state, now(store, run.id).wish) == (follows, "")
        assert store.claim("2:x") is None


def test_a_deleted_run_is_made_no_model_of(store: Store) -> None:
    run = with_checkpoint(store, "paused")
    store.delete("ann", run.id)
    assert not run.folder.exists()


def test_a_worker_that_is_lost_while_it_makes_the_model_has_stopped_the_run(store: Store) -> None:
    run = with_checkpoint(store, "paused")
    store.request_stop("ann", run.id)
    claimed = store.claim("2:x")
    assert claimed is not None
    store.lost(claimed, None)
    assert now(store, run.id).state == "stopped"


@pytest.mark.parametrize("state", ["stopped", "failed", "paused"])
def test_what_was_cut_short_goes_on(store: Store, state: str) -> None:
    run = ended(store, state, epoch=2)
    store.resume("ann", run.id)
    run = now(store, run.id)
    assert (run.state, run.ended, run.reason, run.epoch, run.trained) == ("queued", None, None, 2, 10.0)


def test_what_is_finished_goes_on_for_more_epochs_only(store: Store) -> None:
    run = ended(store, "finished")
    with pytest.raises(UserError, match=r"expected a run that is paused, stopped or failed\. Received: Finished"):
        store.resume("ann", run.id)
    store.continue_for("ann", run.id, 2)
    run = now(store, run.id)
    assert (run.state, Recipe.from_json(run.recipe).epochs, run.progress) == ("queued", 6, pytest.approx(4 / 6))
    assert states(store, run.id)[-2:] == ["finished", "queued"]


def test_more_epochs_are_counted_from_those_that_were_completed(store: Store) -> None:
    run = ended(store, "stopped", epoch=3)
    store.continue_for("ann", run.id, 5)
    assert Recipe.from_json(now(store, run.id).recipe).epochs == 8


@pytest.mark.parametrize("epochs", [0, -1, 1000])
def test_no_run_has_more_epochs_than_a_recipe_may(store: Store, epochs: int) -> None:
    run = ended(store, "finished")
    with pytest.raises(UserError, match="epochs: expected a number of at"):
        store.continue_for("ann", run.id, epochs)
    assert now(store, run.id) == run


def test_a_run_in_training_does_not_go_on_for_more_epochs(store: Store) -> None:
    run = running(store)
    with pytest.raises(UserError, match="paused or has ended"):
        store.continue_for("ann", run.id, 1)
    store.resume("ann", run.id)
    assert now(store, run.id).state == "running"


def test_a_duplicate_is_trained_from_its_beginning(store: Store) -> None:
    run = ended(store, "finished")
    copy = now(store, store.duplicate("ann", run.id))
    assert (copy.state, copy.name, copy.recipe, copy.epoch, copy.folder == run.folder) == (
        "queued", run.name, run.recipe, 0, False)


def test_nobody_asks_anything_of_a_run_of_others(store: Store) -> None:
    run = running(store)
    for ask in (store.request_pause, store.resume, store.duplicate, lambda owner, of: store.continue_for(owner, of, 1),
                lambda owner, of: store.set_priority(owner, of, 1)):
        with pytest.raises(UserError, match="does not exist"):
            ask("bob", run.id)
    assert store.outlook("bob", run.id) is None
    assert now(store, run.id) == run


# Whose turn it is


def test_thirty_owners_with_two_runs_each_are_served_in_turn(store: Store) -> None:
    owners = [f"owner {number}" for number in range(30)]
    submitted = {submit(store, owner): owner for owner in owners for _ in range(2)}
    served, working = [], []
    while len(served) < 60:
        run = store.claim("1:x") if len(working) < 3 else None
        if run is None:
            done = working.pop(0)
            store.finish(done.id, 1, "finished")
            continue
        served.append(submitted[run.id])
        working.append(store.begin(run.id, 1))
        assert len({other.owner for other in working}) == len(working)
    assert served == owners * 2


def test_an_owner_has_only_so_many_in_training(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [submit(store) for _ in range(4)]
    other = submit(store, "bob")
    claimed = [run.id for _ in range(4) if (run := store.claim("1:x"))]
    assert sorted(claimed) == sorted([ids[0], other, ids[1]])
    assert store.claim("1:x") is None
    store.finish(ids[0], 1, "stopped")
    third = store.claim("1:x")
    assert third is not None
    assert third.id == ids[2]


def test_a_priority_orders_the_runs_of_its_owner_alone(store: Store) -> None:
    early, late, urgent, other = submit(store), submit(store), submit(store), submit(store, "bob")
    store.set_priority("ann", early, -1)
    store.set_priority("ann", urgent, 1)
    line = sorted((early, late, urgent, other), key=lambda run_id: store.queue_position(None, run_id) or 0)
    assert line == [urgent, other, late, early]


def test_the_outlook_adds_up_what_comes_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_WORKERS", "1")
    first = submit(store)
    assert store.outlook("ann", first) == (1, 0.0, False)
    store.request_stop("ann", first)
    ended(store, "finished")
    run = running(store, "bob")
    waiting = [submit(store, owner) for owner in ("cid", "dan")]
    store.append_events(run.id, 1, [{"kind": "batches", "remaining": 7.0}])
    assert [store.outlook(None, run_id) for run_id in waiting] == [(1, 7.0, False), (2, 17.0, False)]
    assert store.outlook(None, run.id) is None


def test_an_outlook_on_nothing_known_is_none_and_own_runs_are_named(store: Store) -> None:
    for _ in range(2):
        running(store)
    found = store.outlook("ann", submit(store))
    assert found is not None
    assert (found.position, found.seconds, found.own) == (1, None, True)


# What an owner may have


def test_a_network_that_is_too_large_is_refused_with_the_numbers(store: Store, home: Path) -> None:
    with pytest.raises(UserError, match=r"at most 50,000,000 parameters.* Received: 50,000,001"):
        submit(store, parameters=50_000_001)
    assert store.runs("ann") == []
    assert list((home / "runs").iterdir()) == []
    assert str(store.refusal("ann", 50_000_001)) == str(store.refusal("ann", 50_000_001))
    assert store.refusal("ann", 50_000_000) is None


def test_only_so_many_runs_of_an_owner_wait(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_OWNER_WAITING", "2")
    paused = ended(store, "paused", epoch=1)
    for _ in range(2):
        submit(store)
    for ask in (lambda: submit(store), lambda: store.resume("ann", paused.id),
                lambda: store.continue_for("ann", paused.id, 1), lambda: store.duplicate("ann", paused.id)):
        with pytest.raises(UserError, match="at most 2 trainings that wait"):
            ask()
    submit(store, "bob")


def test_a_run_that_has_had_its_time_does_not_go_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = running(store)
    store.finish(run.id, 1, "stopped", trained=61.0)
    store.resume("ann", run.id)
    store.request_stop("ann", run.id)
    monkeypatch.setenv("BLOCKYARD_RUN_MINUTES", "1")
    with pytest.raises(UserError, match="less than 1 minutes"):
        store.resume("ann", run.id)


def test_runs_of_an_owner_take_only_so_much_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_OWNER_DISK", "2")
    run = ended(store, "finished")
    (run.folder / "checkpoints").mkdir()
    (run.folder / "checkpoints/large").write_bytes(b"x" * 2_000_000)
    with pytest.raises(UserError, match="at most 2 MB on the disk for all your runs, and they take 2 MB already"):
        submit(store)
    submit(store, "bob")
    store.delete("ann", run.id)
    submit(store)


# The learning rate, changed while it trains


def test_a_learning_rate_is_wished_until_the_worker_has_it(store: Store) -> None:
    run = running(store)
    store.set_learning_rate("ann", run.id, 0.01)
    assert store.wishes(run.id, run.attempt) == ("", 0.01)
    store.append_events(run.id, run.attempt, [{"kind": "rate", "value": 0.5}])
    assert now(store, run.id).rate == 0.01, "another wish was granted"
    store.append_events(run.id, run.attempt, [{"kind": "rate", "value": 0.01}])
    assert store.wishes(run.id, run.attempt) == ("", None)


def test_a_wished_learning_rate_outlives_its_worker_and_not_its_run(store: Store) -> None:
    run = running(store)
    store.set_learning_rate("ann", run.id, 0.01)
    store.finish(run.id, run.attempt, "interrupted")
    assert now(store, run.id).rate == 0.01
    again = store.claim("2:x")
    assert again is not None
    assert store.begin(run.id, again.attempt).rate == 0.01
    store.finish(run.id, again.attempt, "finished")
    assert now(store, run.id).rate is None


@pytest.mark.parametrize("rate", [0.0, -1.0, 101.0, float("nan"), float("inf")])
def test_a_learning_rate_that_is_none_is_refused(store: Store, rate: float) -> None:
    run = running(store)
    with pytest.raises(UserError, match="learning_rate: expected a number above 0"):
        store.set_learning_rate("ann", run.id, rate)


def test_only_the_owner_of_a_run_that_is_not_over_changes_its_learning_rate(store: Store) -> None:
    run = ended(store, "finished")
    with pytest.raises(UserError, match="expected a run that is not over"):
        store.set_learning_rate("ann", run.id, 0.1)
    with pytest.raises(UserError, match="does not exist"):
        store.set_learning_rate("bob", running(store).id, 0.1)


def test_a_learning_rate_that_a_schedule_gives_is_left_to_it(store: Store) -> None:
    recipe = Recipe.model_validate({"epochs": 4, "schedule": {"name": "ExponentialDecay"}})
    run_id = store.submit("ann", "name", "{}", recipe.to_json(), 0)
    with pytest.raises(UserError, match=r"expected a run without a schedule.*ExponentialDecay"):
        store.set_learning_rate("ann", run_id, 0.1)


# A store of the version before

VERSION_1 = """
CREATE TABLE schema (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE drafts (id VARCHAR(32) NOT NULL, owner VARCHAR(200) NOT NULL, architecture TEXT NOT NULL, recipe TEXT,
    updated DOUBLE NOT NULL, PRIMARY KEY (id));
CREATE TABLE preferences (owner VARCHAR(200) NOT NULL, "key" VARCHAR(100) NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (owner, "key"));
CREATE TABLE runs (number INTEGER NOT NULL, id VARCHAR(32) NOT NULL, owner VARCHAR(200) NOT NULL,
    name VARCHAR(200) NOT NULL, state VARCHAR(20) NOT NULL, created DOUBLE NOT NULL, started DOUBLE, ended DOUBLE,
    architecture TEXT NOT NULL, recipe TEXT NOT NULL, data_folder TEXT NOT NULL, parameters BIGINT NOT NULL,
    attempt INTEGER NOT NULL, epoch INTEGER NOT NULL, progress DOUBLE NOT NULL, best_val_accuracy DOUBLE,
    test_accuracy DOUBLE, images_per_second DOUBLE, reason TEXT, stop_requested BOOLEAN NOT NULL,
    stop_seen BOOLEAN NOT NULL, deleted BOOLEAN NOT NULL, worker VARCHAR(200), heartbeat DOUBLE,
    last_event INTEGER NOT NULL, PRIMARY KEY (number), UNIQUE (id));
CREATE INDEX runs_by_owner ON runs (owner, number);
CREATE INDEX runs_by_state ON runs (state, number);
CREATE TABLE events (run_id VARCHAR(32) NOT NULL, seq INTEGER NOT NULL, time DOUBLE NOT NULL, kind VARCHAR(20) NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY (run_id, seq), FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE);
INSERT INTO schema VALUES (1);
INSERT INTO drafts VALUES ('d', 'ann', '{}', NULL, 5.0);
"""


def store_of_version_1(home: Path) -> None:
    home.mkdir()
    with sqlite3.connect(home / "blockyard.db") as old:
        old.executescript(VERSION_1)
        for number, state in enumerate(("finished", "interrupted", "queued"), 1):
            started, end = (None, None) if state == "queued" else (100.0, 130.0)
            old.execute("INSERT INTO runs VALUES (?, ?, 'ann', 'old', ?, 90.0, ?, ?, '{}', '{}', '/', 7, 1, 2, 0.5, "
                        "0.9, NULL, NULL, NULL, 0, 0, 0, NULL, NULL, 1)", (number, state, state, started, end))
            old.execute("INSERT INTO events VALUES (?, 1, 90.0, 'state', ?)",
                        (state, '{"kind": "state", "state": "queued"}'))
    old.close()


def test_a_store_of_version_1_keeps_all_it_holds(home: Path) -> None:
    store_of_version_1(home)
    store = Store()
    found = {run.id: (run.state, run.best_val_accuracy, run.trained) for run in store.runs("ann")}
    assert found == {"finished": ("finished", 0.9, 30.0), "interrupted": ("paused", 0.9, 30.0),
                     "queued": ("queued", 0.9, 0.0)}
    assert states(store, "interrupted") == ["queued", "paused"]
    assert store.load_draft("ann", "d") is not None
    new = submit(store, "bob")
    assert [store.queue_position(None, run_id) for run_id in (new, "queued")] == [1, 2]
    store.resume("ann", "interrupted")
    assert [run.id for _ in range(3) if (run := store.claim("1:x"))] == [new, "queued", "interrupted"]


def test_a_store_is_brought_up_to_date_once(home: Path) -> None:
    store_of_version_1(home)
    Store()
    submit(Store(f"sqlite:///{home}/./blockyard.db"))
    with sqlite3.connect(home / "blockyard.db") as found:
        assert found.execute("SELECT version FROM schema").fetchall() == [(VERSION,)]
    found.close()


def test_a_store_of_version_2_keeps_all_it_holds(home: Path) -> None:
    run = ended(Store(), "finished")
    with sqlite3.connect(home / "blockyard.db") as old:
        for column in ("threads", "beyond", "rate", "series"):
            old.execute(f"ALTER TABLE runs DROP COLUMN {column}")
        old.execute("UPDATE schema SET version = 2")
    old.close()
    store = Store(f"sqlite:///{home}/./blockyard.db")
    assert (now(store, run.id).trained, now(store, run.id).beyond) == (10.0, 0)
    store.continue_for("ann", run.id, 2)
    assert now(store, run.id).beyond == 4
