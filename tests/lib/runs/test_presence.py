import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.errors import UserError
from lib.runs import presence
from lib.runs.processes import environment


def free(home):
    lock = presence.if_nobody(home)
    if lock is not None:
        os.close(lock)
    return lock is not None


def test_a_process_is_present_until_it_leaves(tmp_path):
    assert free(tmp_path)
    presence.attend(tmp_path)
    presence.attend(tmp_path)
    assert not free(tmp_path)
    presence.leave(tmp_path)
    presence.leave(tmp_path)
    assert free(tmp_path)


def test_a_process_that_was_killed_is_not_present(tmp_path):
    script = f"from pathlib import Path; from lib.runs.presence import attend; attend(Path({str(tmp_path)!r})); print()"
    command = [sys.executable, "-c", script + "; input()"]
    with subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert not free(tmp_path)
        process.kill()
    assert free(tmp_path)


def test_who_comes_while_the_supervisor_ends_waits_for_its_end(tmp_path):
    lock = presence.if_nobody(tmp_path)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(presence.attend, tmp_path)
        assert not coming.done()
        os.close(lock)
        coming.result(timeout=5)
    assert not free(tmp_path)
    presence.leave(tmp_path)


def test_but_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(presence, "_PATIENCE", 0.05)
    lock = presence.if_nobody(tmp_path)
    with pytest.raises(UserError, match="does not end"):
        presence.attend(tmp_path)
    os.close(lock)
