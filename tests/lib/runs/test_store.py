import errno
import math
import multiprocessing
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.errors import UserError
from lib.runs import presence, supervisor
from lib.runs.records import new_id
from lib.runs.states import ACTIVE, ENDED, FOLLOWS, TITLES, WAITING
from lib.runs.store import StaleAttemptError, Store


def submit(store, owner="ann", name="LeNet"):
    return store.submit(owner, name, '{"a": 1}', '{"r": 1}', 61706)


def running(store, owner="ann"):
    run_id = submit(store, owner)
    run = store.claim("1:x")
    assert run.id == run_id
    return store.begin(run_id, run.attempt)


# Drafts and preferences


def test_a_draft_comes_back_and_keeps_what_is_not_saved_anew(store):
    draft_id = store.new_draft("ann", "first")
    store.save_draft("ann", draft_id, recipe="recipe")
    store.save_draft("ann", draft_id, architecture="second")
    draft = Store().load_draft("ann", draft_id)
    assert (draft.architecture, draft.recipe) == ("second", "recipe")


def test_a_foreign_draft_is_a_missing_one(store):
    draft_id = store.new_draft("ann", "hers")
    assert store.load_draft("bob", draft_id) is store.load_draft("bob", "0" * 32) is None
    with pytest.raises(UserError) as foreign:
        store.save_draft("bob", draft_id, "his")
    with pytest.raises(UserError) as missing:
        store.save_draft("bob", "0" * 32, "his")
    assert str(foreign.value) == str(missing.value)
    assert store.load_draft("ann", draft_id).architecture == "hers"


def test_preferences_are_replaced_and_forgotten(store):
    store.set_preference("ann", "language", "en")
    store.set_preference("ann", "language", "ko")
    assert (store.preference("ann", "language"), store.preference("bob", "language")) == ("ko", None)
    store.set_preference("ann", "language", None)
    assert store.preference("ann", "language") is None


# Runs as their owner sees them


def test_a_submitted_run_waits_with_all_that_was_given(store):
    run = store.run("ann", submit(store, name="  two   words "))
    assert (run.name, run.state, run.attempt, run.parameters) == ("two words", "queued", 0, 61706)
    assert (run.architecture, run.recipe) == ('{"a": 1}', '{"r": 1}')
    assert len(run.id) == 32
    assert run.folder.is_dir()
    assert [event.data["state"] for event in store.events("ann", run.id)] == ["queued"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "bell\x07", "\u202eturned round", "half\udcff", "\0"])
def test_a_run_needs_a_name_of_reasonable_length_that_can_be_shown(store, name):
    with pytest.raises(UserError, match="expected a name"):
        submit(store, name=name)


def test_a_foreign_run_is_a_missing_one(store):
    mine, missing = submit(store), "0" * 32
    for run_id in (mine, missing):
        assert store.run("bob", run_id) is None
        assert store.events("bob", run_id) == []
        assert store.queue_position("bob", run_id) is None
        for change in (store.request_stop, store.delete, lambda o, i: store.rename(o, i, "his")):
            with pytest.raises(UserError, match="does not exist"):
                change("bob", run_id)
    assert store.runs("bob") == []
    assert [run.id for run in store.runs("ann")] == [mine]
    assert store.run("ann", mine).name == "LeNet"


def test_the_administrator_sees_every_run_newest_first(store):
    first, second = submit(store, "ann"), submit(store, "bob")
    assert [run.id for run in store.runs(None)] == [second, first]


def test_a_run_gets_another_name(store):
    run_id = submit(store)
    store.rename("ann", run_id, "better")
    assert store.run("ann", run_id).name == "better"


def test_deleting_removes_rows_and_folder(store):
    run = running(store)
    (run.folder / "model.keras").write_text("weights")
    store.finish(run.id, 1, "finished")
    store.delete("ann", run.id)
    assert store.run("ann", run.id) is None
    assert store.events(None, run.id) == []
    assert not run.folder.exists()


def test_deleting_a_run_in_training_stops_it_first(store):
    run = running(store)
    store.delete("ann", run.id)
    assert store.run("ann", run.id) is None
    assert store.asked(run.id, 1) == "stop"
    assert run.folder.exists()
    store.finish(run.id, 1, "stopped")
    store.purge()
    assert not run.folder.exists()


# Events


