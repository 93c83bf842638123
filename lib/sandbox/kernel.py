"""Calls of the Linux kernel that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_KEEPCAPS: Final = 8
PR_GET_SECCOMP: Final = 21
PR_CAPBSET_DROP: Final = 24
PR_SET_SECUREBITS: Final = 28
PR_SET_NO_NEW_PRIVS: Final = 38
FILTERED: Final = 2
"""What PR_GET_SECCOMP answers where a filter is at work."""
_OUTSIDE: Final = "/proc/self/status"


class MissingError(OSError):
    """The machine lacks something that the sandbox is made of."""


def library() -> Any:
    """The C library, whose calls leave their error for `checked`."""
    return ctypes.CDLL(None, use_errno=True)


def checked(answer: int, what: str) -> int:
    """`answer`, if the call succeeded.

    Raises:
        MissingError: it did not.
    """
    if answer < 0:
        number = ctypes.get_errno()
        raise MissingError(number, f"{what}: {os.strerror(number)}")
    return answer


def syscall(number: int, *arguments: Any) -> int:
    """The kernel's answer, or less than 0."""
    given = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(library().syscall(ctypes.c_long(number), *given))


def prctl(option: int, *values: int) -> int:
    """The kernel's answer, or less than 0."""
    padded = [*values, 0, 0, 0, 0][:4]
    return int(library().prctl(ctypes.c_int(option), *(ctypes.c_ulong(value) for value in padded)))


def machine() -> str:
    """The processor as the tables name it.

    Raises:
        MissingError: not Linux, or a processor that there is no table for.
    """
    name = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}.get(platform.machine())
    if sys.platform != "linux" or name is None or sys.maxsize < 1 << 32:
        raise MissingError(0, f"expected Linux on x86_64 or aarch64, not {sys.platform} on {platform.machine()}")
    return name


def inside() -> bool:
    """Whether this process is in the sandbox. It asks the kernel, which no code in the process can make lie.

    A container has a filter too, so that it asks for what only ours refuses: a socket, and a file that is always there.
    """
    return (sys.platform == "linux" and prctl(PR_GET_SECCOMP) == FILTERED and _refused(lambda: socket.socket().close())
            and _refused(lambda: os.close(os.open(_OUTSIDE, os.O_RDONLY))))


def _refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:
        return False
    return False
