import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from lib.errors import UserError
from lib.runs import bell, holder, presence, supervisor
from lib.runs.processes import ProcessId, environment
from lib.runs.store import Store
from lib.runs.watch import watch_supervisor
from tests.lib.runs.waiting import JOB, until


def worker_of(at_work, run_id):
    return ProcessId.parse(at_work.store.run(None, run_id).worker)


def ended(at_work, run_id):
    return until(lambda: (run := at_work.store.run(None, run_id)).over and run)


def in_training(at_work, how, owner="ann"):
    run_id = at_work.submit(how, owner)
    until(lambda: at_work.state(run_id) == "running" and len(at_work.store.events(None, run_id)) > 3)
    return run_id


# A run from its start to its end


def test_a_run_is_trained_to_its_end(at_work):
    run = ended(at_work, at_work.submit("finish"))
    assert (run.state, run.epoch, run.best_val_accuracy, run.test_accuracy) == ("finished", 1, 0.75, 0.5)
    kinds = [(event.kind, event.data.get("state")) for event in at_work.store.events("ann", run.id)]
    assert kinds == [("state", "queued"), ("state", "starting"), ("state", "running"), ("begin", None),
                     ("epoch", None), ("evaluation", None), ("state", "finished")]


def test_a_warm_worker_starts_a_run_at_once_and_takes_the_next(at_work):
    first = ended(at_work, at_work.submit("finish"))
    runs = [ended(at_work, at_work.submit("finish")) for _ in range(3)]
    assert {run.worker for run in runs} == {first.worker}
    assert min(run.started - run.created for run in runs) < 0.1


def test_runs_wait_for_a_free_place(at_work):
    first, second = in_training(at_work, "until allowed"), at_work.submit("finish", "bob")
    assert at_work.store.queue_position("bob", second) == 1
    (at_work.store.run(None, first).folder / "go").touch()
    assert ended(at_work, second).started >= ended(at_work, first).ended


def test_a_mistake_in_the_recipe_fails_with_its_sentence(at_work):
    run = ended(at_work, at_work.submit("mistake"))
    assert (run.state, str(run.reason)) == ("failed", "loss: expected a number. Received: nan.")


def test_a_bug_fails_with_a_mark_that_leads_to_the_traceback(at_work):
    run = ended(at_work, at_work.submit("bug"))
    assert run.state == "failed"
    log = (run.folder / "worker.log").read_text()
    assert "ZeroDivisionError: a bug" in log
    assert str(run.reason.values["mark"]) in log
    assert "ZeroDivisionError" not in str(run.reason)
    assert ended(at_work, at_work.submit("finish")).worker != run.worker


def test_thirty_owners_who_submit_two_runs_at_once_are_served_in_turn(at_work):
    owners = [f"owner {number}" for number in range(30)]
    assert supervisor.stop()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda owner: [at_work.submit("finish", owner) for _ in range(2)], owners))
    positions = [at_work.store.queue_position(run.owner, run.id) for run in at_work.store.runs(None)]
    assert sorted(positions) == list(range(1, 61))
    at_work.start()
    until(lambda: all(run.over for run in at_work.store.runs(None)), 60)
    runs = sorted(at_work.store.runs(None), key=lambda run: run.served)
    assert {(run.state, run.attempt) for run in runs} == {("finished", 1)}
    assert sorted(run.owner for run in runs[:30]) == sorted(run.owner for run in runs[30:]) == sorted(owners)


# Stop


def test_stop_takes_less_than_three_seconds_and_keeps_what_was_learned(at_work):
    run_id = in_training(at_work, "until stopped")
    asked = time.time()
    at_work.store.request_stop("ann", run_id)
    run = ended(at_work, run_id)
    assert run.state == "stopped"
    assert run.ended - asked < 3
    assert (run.folder / "checkpoints/ckpt-1/weights").read_text() == "learned"


def test_a_deleted_run_is_stopped_and_removed(at_work):
    run_id = in_training(at_work, "until stopped")
    folder = at_work.store.run("ann", run_id).folder
    at_work.store.delete("ann", run_id)
    until(lambda: not folder.exists())
    assert ended(at_work, at_work.submit("finish")).state == "finished"


