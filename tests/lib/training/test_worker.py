"""A run as a worker goes through it, with jobs that are written here."""

import errno
import json
import os
import resource
import subprocess
import threading
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from lib.errors import UserError
from lib.runs.database import DISK_FULL
from lib.runs.processes import environment, python
from lib.runs.store import Store
from lib.training import outcome, process, reporter, worker
from lib.training.reporter import Reporter
from tests.lib.runs.waiting import JOB, until


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def run(store):
    store.submit("ann", "name", "{}", json.dumps({"how": "finish"}), 0)
    return store.claim("1:x")


def job(train):
    """What `train` returns is how it ended; nothing: it finished."""
    return SimpleNamespace(train=lambda *given: train(*given) or "finished")


def kinds(store, run):
    return [event.kind for event in store.events("ann", run.id) if event.kind != "state"]


def test_events_come_in_their_order_and_before_the_end(store, run):
    def train(run, emit, load, save, asked, rate):
        for n in range(50):
            emit({"kind": "batches", "n": n})

    assert worker.perform(store, run.id, 1, job(train))
    events = store.events("ann", run.id, kinds=["batches"])
    assert [event.data["n"] for event in events] == list(range(50))
    assert store.run("ann", run.id).state == "finished"
    assert store.events("ann", run.id)[-1].data == {"kind": "state", "state": "finished", "reason": None}


def test_the_first_event_does_not_wait_and_the_next_come_in_bundles(store, run, monkeypatch):
    monkeypatch.setattr(reporter, "INTERVAL", 1.0)
    times = []

    def train(run, emit, load, save, asked, rate):
        for n in range(2):
            emit({"kind": "batches", "n": n})
            until(lambda: kinds(store, run) == ["batches"] * (n + 1))  # noqa: B023
            times.append(store.events("ann", run.id)[-1].time)

    worker.perform(store, run.id, 1, job(train))
    assert times[0] - store.run("ann", run.id).started < 1
    assert times[1] - times[0] > 0.9


def test_the_heart_beats_without_events(store, run):
    def train(run, emit, load, save, asked, rate):
        first = store.run("ann", run.id).heartbeat
        until(lambda: store.run("ann", run.id).heartbeat > first)

    assert worker.perform(store, run.id, 1, job(train))


def test_checkpoints_are_kept_in_the_folder_of_the_run(store, run):
    def train(run, emit, load, save, asked, rate):
        assert load() is None
        save(5, lambda folder: (folder / "weights").write_text("w"), {"epoch": 1})
        assert (load().step, load().state) == (5, {"epoch": 1})

    assert worker.perform(store, run.id, 1, job(train))
    assert (run.folder / "checkpoints/ckpt-1/weights").exists()


def test_a_training_that_noticed_the_stop_says_so_and_may_take_its_time(store, run):
    def train(run, emit, load, save, asked, rate):
        assert not asked()
        store.request_stop("ann", run.id)
        until(asked)
        until(lambda: store.run("ann", run.id).stop_seen)
        emit({"kind": "evaluation", "accuracy": 0.5})
        return "stopped"

    assert worker.perform(store, run.id, 1, job(train))
    run = store.run("ann", run.id)
    assert (run.state, run.test_accuracy) == ("stopped", 0.5)


def test_a_training_that_ended_before_it_noticed_the_stop_is_finished(store, run):
    assert worker.perform(store, run.id, 1, job(lambda run, *_: store.request_stop("ann", run.id)))
    assert store.run("ann", run.id).state == "finished"


def test_a_run_that_was_stopped_before_it_began_is_not_trained(store, run):
    store.request_stop("ann", run.id)
    assert worker.perform(store, run.id, 1, job(None))
    assert store.run("ann", run.id).state == "stopped"


def test_a_run_that_was_stopped_though_it_has_no_usable_checkpoint_stays_as_it_is(store, run):
    store.begin(run.id, 1)
    store.append_events(run.id, 1, [{"kind": "checkpoint", "step": 5}])
    store.finish(run.id, 1, "paused")
    store.request_stop("ann", run.id)
    store.claim("2:x")
    assert worker.perform(store, run.id, 2, job(None))
    assert store.run("ann", run.id).state == "stopped"


