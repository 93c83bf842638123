"""Calls of the kernel that a process may make, by a seccomp filter: what computing needs; every other is refused.

A filter is a program for the kernel's small machine (BPF): it sees the processor, the number of the call and its
arguments, never what they point to. See https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final, NamedTuple

from lib.sandbox.kernel import checked, machine, syscall
from lib.sandbox.syscalls import ARCHITECTURES, CLONE3, NUMBERS

_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _ALL_THREADS = 1, 1
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERROR: Final = 0x00050000
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCHITECTURE = 0, 4
_X32: Final = 0x40000000

_THREAD: Final = 0x00010000
_SHARED_MEMORY: Final = 0x01 | 0x20
_PRCTL: Final = (15, 16, 21, 0x53564D41)
"""Names of threads and of memory, and whether there is a filter."""
_FCNTL: Final = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034)
"""Flags, copies and locks of a descriptor; not who gets a signal of it, and no larger pipes."""
_IOCTL: Final = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)
"""Whether it is a terminal, how much there is to read, whether reading waits, whether it stays open over exec."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


class _Step(NamedTuple):
    """One instruction; `hit` and `miss` say how many to leave out when it compares."""

    code: int
    value: int
    hit: int = 0
    miss: int = 0


def install() -> None:
    """Keep all threads of this process, and every one they start, to the filter for ever.

    Raises:
        MissingError: the kernel cannot.
    """
    packed = b"".join(struct.pack("=HBBI", step.code, step.hit, step.miss, step.value) for step in program())
    given = _Program(len(packed) // 8, packed)
    checked(syscall(_SECCOMP[machine()], _SET_FILTER, _ALL_THREADS, ctypes.byref(given)), "seccomp")


def program() -> list[_Step]:
    """The filter for this processor and this process."""
    name = machine()
    steps = [_Step(_LOAD, _ARCHITECTURE), _Step(_IF_EQUAL, ARCHITECTURES[name], 1, 0), _Step(_RETURN, _KILL),
             _Step(_LOAD, _NUMBER)]
    if name == "x86_64":
        # The same calls under other numbers, with pointers of 32 bits.
        steps += [_Step(_IF_AT_LEAST, _X32, 0, 1), _Step(_RETURN, _KILL)]
    # The C library starts threads by the older call then, whose flags can be seen here.
    steps += _when(CLONE3, [_Step(_RETURN, _ERROR | errno.ENOSYS)])
    some = _allowed_in_part()
    for call, number in NUMBERS[name].items():
        steps += _when(number, some.get(call, [_Step(_RETURN, _ALLOW)]))
    return [*steps, _refusal()]


def _allowed_in_part() -> dict[str, list[_Step]]:
    """Calls of which the arguments say whether they are allowed."""
    own = os.getpid()
    return {
        "clone": _masked(0, _THREAD, _THREAD),
        "mmap": _masked(3, _SHARED_MEMORY, _SHARED_MEMORY, allowed=False),
        "prctl": _one_of(0, _PRCTL),
        "fcntl": _one_of(1, _FCNTL),
        "ioctl": _one_of(1, _IOCTL),
        # Other ways of taking room leave the size of a file as it was, past every limit.
        "fallocate": _one_of(1, (0,)),
        "tgkill": _one_of(0, (own,)),
        "prlimit64": _one_of(0, (0, own)),
    }


def _refusal() -> _Step:
    return _Step(_RETURN, _ERROR | errno.EPERM)


def _when(number: int, then: list[_Step]) -> list[_Step]:
    """Steps for one call; each of them ends in an answer."""
    return [_Step(_IF_EQUAL, number, 0, len(then)), *then]


def _masked(argument: int, mask: int, wanted: int, allowed: bool = True) -> list[_Step]:
    """Allow the call if these bits of an argument are as wanted, or refuse it just then."""
    answers = [_Step(_RETURN, _ALLOW), _refusal()]
    return [_Step(_LOAD, 16 + 8 * argument), _Step(_AND, mask), _Step(_IF_EQUAL, wanted, 0, 1),
            *(answers if allowed else reversed(answers))]


def _one_of(argument: int, values: tuple[int, ...]) -> list[_Step]:
    """Allow the call if the lower half of an argument is one of `values`."""
    tests = [_Step(_IF_EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    return [_Step(_LOAD, 16 + 8 * argument), *tests, _refusal(), _Step(_RETURN, _ALLOW)]
