"""Files that a process may see, by the kernel's Landlock. What is not named is refused, links to it too.

See https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lib.sandbox.kernel import MissingError, checked, syscall

LEAST_ABI: Final = 3
"""That of Linux 6.2: before it, a file could be cut short that could not be written."""
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION: Final = 1
_BENEATH: Final = 1

READ_FILE: Final = 1 << 2
_WRITE_FILE, _READ_DIR = 1 << 1, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE: Final = 1 << 14
READ: Final = READ_FILE | _READ_DIR
WRITE: Final = READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _TRUNCATE
"""Files and folders, nothing else: no links to elsewhere, no sockets, no pipes, no devices, nothing to be executed."""
READ_AND_WRITE_FILE: Final = READ_FILE | _WRITE_FILE | _TRUNCATE
_NET_TCP: Final = 3
_SCOPES: Final = 3


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi() -> int:
    """The version of Landlock that the kernel has.

    Raises:
        MissingError: none, or one that is too old.
    """
    found = checked(syscall(_CREATE, None, 0, _VERSION), "landlock")
    if found < LEAST_ABI:
        raise MissingError(0, f"expected Landlock {LEAST_ABI} or later, not {found}")
    return found


def ruleset(read: Iterable[Path], write: Iterable[Path]) -> int:
    """A descriptor of the rules: the files below `read` may be read, those below `write` changed too.

    Paths that do not exist are passed over. Connections by TCP, signals to other processes and abstract sockets are
    refused where the kernel can.

    Raises:
        MissingError: the kernel cannot.
    """
    version = abi()
    # As many bits as there are kinds of access to files; the last one came with version 5.
    files = (1 << (16 if version >= 5 else 15)) - 1
    rules = _Ruleset(files, _NET_TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    made = checked(syscall(_CREATE, ctypes.byref(rules), size, 0), "landlock_create_ruleset")
    for paths, access in ((read, READ), (write, WRITE)):
        for path in paths:
            allow(made, path, access)
    return made


def restrict(rules: int) -> None:
    """Keep this thread, and every one it starts, to the rules for ever.

    Raises:
        MissingError: the kernel refuses.
    """
    checked(syscall(_RESTRICT, rules, 0), "landlock_restrict_self")
    os.close(rules)


def allow(rules: int, path: Path, access: int) -> None:
    """Allow `access` to what is below `path`, or to the file that it is; one that does not exist is passed over.

    Raises:
        MissingError: the kernel refuses.
    """
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rule = _Beneath(access if path.is_dir() else access & READ_AND_WRITE_FILE, opened)
        checked(syscall(_ADD, rules, _BENEATH, ctypes.byref(rule), 0), f"landlock_add_rule {path}")
    finally:
        os.close(opened)