def test_a_deleted_run_frees_its_disk_though_its_worker_does_not_hear(at_work):
    run_id = in_training(at_work, "long first batch")
    folder = at_work.store.run("ann", run_id).folder
    (folder / "checkpoints/ckpt-1.tmp").mkdir(parents=True)
    worker = worker_of(at_work, run_id)
    at_work.store.delete("ann", run_id)
    assert at_work.store.run("ann", run_id) is None
    until(lambda: not folder.exists())
    assert not worker.alive


def test_stop_takes_less_than_three_seconds_in_a_long_first_batch(at_work):
    run_id = in_training(at_work, "long first batch")
    asked = time.time()
    at_work.store.request_stop("ann", run_id)
    run = ended(at_work, run_id)
    assert (run.state, run.ended - asked < 3) == ("stopped", True)


def test_a_worker_that_is_deaf_to_stop_is_ended_by_force(at_work):
    run_id = in_training(at_work, "deaf")
    worker = worker_of(at_work, run_id)
    at_work.store.request_stop("ann", run_id)
    run = ended(at_work, run_id)
    assert (run.state, run.reason) == ("stopped", None)
    assert not worker.alive


# Deaths


def states(at_work, run_id):
    return [event.data["state"] for event in at_work.store.events(None, run_id, kinds=["state"])]


def test_a_run_whose_worker_is_killed_goes_on_with_another(at_work):
    run_id = in_training(at_work, "until allowed")
    os.kill(worker_of(at_work, run_id).pid, signal.SIGKILL)
    until(lambda: at_work.store.run(None, run_id).attempt == 2)
    (at_work.store.run(None, run_id).folder / "go").touch()
    assert ended(at_work, run_id).state == "finished"
    assert states(at_work, run_id) == ["queued", "starting", "running", "interrupted", "starting", "running",
                                       "finished"]
    lost = next(event.data for event in at_work.store.events(None, run_id) if event.data.get("state") == "interrupted")
    assert "signal SIGKILL" in str(UserError.from_json(lost["reason"]))


def test_a_run_that_kills_every_worker_fails_and_the_next_is_trained(at_work):
    run_id, other = at_work.submit("deadly"), at_work.submit("finish", "bob")
    run = ended(at_work, run_id)
    assert (run.state, run.attempt, "lost 3 times" in str(run.reason)) == ("failed", 3, True)
    assert ended(at_work, other).state == "finished"


def kill_supervisor(at_work):
    pid = ProcessId.of(supervisor.status().pid)
    os.kill(pid.pid, signal.SIGKILL)
    until(lambda: not pid.alive)
    assert not supervisor.status().running


def test_a_killed_supervisor_is_followed_by_one_that_watches_on(at_work):
    run_id = in_training(at_work, "until allowed")
    worker = worker_of(at_work, run_id)
    kill_supervisor(at_work)
    waiting = at_work.submit("finish", "bob")
    at_work.start()
    assert at_work.state(run_id) == "running"
    assert at_work.state(waiting) == "queued"
    (at_work.store.run(None, run_id).folder / "go").touch()
    run = ended(at_work, run_id)
    assert (run.state, run.test_accuracy, run.attempt) == ("finished", 0.5, 1)
    assert ended(at_work, waiting).state == "finished"
    until(lambda: not worker.alive)


def test_an_adopted_worker_that_dies_is_noticed_and_its_run_goes_on(at_work):
    run_id = in_training(at_work, "until allowed")
    kill_supervisor(at_work)
    at_work.start()
    os.kill(worker_of(at_work, run_id).pid, signal.SIGKILL)
    (at_work.store.run(None, run_id).folder / "go").touch()
    assert (ended(at_work, run_id).state, at_work.store.run(None, run_id).attempt) == ("finished", 2)


