"""The way into the sandbox, which leads nowhere back. It imports nothing but the standard library."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Final, NamedTuple

from lib.sandbox import kernel, landlock, privileges, seccomp
from lib.sandbox.kernel import MissingError, checked, prctl

PROJECT: Final = Path(__file__).resolve().parents[2]
_SYSTEM: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
                  "/usr/share/zoneinfo", "/dev/urandom")
_COMMAND: Final = "/proc/self/cmdline"
_SINGLE: Final = ((_COMMAND, landlock.READ_FILE), ("/dev/null", landlock.READ_AND_WRITE_FILE))
"""TensorFlow ends the process where it cannot read its own command."""


class Plan(NamedTuple):
    """What the process may have.

    Attributes:
        user: that it becomes where it is root; None: it stays who it is.
        memory: bytes.
        seconds: of all processors together.
        file_bytes: the largest file.
        files: open at a time.
        threads: that the user may have.
        kept: descriptors that stay open, besides the first three.
        parent: the process with which this one ends.
    """

    user: int | None
    memory: int
    seconds: int
    file_bytes: int
    files: int
    threads: int
    kept: tuple[int, ...]
    parent: int


def enter(plan: Plan) -> None:
    """Shut this process in, in the folder that it is in: for all that runs in it from now on.

    It sees that folder, which it can write, and the interpreter with its libraries, which it can read. Everything it
    was given stays outside: its environment, and every descriptor that the plan does not keep.

    Raises:
        MissingError: the machine lacks what this needs.
        OSError: it refuses.
    """
    os.environ.clear()
    _close(plan.kept)
    # Held for ever, so that the kernel does not make another file of it, which would have no rule.
    os.open(_COMMAND, os.O_PATH)
    read = libraries()
    rules = landlock.ruleset([Path(path) for path in read], [Path()])
    for path, access in _SINGLE:
        landlock.allow(rules, Path(path), access)
    privileges.limit(plan.memory, plan.seconds, plan.file_bytes, plan.files, plan.threads)
    privileges.give_up(plan.user, read)
    landlock.restrict(rules)
    # After the change of user, which takes both back.
    checked(prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL), "pdeathsig")
    checked(prctl(kernel.PR_SET_DUMPABLE, 0), "dumpable")
    if os.getppid() != plan.parent:
        raise MissingError(0, "the process that wanted this one is gone")
    seccomp.install()


def libraries() -> list[str]:
    """The folders of the interpreter, of its libraries and of this project's code, as far as they exist."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    python = [str(Path(prefix) / folder) for prefix in sorted(prefixes) for folder in ("lib", "lib64")]
    found = [*python, *(path for path in sys.path if path.endswith(("site-packages", "dist-packages"))),
             str(PROJECT / "lib"), str(PROJECT / "locales"), *_SYSTEM]
    return [path for path in dict.fromkeys(found) if Path(path).exists()]


def _close(kept: tuple[int, ...]) -> None:
    """Close every descriptor but the first three and those that are kept."""
    last = 2
    for number in sorted(kept):
        os.closerange(last + 1, number)
        last = number
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))
