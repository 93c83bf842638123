"""Processes that are recognised again: a pid alone may belong to another one by tomorrow."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

PROJECT: Final = Path(__file__).resolve().parents[2]
_PROC: Final = Path("/proc")
_BOOT: Final = _PROC / "sys/kernel/random/boot_id"


class ProcessId(NamedTuple):
    """A process by its pid and the moment it started; `str()` and `parse` turn it to text and back."""

    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.pid}:{self.started}"

    @classmethod
    def parse(cls, text: str) -> ProcessId:
        """What `str()` wrote; anything else is a process that does not live."""
        pid, _colon, started = text.partition(":")
        return cls(int(pid) if pid.isdecimal() else 0, started)

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """The process that has `pid` now."""
        return cls(pid, start_of(pid) or "")

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; one that ended and waits to be reaped does not."""
        return self.pid > 0 and self.started != "" and start_of(self.pid) == self.started

    def signal(self, number: int) -> None:
        """Send a signal to the process alone, if it still runs."""
        if self.alive:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and all it started, if it still runs and leads its group."""
        if self.alive:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)


def start_of(pid: int) -> str | None:
    """When the process of `pid` started, in a form that only serves to compare; None when there is none."""
    return _start_from_proc(pid) if _PROC.joinpath("self/stat").exists() else _start_from_ps(pid)


def environment() -> dict[str, str]:
    """This process's environment, so that a child finds `lib` whatever its folder is."""
    path = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}


def python(*arguments: str) -> list[str]:
    """The command that runs Python as this process does."""
    return [sys.executable, *arguments]


def _start_from_proc(pid: int) -> str | None:
    try:
        # The name of the program, in parentheses, may hold anything: count from behind it.
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = _BOOT.read_text()[:8]
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{fields[19]}-{boot}"


def _start_from_ps(pid: int) -> str | None:
    found = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _space, started = found.stdout.strip().partition(" ")
    return started.strip() if found.returncode == 0 and not state.startswith("Z") else None