def test_a_run_whose_worker_died_with_its_supervisor_goes_on_at_the_next_start(at_work):
    run_id = in_training(at_work, "until allowed")
    kill_supervisor(at_work)
    worker = worker_of(at_work, run_id)
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: not worker.alive)
    assert at_work.state(run_id) == "running"
    at_work.start()
    (at_work.store.run(None, run_id).folder / "go").touch()
    assert (ended(at_work, run_id).state, at_work.store.run(None, run_id).attempt) == ("finished", 2)


# The end of the supervisor


def test_told_to_end_the_supervisor_has_its_workers_put_away_what_they_train(at_work):
    run_id = in_training(at_work, "until stopped")
    at_work.store.request_stop("ann", run_id, after_epoch=True)
    waiting = at_work.submit("finish", "bob")
    worker = worker_of(at_work, run_id)
    assert supervisor.stop()
    assert not worker.alive
    run = at_work.store.run("ann", run_id)
    assert (run.state, "told to end" in str(run.reason), run.deaths) == ("queued", True, 0)
    assert (run.folder / "checkpoints/ckpt-1/weights").read_text() == "learned"
    assert [at_work.store.queue_position(None, each) for each in (run_id, waiting)] == [1, 2]
    assert run.wish == "stop_after_epoch"
    at_work.start()
    until(lambda: at_work.state(run_id) == "running")
    assert at_work.store.run("ann", run_id).reason is None
    at_work.store.request_stop("ann", run_id)
    assert ended(at_work, waiting).state == "finished"
    assert states(at_work, run_id) == ["queued", "starting", "running", "queued", "starting", "running", "stopping",
                                       "stopped"]


def test_an_adopted_worker_puts_away_what_it_trains_too(at_work):
    run_id = in_training(at_work, "until allowed")
    kill_supervisor(at_work)
    at_work.start()
    assert supervisor.stop()
    assert (at_work.state(run_id), at_work.store.run(None, run_id).attempt) == ("queued", 1)
    (at_work.store.run(None, run_id).folder / "go").touch()
    at_work.start()
    assert (ended(at_work, run_id).state, at_work.store.run(None, run_id).attempt) == ("finished", 2)


@pytest.mark.parametrize(("wish", "state"), [("request_pause", "paused"), ("request_stop", "stopped")])
def test_a_wish_of_the_owner_goes_before_the_end_of_the_supervisor(at_work, wish, state):
    run_id = in_training(at_work, "until stopped")
    getattr(at_work.store, wish)("ann", run_id)
    assert supervisor.stop()
    run = at_work.store.run("ann", run_id)
    assert (run.state, run.reason, run.wish) == (state, None, "")


def test_a_worker_that_is_told_to_end_alone_leaves_its_run_to_another(at_work):
    run_id = in_training(at_work, "until allowed")
    worker = worker_of(at_work, run_id)
    os.kill(worker.pid, signal.SIGTERM)
    until(lambda: at_work.store.run(None, run_id).attempt == 2)
    (at_work.store.run(None, run_id).folder / "go").touch()
    run = ended(at_work, run_id)
    assert (run.state, run.deaths, worker.alive) == ("finished", 0, False)


def test_a_worker_with_nothing_in_hand_ends_at_once_when_it_is_told(at_work):
    worker = ProcessId.parse(ended(at_work, at_work.submit("finish")).worker)
    os.kill(worker.pid, signal.SIGTERM)
    until(lambda: not worker.alive)
    assert ended(at_work, at_work.submit("finish")).state == "finished"


@pytest.mark.slow
def test_a_worker_that_is_deaf_to_the_end_is_ended_by_force_and_its_run_goes_on(at_work):
    run_id = in_training(at_work, "deaf")
    worker = worker_of(at_work, run_id)
    began = time.monotonic()
    assert supervisor.stop()
    assert time.monotonic() - began >= supervisor.LEAVE_SECONDS
    assert not worker.alive
    run = at_work.store.run("ann", run_id)
    assert (run.state, "shut down" in str(run.reason), run.deaths) == ("interrupted", True, 0)
    at_work.start()
    until(lambda: at_work.store.run("ann", run_id).attempt == 2)
    at_work.store.request_stop("ann", run_id)


# Pause


