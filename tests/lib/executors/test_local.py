import json
import os
import resource
import signal
import threading

import pytest

from lib.executors import local
from lib.executors.local import LocalExecutor
from lib.runs.processes import ProcessId
from lib.runs.store import Store
from tests.lib.runs.waiting import JOB, until


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def executor(tmp_path, store):
    executor = LocalExecutor(2, tmp_path / "workers.log", JOB)
    yield executor
    executor.close()


def vacancy(executor):
    def found():
        executor.tend()
        return executor.vacancy()

    return until(found)


def give(executor, store, how):
    store.submit("ann", how, "{}", json.dumps({"how": how}), 0)
    run = store.claim(vacancy(executor))
    executor.submit(run)
    return run


def test_one_warm_worker_waits_while_a_place_is_free(executor, store):
    for _ in range(3):
        vacancy(executor)
    assert len(executor.pool) == 1
    run = give(executor, store, "until stopped")
    vacancy(executor)
    assert (len(executor.pool), executor.busy) == (2, 1)
    give(executor, store, "until stopped")
    executor.tend()
    assert executor.vacancy() is None
    assert (len(executor.pool), executor.busy) == (2, 2)
    assert executor.status(run) is None


def test_cancel_ends_the_process_and_status_says_how(executor, store):
    for hard, name in ((False, "SIGHUP"), (True, "SIGKILL")):
        run = give(executor, store, "until stopped")
        executor.cancel(run, hard)
        reason = until(lambda: (executor.tend(), executor.status(run))[1])  # noqa: B023
        assert name in str(reason)
        store.lost(run, reason)


def test_a_worker_that_is_not_needed_any_more_leaves(executor, store, monkeypatch):
    run = give(executor, store, "until stopped")
    vacancy(executor)
    store.request_stop("ann", run.id)
    until(lambda: (executor.tend(), executor.busy == 0)[1])
    assert len(executor.pool) == 2
    monkeypatch.setattr(local, "SPARE_SECONDS", 0.0)
    until(lambda: (executor.tend(), len(executor.pool) == 1)[1])
    assert vacancy(executor)


def test_a_living_worker_is_adopted_and_takes_up_a_place(executor, store, tmp_path):
    run, other = give(executor, store, "until stopped"), give(executor, store, "until stopped")
    process = ProcessId.parse(other.worker)
    process.signal_group(signal.SIGKILL)
    until(lambda: not process.alive)
    successor = LocalExecutor(1, tmp_path / "workers.log", JOB)
    assert successor.reconcile([run, other]) == [other]
    successor.tend()
    assert (successor.busy, successor.vacancy(), successor.status(run)) == (1, None, None)
    assert "gone" in str(successor.status(other))
    successor.close()
    until(lambda: not ProcessId.parse(run.worker).alive)


def test_workers_have_limits_and_are_polite(executor, store):
    pid = ProcessId.parse(vacancy(executor)).pid
    assert os.getpriority(os.PRIO_PROCESS, pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 5
    assert os.getsid(pid) == pid
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_DATA):
        assert resource.RLIM_INFINITY not in resource.prlimit(pid, kind)


def test_a_worker_outlives_the_thread_that_started_it(tmp_path, store):
    executor = LocalExecutor(1, tmp_path / "workers.log", JOB)
    thread = threading.Thread(target=executor.tend)
    thread.start()
    thread.join()
    assert vacancy(executor)
    executor.close()
