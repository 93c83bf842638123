import os
import signal
import subprocess

import pytest

from lib.runs import processes
from lib.runs.processes import ProcessId, start_of
from tests.lib.runs.waiting import until


@pytest.fixture
def child():
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_process_is_recognised_by_its_text(child):
    identity = ProcessId.parse(str(ProcessId.of(child.pid)))
    assert identity == ProcessId.of(child.pid)
    assert identity.alive


def test_another_process_with_the_same_pid_is_another(child):
    assert not ProcessId(child.pid, "long ago").alive


@pytest.mark.parametrize("text", ["", "x", "-1:5", ":", "inline", "1"])
def test_what_names_no_process_is_not_alive(text):
    assert not ProcessId.parse(text).alive


@pytest.mark.parametrize("start", [processes._start_from_proc, processes._start_from_ps])
def test_a_process_that_waits_to_be_reaped_is_dead(child, start, monkeypatch):
    monkeypatch.setattr(processes, "start_of", start)
    identity = ProcessId.of(child.pid)
    assert identity.alive
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: not identity.alive)
    child.wait()
    assert start(child.pid) is None


def test_a_signal_reaches_the_whole_group():
    shell = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], start_new_session=True, stdout=subprocess.PIPE)
    grandchild = ProcessId.of(int(shell.stdout.readline()))
    ProcessId.of(shell.pid).signal_group(signal.SIGKILL)
    shell.wait()
    shell.stdout.close()
    until(lambda: not grandchild.alive)


def test_a_signal_for_a_dead_process_reaches_nobody(child):
    ProcessId(child.pid, "long ago").signal_group(signal.SIGKILL)
    assert child.poll() is None
    assert start_of(child.pid)