def test_a_run_pauses_and_goes_on(at_work):
    run_id = in_training(at_work, "until stopped")
    asked = time.monotonic()
    at_work.store.request_pause("ann", run_id)
    until(lambda: at_work.state(run_id) == "paused")
    assert time.monotonic() - asked < 3
    at_work.store.resume("ann", run_id)
    until(lambda: at_work.state(run_id) == "running")
    at_work.store.request_stop("ann", run_id)
    assert ended(at_work, run_id).state == "stopped"
    assert states(at_work, run_id) == ["queued", "starting", "running", "pausing", "paused", "queued", "starting",
                                       "running", "stopping", "stopped"]


def test_a_paused_run_that_is_stopped_goes_through_a_worker_which_keeps_what_it_learned(at_work):
    run_id = in_training(at_work, "until stopped")
    at_work.store.request_pause("ann", run_id)
    until(lambda: at_work.state(run_id) == "paused")
    (at_work.store.run("ann", run_id).folder / "checkpoints/ckpt-1/weights").write_text("learned")
    at_work.store.request_stop("ann", run_id)
    run = ended(at_work, run_id)
    assert (run.state, run.attempt) == ("stopped", 2)
    assert (run.folder / "checkpoints/ckpt-2/weights").read_text() == "learned"


def test_a_paused_run_leaves_its_place_to_others(at_work):
    run_id = in_training(at_work, "until stopped")
    at_work.store.request_pause("ann", run_id)
    assert ended(at_work, at_work.submit("finish", "bob")).state == "finished"
    assert at_work.state(run_id) == "paused"


# One supervisor, for as long as it is needed


def test_many_who_start_one_get_one(home, at_work):
    assert supervisor.stop()
    script = f"from lib.runs.supervisor import *; ensure_running({JOB!r}); print(status().pid); input()"
    processes = [subprocess.Popen([sys.executable, "-c", script], env=environment(), text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _n: at_work.start(), range(4)))
    pids = {int(process.stdout.readline()) for process in processes}
    assert pids == {supervisor.status().pid}
    for process in processes:
        process.communicate("\n")


def test_it_outlives_the_thread_and_the_process_that_started_it_while_there_is_work(home):
    store = Store()
    script = f"""
import threading
from lib.runs.supervisor import *
starter = threading.Thread(target=ensure_running, args=({JOB!r}, 0.0))
starter.start()
starter.join()
run_id = Store().submit("ann", "name", "{{}}", '{{"how": "until allowed"}}', 0)
print(run_id)
"""
    run_id = subprocess.run([sys.executable, "-c", script], env=environment(), text=True, check=True,
                            stdout=subprocess.PIPE).stdout.strip()
    until(lambda: store.run("ann", run_id).state == "running")
    assert bell.answered(home)
    (store.run("ann", run_id).folder / "go").touch()
    until(lambda: store.run("ann", run_id).state == "finished")
    until(lambda: not bell.answered(home))
    until(lambda: supervisor.stop(0))


def test_it_stays_while_a_process_needs_it_and_goes_afterwards(at_work):
    ended(at_work, at_work.submit("finish"))
    pid = supervisor.status().pid
    presence.leave(at_work.home)
    until(lambda: not ProcessId.of(pid).alive)
    at_work.start()
    assert supervisor.status().pid != pid
    assert ended(at_work, at_work.submit("finish")).state == "finished"


def test_one_of_another_version_is_replaced_and_its_training_goes_on(at_work):
    run_id = in_training(at_work, "until allowed")
    before = supervisor.status().pid
    lock = at_work.home / holder.NAME
    lock.write_text(lock.read_text().partition("\n")[0])
    at_work.start()
    assert supervisor.status().pid != before
    assert not ProcessId.of(before).alive
    (at_work.store.run(None, run_id).folder / "go").touch()
    assert ended(at_work, run_id).state == "finished"


def ask_from_another_process():
    script = f"from lib.runs.supervisor import *; ensure_running({JOB!r}); print(status().pid)"
    return int(subprocess.run([sys.executable, "-c", script], env=environment(), text=True, check=True,
                              stdout=subprocess.PIPE).stdout)