def test_the_row_of_a_run_follows_its_events(store):
    run = running(store)
    store.append_events(run.id, 1, [
        {"kind": "batches", "images_per_second": 1500.0, "average": 900.0, "progress": 0.25, "loss": [math.nan]},
        {"kind": "epoch", "epoch": 1, "logs": {"val_accuracy": np.float32(0.5)}},
        {"kind": "epoch", "epoch": 2, "logs": {"val_accuracy": 0.25}},
        {"kind": "epoch", "epoch": 3, "logs": {"val_accuracy": math.nan}},
        {"kind": "evaluation", "accuracy": 0.75, "confusion": np.eye(2, dtype=int)},
    ])
    run = store.run("ann", run.id)
    assert (run.epoch, run.best_val_accuracy, run.test_accuracy) == (3, 0.5, 0.75)
    assert (run.images_per_second, run.progress) == (900.0, 0.25)
    events = store.events("ann", run.id, after=3)
    assert [event.seq for event in events] == [4, 5, 6, 7, 8]
    assert math.isnan(events[0].data["loss"][0])
    assert events[-1].data["confusion"] == [[1, 0], [0, 1]]
    assert run.last_event == 8


def test_events_are_asked_for_by_kind(store):
    run = running(store)
    store.append_events(run.id, 1, [{"kind": "note", "source": "EarlyStopping"}, {"kind": "batches"}])
    assert [event.kind for event in store.events("ann", run.id, kinds=["note"])] == ["note"]


def test_events_are_kept_all_or_none(store):
    run = running(store)
    with pytest.raises(UserError, match="running cannot become"):
        store.append_events(run.id, 1, [{"kind": "note"}, {"kind": "state", "state": "starting"}])
    assert store.run("ann", run.id) == run


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_seq_has_no_gap_whoever_writes(store, sizes):
    run = running(store, owner=f"owner of {sizes}")
    with ThreadPoolExecutor(len(sizes)) as threads:
        list(threads.map(lambda size: Store().append_events(run.id, 1, [{"kind": "note"}] * size), sizes))
    seqs = [event.seq for event in store.events(None, run.id)]
    assert seqs == list(range(1, 4 + sum(sizes)))
    store.finish(run.id, 1, "finished")


# Claims


def test_one_of_two_claims_wins_each_run(store):
    submitted = {submit(store, f"owner {n}") for n in range(12)}
    barrier = threading.Barrier(4)

    def claim_all(worker):
        mine, own = [], Store()
        barrier.wait()
        while run := own.claim(str(worker)):
            mine.append(run.id)
        return mine

    with ThreadPoolExecutor(4) as threads:
        claimed = [run_id for mine in threads.map(claim_all, range(4)) for run_id in mine]
    assert sorted(claimed) == sorted(submitted)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owners=st.lists(st.sampled_from("abc"), min_size=1, max_size=8), begun=st.integers(0, 4), dies=st.booleans())
def test_the_queue_position_is_the_order_of_claims(store, owners, begun, dies):
    """Whoever had a turn before, has runs in training, or has lost a worker."""
    among = new_id()  # owners of this example alone, none of whom has had a turn
    ids = {submit(store, among + owner): among + owner for owner in owners}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLOCKYARD_OWNER_RUNNING", "8")
        before = [store.claim("1:x") for _ in owners[:begun]]
        if dies and before:
            store.lost(before[-1], None)
        waiting = [run_id for run_id in ids if store.queue_position(None, run_id)]
        expected = sorted(waiting, key=lambda run_id: store.queue_position(ids[run_id], run_id))
        claimed = [store.claim("1:x").id for _ in waiting]
    assert claimed == expected
    for run_id in ids:
        store.finish(run_id, store.run(None, run_id).attempt, "stopped")


def test_who_has_less_in_training_goes_first(store):
    first, _second, other = submit(store, "ann"), submit(store, "ann"), submit(store, "bob")
    assert [store.claim("1:x").id, store.claim("2:x").id] == [first, other]


# What a worker may do


@pytest.mark.parametrize("attempt", [0, 2])
def test_another_attempt_cannot_write(store, attempt):
    run = running(store)
    for write in (
        lambda: store.append_events(run.id, attempt, [{"kind": "note"}]),
        lambda: store.heartbeat(run.id, attempt),
        lambda: store.finish(run.id, attempt, "finished"),
        lambda: store.begin(run.id, attempt),
    ):
        with pytest.raises(StaleAttemptError):
            write()
    assert store.asked(run.id, attempt) == "stop"
    assert store.run("ann", run.id) == run


def test_a_run_that_ended_cannot_be_written(store):
    run = running(store)
    store.finish(run.id, 1, "failed", UserError("disk", "expected room for {megabytes} MB", megabytes=5))
    with pytest.raises(StaleAttemptError):
        store.append_events(run.id, 1, [{"kind": "note"}])
    assert not store.lost(run, None)
    run = store.run("ann", run.id)
    assert (run.state, str(run.reason)) == ("failed", "disk: expected room for 5 MB.")
    assert run.over