def test_a_run_that_was_paused_before_it_began_is_not_trained(store, run):
    store.request_pause("ann", run.id)
    assert worker.perform(store, run.id, 1, job(None))
    assert store.run("ann", run.id).state == "paused"


def test_a_wish_may_change_while_it_is_heard(store, run):
    def train(run, emit, load, save, asked, rate):
        for wish, request in (("stop_after_epoch", lambda: store.request_stop("ann", run.id, after_epoch=True)),
                              ("", lambda: store.resume("ann", run.id)),
                              ("pause", lambda: store.request_pause("ann", run.id)),
                              ("stop", lambda: store.request_stop("ann", run.id))):
            request()
            until(lambda: asked() == wish)  # noqa: B023
        return "paused"

    assert worker.perform(store, run.id, 1, job(train))
    assert store.run("ann", run.id).state == "stopped"


def test_the_seconds_of_all_attempts_are_counted_by_a_clock_that_does_not_jump(store, run, monkeypatch):
    monkeypatch.setattr("time.monotonic", iter(range(0, 10_000, 10)).__next__)
    run = store.begin(run.id, 1)
    store.heartbeat(run.id, 1, trained=500.0)
    writer = Reporter(store, store.run("ann", run.id))
    assert 500 < writer.trained < writer.trained
    writer.close()


def test_what_leads_to_a_checkpoint_is_in_the_store_before_it(store, run, monkeypatch):
    # The thread of the reporter never writes here: only the checkpoint does.
    monkeypatch.setattr(reporter.Reporter, "_work", lambda _self: None)
    seen = []

    def train(run, emit, load, save, asked, rate):
        emit({"kind": "epoch", "epoch": 1, "logs": {}})
        save(5, lambda folder: seen.append(kinds(store, run)), {})

    assert worker.perform(store, run.id, 1, job(train))
    assert seen == [["epoch"]]
    assert kinds(store, run) == ["epoch", "checkpoint"]
    assert store.run("ann", run.id).secured == 5


@pytest.mark.parametrize(("number", "needs_room"), [
    (errno.ENOSPC, 1000 + outcome.SPARE_ROOM), (errno.EDQUOT, 5000 + outcome.SPARE_ROOM),
    (errno.EFBIG, 5000 + outcome.SPARE_ROOM)])
def test_a_full_disk_pauses_the_run_until_there_is_room(store, run, monkeypatch, number, needs_room):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=5000))
    monkeypatch.setattr(outcome, "folder_size", lambda _path: 1000)

    def full(folder):
        raise OSError(number, os.strerror(number))

    def train(run, emit, load, save, asked, rate):
        save(5, lambda folder: None, {})
        save(6, full, {})

    assert worker.perform(store, run.id, 1, job(train))
    run = store.run("ann", run.id)
    assert (run.state, run.needs_room) == ("paused", needs_room)
    assert os.strerror(number) in str(run.reason)
    assert [path.name for path in (run.folder / "checkpoints").iterdir()] == ["ckpt-1"]


def test_a_store_on_a_full_disk_pauses_the_run_before_its_checkpoint(store, run, monkeypatch):
    monkeypatch.setattr(reporter, "FLUSH_SECONDS", 0.0)
    works = store.append_events

    def append(run_id, attempt, events, trained, durable):
        if durable:
            raise UserError("", DISK_FULL)
        works(run_id, attempt, events, trained, durable)

    monkeypatch.setattr(store, "append_events", append)
    assert worker.perform(store, run.id, 1, job(lambda run, emit, load, save, asked, rate: save(5, None, {})))
    run = store.run("ann", run.id)
    assert (run.state, "disk is full" in str(run.reason)) == ("paused", True)
    assert run.needs_room >= outcome.SPARE_ROOM


