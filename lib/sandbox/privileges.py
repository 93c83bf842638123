"""Rights and means of a process, given up for good: capabilities, the user it is, memory, files, time."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterable
from typing import Final

from lib.sandbox import kernel
from lib.sandbox.kernel import checked, library, prctl

LAST_CAPABILITY: Final = 63
_READ_SEARCH: Final = 1 << 2
_VERSION_3: Final = 0x20080522
_NO_ROOT_LOCKED: Final = 0b11_1111
"""Being root, or becoming it, gives no capabilities; keeping them over a change of user ends here."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def give_up(user: int | None, needed: Iterable[str]) -> None:
    """Be `user`, where this is root, without its groups, and without any capability.

    One is kept where `user` could not read what is `needed`: to read and to search what others may not. Landlock says
    which files that means.

    Raises:
        MissingError: the kernel refuses.
        OSError: so it does.
    """
    checked(prctl(kernel.PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")
    if os.geteuid() != 0:
        _capabilities(0)
        return
    for number in range(LAST_CAPABILITY + 1):
        # It ends where the kernel knows no more, or where root is none itself.
        if prctl(kernel.PR_CAPBSET_DROP, number) < 0:
            break
    kept = 0
    if user is not None:
        checked(prctl(kernel.PR_SET_KEEPCAPS, 1), "keepcaps")
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        kept = 0 if all(os.access(path, os.R_OK) for path in needed) else _READ_SEARCH
    prctl(kernel.PR_SET_SECUREBITS, _NO_ROOT_LOCKED)
    _capabilities(kept)


def limit(memory: int, seconds: int, file_bytes: int, files: int, threads: int) -> None:
    """Limit what the process takes, for ever.

    Args:
        memory: bytes of its own, without files that are only read.
        seconds: of all processors together.
        file_bytes: the largest file.
        files: open at a time.
        threads: that its user has at a time, in all processes.

    Raises:
        OSError: the kernel refuses.
    """
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_MSGQUEUE, 0),
                       (resource.RLIMIT_FSIZE, file_bytes), (resource.RLIMIT_NOFILE, files),
                       (resource.RLIMIT_NPROC, threads), (resource.RLIMIT_CPU, seconds),
                       (resource.RLIMIT_DATA, memory)):
        _soft, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _capabilities(kept: int) -> None:
    """Have these capabilities and no other, and hand on none."""
    header = _Header(_VERSION_3, 0)
    # Effective, permitted and inheritable: the lower halves, then the upper ones.
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)
    checked(library().capset(ctypes.byref(header), ctypes.byref(sets)), "capset")
