import fcntl
import json
import os
import platform
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from lib.runs.processes import PROJECT
from tests.lib.sandbox.attacks import ALONE, ATTACKS, THREADS

SCRIPT = Path(__file__).with_name("attacks.py")
ROOT = os.geteuid() == 0
TOO_MANY_THREADS = "start too many threads"
REAL = ("read another run's file", "read it by a path that goes up", "list the runs", "write into another run",
        "cut another run's file short", "change who may read it", "read the environment", "read the password file",
        "read the environment from proc", "list the processes", "connect by TCP to this machine", "send by UDP",
        "connect to a socket in the file system", "connect to an abstract socket", "listen", "a subprocess",
        "kill the parent", "kill another process", "fill the memory past its limit", "a symbolic link", "a hard link",
        "a pipe in the file system", "write outside", "write into shared memory", "descriptors from before",
        "be root")
"""Attempts that succeed, without harm, where there is no sandbox."""


@contextmanager
def school(user):
    """A folder for the run, another run with a secret, doors to knock at and a process to kill, all of `user`."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mine, other = home / "mine", home / "other"
        mine.mkdir()
        other.mkdir()
        (other / "secret").write_text("secret")
        door = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        for opened, name in ((unix, str(home / "door")), (abstract, f"\0blockyard{os.getpid()}")):
            stack.enter_context(opened).bind(name)
            opened.listen()
        victim = stack.enter_context(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        stack.callback(victim.kill)
        for path in (home, *home.rglob("*")):
            path.chmod(0o777)
            if user is not None:
                os.chown(path, user, user)
        yield {"home": str(home), "secret": str(other / "secret"), "marker": str(home / "marker"),
               "socket": str(home / "door"), "abstract": f"\0blockyard{os.getpid()}", "port": door.getsockname()[1],
               "victim": victim.pid, "parent": os.getpid(), "project": str(PROJECT), "threads": THREADS, "only": []}


def attempts(python, given, **started):
    """What became of each attempt; where the process was ended, by which signal."""
    opened = os.open(given["secret"], os.O_RDONLY)
    secret = fcntl.fcntl(opened, fcntl.F_DUPFD, 100)
    os.close(opened)
    os.set_inheritable(secret, True)
    try:
        ended = subprocess.run(
            [*python, "-B", str(SCRIPT), json.dumps(given)], cwd=Path(given["home"]) / "mine", capture_output=True,
            text=True, timeout=120, close_fds=False, env={"SECRET": "1", "PATH": "/usr/bin:/bin"}, check=False,
            **started)
    finally:
        os.close(secret)
    if ended.returncode < 0:
        return signal.Signals(-ended.returncode)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def expect_all_refused(found, given):
    assert [f"{name}: {how}" for name, how in found.items() if not how.startswith("refused")] == []
    assert len(found) == len(ATTACKS) >= 30
    assert not Path(given["marker"]).exists()
    assert Path(given["secret"]).read_text() == "secret"
    assert psutil.pid_exists(given["victim"])


def ordinary_python():
    """A Python that everybody on this machine can start."""
    return next((path for path in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(path).exists()), None)


@pytest.mark.skipif(not ROOT, reason="an ordinary user cannot become root; the next test is for that user")
@pytest.mark.parametrize("user", [61_300, None], ids=["which becomes nobody", "which stays root"])
def test_no_attempt_of_root_gets_out(user):
    with school(None) as given:
        os.chown(Path(given["home"]) / "mine", user or 0, user or 0)
        found = attempts([sys.executable, "-I"], {**given, "user": user})
        if user is None:
            # The kernel counts no threads of root; whoever started the process does, and ends it.
            found[TOO_MANY_THREADS] = "refused by another"
        expect_all_refused(found, given)


def test_no_attempt_of_an_ordinary_user_gets_out():
    """Root tries it as the user nobody, with a Python that this user can start."""
    user = pwd.getpwnam("nobody").pw_uid if ROOT else os.getuid()
    python = ordinary_python() if ROOT else sys.executable
    assert python, "expected a Python that an ordinary user can start"
    with school(user if ROOT else None) as given:
        there = sum(process.num_threads() for process in psutil.process_iter() if process.uids().real == user)
        changed = {"user": user, "group": user, "extra_groups": []} if ROOT else {}
        found = attempts([python, "-I"], {**given, "user": None, "threads": there + THREADS}, **changed)
        expect_all_refused(found, given)


def test_the_attempts_are_real():
    """Outside of the sandbox they succeed: what refuses them is nothing else."""
    chosen = [name for name in REAL if ROOT or name != "be root"]
    with school(None) as given:
        found = attempts([sys.executable, "-I"], {**given, "user": None, "outside": True, "only": chosen})
        Path("/dev/shm/escaped").unlink(missing_ok=True)
    assert [f"{name}: {how}" for name, how in found.items() if not how.startswith("ESCAPED")] == []


@pytest.mark.parametrize("name", ALONE)
def test_what_cannot_be_refused_ends_the_process(name):
    if name == "calls of another kind" and platform.machine() != "x86_64":
        pytest.skip("only x86_64 has calls of another kind")
    with school(None) as given:
        ended = attempts([sys.executable, "-I"], {**given, "user": None, "only": [name]})
    assert ended in (signal.SIGSYS, signal.SIGXCPU, signal.SIGKILL)