def test_a_worker_that_lost_its_run_is_told_to_stop_and_changes_nothing(store, run):
    def train(run, emit, load, save, asked, rate):
        store.lost(run, None)
        emit({"kind": "evaluation", "accuracy": 1.0})
        until(asked)

    assert not worker.perform(store, run.id, 1, job(train))
    run = store.run("ann", run.id)
    assert (run.state, run.test_accuracy) == ("interrupted", None)
    assert not worker.perform(store, run.id, 1, job(train))


def test_a_store_that_fails_for_a_while_loses_no_event(store, run, monkeypatch):
    works, fails = store.append_events, threading.Event()

    def append(*arguments):
        if not fails.is_set():
            fails.set()
            raise UserError("", "the disk is full")
        works(*arguments)

    monkeypatch.setattr(store, "append_events", append)

    def train(run, emit, load, save, asked, rate):
        emit({"kind": "begin"})
        fails.wait(5)
        emit({"kind": "note"})
        until(lambda: kinds(store, run) == ["begin", "note"])

    assert worker.perform(store, run.id, 1, job(train))
    assert fails.is_set()


def test_what_was_not_written_yet_comes_back_from_close(store, run):
    run = store.begin(run.id, 1)
    writer = Reporter(store, run)
    for n in range(10):
        writer.emit({"kind": "note", "n": n})
    left = [event["n"] for event in writer.close()]
    assert len(kinds(store, run)) + len(left) == 10
    assert left == list(range(10 - len(left), 10))


def test_the_process_says_ready_trains_and_ends_with_its_input(store, run):
    with subprocess.Popen(python("-m", "lib.training.worker", "--job", JOB), env=environment(), text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == "ready\n"
        child.stdin.write(json.dumps({"run": run.id, "attempt": 1}) + "\n")
        child.stdin.flush()
        assert child.stdout.readline() == "done\n"
        child.stdin.close()
        assert child.wait(10) == 0
    assert store.run("ann", run.id).state == "finished"


@pytest.mark.parametrize(("secured", "has"), [(0, 2), (5, 3)])
def test_a_run_keeps_its_number_of_threads_as_long_as_it_goes_on(store, secured, has):
    store.submit("ann", "name", "{}", json.dumps({"how": "count threads"}), 0)
    run = store.claim("1:x")
    store.begin(run.id, 1, 3)
    store.append_events(run.id, 1, [{"kind": "checkpoint", "step": secured}])
    store.finish(run.id, 1, "interrupted")
    run = store.claim("2:x")
    environ = {**environment(), process.THREADS: "2"}
    with subprocess.Popen(python("-m", "lib.training.worker", "--job", JOB), env=environ, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == "ready\n"
        child.stdin.write(json.dumps({"run": run.id, "attempt": 2}) + "\n")
        child.stdin.flush()
        # One that has become another for this run ends after it.
        assert child.stdout.readline() == ("" if secured else "done\n")
        child.stdin.close()
        assert child.wait(10) == 0
    run = store.run("ann", run.id)
    assert (run.state, run.test_accuracy, run.threads) == ("finished", has / 100, has)


def test_a_worker_of_a_large_parent_goes_on(store, run):
    """On Linux the peak memory of a process begins as that of the process that started it."""
    large = np.ones(worker.MEMORY_UNTIL_REPLACED // 8)
    assert psutil.Process().memory_info().rss > large.nbytes
    test_the_process_says_ready_trains_and_ends_with_its_input(store, run)


def test_a_limit_of_file_size_is_a_sentence_and_no_broken_checkpoint(store, run):
    def train(run, emit, load, save, asked, rate):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        save(1, lambda folder: (folder / "weights").write_text("small"), {})
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        try:
            save(2, lambda folder: (folder / "weights").write_text("large" * 1_000_000), {})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert worker.perform(store, run.id, 1, job(train))
    run = store.run("ann", run.id)
    assert (run.state, "checkpoint could not be written" in str(run.reason)) == ("paused", True)
    assert (run.folder / "checkpoints/ckpt-1").is_dir()