def test_one_of_other_code_is_replaced_by_the_next_process_that_asks_and_its_training_goes_on(at_work):
    run_id = in_training(at_work, "until allowed")
    before = supervisor.status().pid
    assert ask_from_another_process() == before
    lock = at_work.home / holder.NAME
    identity, schema, _code = lock.read_text().split("\n")
    lock.write_text(f"{identity}\n{schema}\nother code")
    at_work.start()
    assert supervisor.status().pid == before
    after = ask_from_another_process()
    assert after != before
    assert not ProcessId.of(before).alive
    until(lambda: at_work.store.run(None, run_id).attempt == 2)
    (at_work.store.run(None, run_id).folder / "go").touch()
    assert (ended(at_work, run_id).state, at_work.store.run(None, run_id).deaths) == ("finished", 0)
    assert "interrupted" not in states(at_work, run_id)
    at_work.start()
    assert supervisor.status().pid == after


def test_one_of_a_later_version_is_left_to_those_who_know_it(at_work):
    before = supervisor.status().pid
    lock = at_work.home / holder.NAME
    identity, _schema, code = lock.read_text().split("\n")
    lock.write_text(f"{identity}\n99\n{code}")
    at_work.start()
    assert supervisor.status().pid == before


def test_while_the_web_process_lives_a_lost_supervisor_is_followed_by_another(at_work):
    run_id = in_training(at_work, "until allowed")
    before = supervisor.status().pid
    kill_supervisor(at_work)

    async def watch():
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watch_supervisor, 0.05, JOB)
                while not supervisor.status().running:
                    await anyio.sleep(0.02)
                tasks.cancel_scope.cancel()

    anyio.run(watch)
    assert supervisor.status().pid != before
    (at_work.store.run(None, run_id).folder / "go").touch()
    assert ended(at_work, run_id).state == "finished"


def test_it_goes_when_its_home_is_removed(at_work):
    pid = ProcessId.of(supervisor.status().pid)
    at_work.home.rename(at_work.home.with_name("elsewhere"))
    until(lambda: not pid.alive)


def test_without_a_worker_that_starts_the_waiting_runs_fail_with_a_sentence(home):
    store = Store()
    supervisor.ensure_running(job="tests.lib.runs.no_such_job", linger=0.0)
    run_id = store.submit("ann", "hopeless", "{}", "{}", 0)
    run = until(lambda: (run := store.run("ann", run_id)).over and run, 30)
    assert run.state == "failed"
    assert "no training process could be started" in str(run.reason)
    assert "no_such_job" in (home / "logs/workers.log").read_text()
    assert supervisor.stop()
    presence.leave(home)


def test_a_home_that_cannot_be_used_is_one_sentence(home):
    home.write_text("in the way")
    with pytest.raises(UserError, match="expected a folder that can be written"):
        supervisor.ensure_running(job=JOB)


def test_a_store_that_cannot_be_used_is_one_sentence(home, monkeypatch):
    home.mkdir()
    (home / "blockyard.db").write_text("no database, " * 100)
    with pytest.raises(UserError, match="not a store of Blockyard"):
        supervisor.ensure_running(job=JOB)
    assert supervisor.main([]) == 2
    presence.leave(home)


def test_status_without_a_supervisor(store):
    store.submit("ann", "waits", "{}", "{}", 0)
    assert supervisor.status() == (False, None, 0, 1)
    assert supervisor.stop()


def test_a_run_waits_for_a_supervisor_as_long_as_it_takes(at_work):
    assert supervisor.stop()
    run_id = at_work.submit("finish")
    assert at_work.state(run_id) == "queued"
    at_work.start()
    assert ended(at_work, run_id).state == "finished"


def test_a_second_supervisor_leaves_at_once(at_work):
    assert supervisor.main([]) == 0
    assert ended(at_work, at_work.submit("finish")).state == "finished"


def test_the_web_process_that_asks_again_waits_for_nothing(at_work):
    began = threading.active_count(), time.perf_counter()
    for _ in range(100):
        supervisor.ensure_running(job=JOB)
    assert threading.active_count() == began[0]
    assert time.perf_counter() - began[1] < 0.5