def test_a_waiting_run_stops_at_once(store):
    run_id = submit(store)
    store.request_stop("ann", run_id)
    store.request_stop("ann", run_id)
    assert store.run("ann", run_id).state == "stopped"
    assert store.claim("1:x") is None


def test_a_stop_between_claim_and_begin_is_not_lost(store):
    run_id = submit(store)
    store.claim("1:x")
    store.request_stop("ann", run_id)
    run = store.begin(run_id, 1)
    assert (run.state, run.stop_requested) == ("stopping", True)
    assert [event.data["state"] for event in store.events("ann", run_id)] == ["queued", "starting", "stopping"]


def test_every_state_belongs_to_one_kind_and_leads_to_an_end():
    kinds = (*WAITING, *ACTIVE, *ENDED, "paused")
    assert sorted(kinds) == sorted(FOLLOWS) == sorted(TITLES)
    for state in FOLLOWS:
        ahead, reached = [state], set()
        while ahead:
            reached |= set(new := [following for at in ahead for following in FOLLOWS[at] if following not in reached])
            ahead = new
        assert set(ENDED) <= reached


# When the database fails


def fails_with(sentence, call):
    with pytest.raises(UserError, match=sentence) as error:
        call()
    assert "\n" not in str(error.value)


def test_a_full_disk_is_one_sentence(store, home):
    store.submit("ann", "fits", "{}", "{}", 0)
    with store.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    fails_with("the disk is full", lambda: store.submit("ann", "too large", "x" * 200_000, "{}", 0))
    assert [run.name for run in store.runs("ann")] == ["fits"]
    assert len(list((home / "runs").iterdir())) == 1


def test_a_locked_store_is_one_sentence(store, home, monkeypatch):
    with store.database.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(home / "blockyard.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    fails_with("busy with another program", lambda: submit(store))
    other.close()
    submit(store)


def test_what_is_no_database_is_one_sentence(home):
    home.mkdir()
    (home / "blockyard.db").write_text("not a database at all, " * 100)
    fails_with("not a store of Blockyard", Store)


@pytest.mark.parametrize("url", ["no url", "nosuch://host/name", "postgresql+nosuch://host/name"])
def test_an_address_that_leads_to_no_database_is_one_sentence(home, monkeypatch, url):
    monkeypatch.setenv("BLOCKYARD_DATABASE", url)
    fails_with("did not answer as expected", Store)


def test_a_store_of_another_version_is_one_sentence(store, home):
    with sqlite3.connect(home / "blockyard.db") as other:
        other.execute("UPDATE schema SET version = 99")
    other.close()
    fails_with("another version", lambda: Store(f"sqlite:////{home}/./blockyard.db"))


def test_a_home_that_is_a_file_is_one_sentence(home):
    home.write_text("in the way")
    fails_with("expected a folder that can be written", Store)


def test_a_store_that_was_deleted_is_made_anew(store, home):
    submit(store)
    for file in home.glob("blockyard.db*"):
        file.unlink()
    assert Store().runs(None) == []


def test_many_begin_one_store_at_the_same_time(home):
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda n: Store(f"sqlite:///{home}/{'./' * n}blockyard.db"), range(8)))
    run_id = submit(stores[0])
    assert all(store.run("ann", run_id) for store in stores)


def test_a_forked_process_has_connections_of_its_own(store):
    run_id = submit(store)
    child = multiprocessing.get_context("fork").Process(target=lambda: Store().rename("ann", run_id, "by the child"))
    child.start()
    child.join(10)
    assert child.exitcode == 0
    assert store.run("ann", run_id).name == "by the child"


@pytest.mark.parametrize("reason", [errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_one_sentence(home, monkeypatch, reason):
    # The user who runs the tests may write everywhere.
    def refuse(path, *_arguments, **_keywords):
        raise OSError(reason, os.strerror(reason), str(path))

    home.mkdir()
    monkeypatch.setattr(Path, "open", refuse)
    fails_with("the store cannot be written; check the permissions of its folder", Store)


def test_a_supervisor_in_a_folder_that_cannot_be_written_is_one_sentence(home, monkeypatch):
    def refuse(_home):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(presence, "attend", refuse)
    fails_with(r"expected a folder that can be written \(Read-only file system\)", supervisor.ensure_running)


def test_drafts_are_listed_for_their_owner_alone_and_can_be_thrown_away(store):
    first, second = store.new_draft("ann", "first"), store.new_draft("ann", "second")
    store.new_draft("bob", "his")
    store.save_draft("ann", first, architecture="first again")
    assert [draft.id for draft in store.drafts("ann", 9)] == [first, second]
    assert [draft.id for draft in store.drafts("ann", 1)] == [first]
    store.delete_draft("bob", first)
    store.delete_draft("ann", second)
    assert [draft.architecture for draft in store.drafts("ann", 9)] == ["first again"]
