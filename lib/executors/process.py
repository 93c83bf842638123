"""One worker process as its supervisor sees it: its pipes, what it last said, and how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.processes import ProcessId, environment, python
from lib.training.process import THREADS
from lib.training.worker import MODULE

KILLED: Final = N_("the training process was ended by the signal {signal}; the memory may have run out")
ENDED: Final = N_("the training process ended by itself with status {status}; {log} may say why")
GONE: Final = N_("the training process is gone")

_ENVIRONMENT: Final = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "PYTHONUNBUFFERED": "1"}


class Worker:
    """A worker process in its own session, from its start to its end.

    Args:
        job: the module that says what a training is.
        log: where its standard error goes.
        threads: how many an operation of TensorFlow has in it, unless the environment says otherwise.

    Raises:
        OSError: from the constructor, when the process cannot be started.
    """

    def __init__(self, job: str, log: Path, threads: int) -> None:
        self.log = log
        self.run_id: str | None = None
        self.state: Literal["warming", "ready", "busy", "leaving"] = "warming"
        self.since = time.monotonic()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                python("-m", MODULE, "--job", job), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, start_new_session=True, bufsize=0,
                env={THREADS: str(threads), **environment(), **_ENVIRONMENT})
        self.identity = ProcessId.of(self._process.pid)
        os.set_blocking(self.fileno(), False)

    @property
    def name(self) -> str:
        """What the store knows this worker by."""
        return str(self.identity)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def fileno(self) -> int:
        """The descriptor on which it answers; at its end when the process has ended."""
        assert self._process.stdout
        return self._process.stdout.fileno()

    def listen(self) -> None:
        """Read what it answered: both "ready" and "done" mean that it waits for a run."""
        said = b""
        with suppress(BlockingIOError):
            said = os.read(self.fileno(), 4096)
        if b"\n" in said and self.state != "leaving":
            self._turn("ready", None)

    def train(self, run_id: str, attempt: int) -> None:
        """Hand it a run. One that died meanwhile does not hear it, and is found dead at the next look."""
        self._turn("busy", run_id)
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"run": run_id, "attempt": attempt}).encode() + b"\n")

    def dismiss(self) -> None:
        """Close its input: it ends, since it has nothing in hand."""
        self._turn("leaving", None)
        assert self._process.stdin
        self._process.stdin.close()

    def kill(self) -> None:
        """End it by force, with all that it started, and wait for its end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Give back the pipes of a worker that has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def why_ended(self) -> UserError:
        """One sentence about how the process ended."""
        status = self._process.wait()
        if status < 0:
            return UserError("", KILLED, signal=signal.Signals(-status).name)
        return UserError("", ENDED, status=status, log=self.log.name)

    def _turn(self, state: Literal["ready", "busy", "leaving"], run_id: str | None) -> None:
        self.state, self.run_id, self.since = state, run_id, time.monotonic()
