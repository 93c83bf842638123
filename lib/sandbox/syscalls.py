"""The calls of the kernel that the sandbox lets through, by their names, with their numbers on each processor.

None of them starts a process or a program, opens a connection, sends a signal to another process, or changes who owns a
file or who may read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ARCHITECTURES: Final[Mapping[str, int]] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE3: Final = 435

_X86_64: Final = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11,
    "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "rt_sigpending": 127,
    "rt_sigtimedwait": 128, "rt_sigsuspend": 130, "sigaltstack": 131, "ioctl": 16, "pread64": 17,
    "pwrite64": 18, "readv": 19, "writev": 20, "preadv": 295, "pwritev": 296, "preadv2": 327, "pwritev2": 328,
    "sched_yield": 24, "mremap": 25, "msync": 26, "mincore": 27, "madvise": 28, "dup": 32, "dup3": 292,
    "nanosleep": 35, "getpid": 39, "gettid": 186, "getppid": 110, "getuid": 102, "geteuid": 107, "getgid": 104,
    "getegid": 108, "getresuid": 118, "getresgid": 120, "getgroups": 115, "clone": 56, "exit": 60,
    "exit_group": 231, "uname": 63, "fcntl": 72, "flock": 73, "fsync": 74, "fdatasync": 75, "ftruncate": 77,
    "getcwd": 79, "chdir": 80, "fchdir": 81, "umask": 95, "gettimeofday": 96, "getrlimit": 97, "getrusage": 98,
    "sysinfo": 99, "times": 100, "getpriority": 140, "statfs": 137, "fstatfs": 138, "sched_getaffinity": 204,
    "prctl": 157, "futex": 202, "futex_waitv": 449, "set_tid_address": 218, "set_robust_list": 273, "rseq": 334,
    "membarrier": 324, "getrandom": 318, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
    "tgkill": 234, "openat": 257, "mkdirat": 258, "unlinkat": 263, "renameat": 264, "renameat2": 316,
    "linkat": 265, "readlinkat": 267, "faccessat": 269, "faccessat2": 439, "newfstatat": 262, "statx": 332,
    "pselect6": 270, "ppoll": 271, "getdents64": 217, "fallocate": 285, "fadvise64": 221, "sendfile": 40,
    "copy_file_range": 326, "sched_getparam": 143, "sched_getscheduler": 145, "prlimit64": 302, "getcpu": 309,
    "restart_syscall": 219, "close_range": 436, "open": 2, "stat": 4, "lstat": 6, "poll": 7, "access": 21,
    "select": 23, "dup2": 33, "rename": 82, "mkdir": 83, "rmdir": 84, "link": 86, "unlink": 87, "readlink": 89,
    "getdents": 78, "time": 201, "arch_prctl": 158,
}
_AARCH64: Final = {
    "read": 63, "write": 64, "close": 57, "fstat": 80, "lseek": 62, "mmap": 222, "mprotect": 226, "munmap": 215,
    "brk": 214, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "rt_sigpending": 136,
    "rt_sigtimedwait": 137, "rt_sigsuspend": 133, "sigaltstack": 132, "ioctl": 29, "pread64": 67,
    "pwrite64": 68, "readv": 65, "writev": 66, "preadv": 69, "pwritev": 70, "preadv2": 286, "pwritev2": 287,
    "sched_yield": 124, "mremap": 216, "msync": 227, "mincore": 232, "madvise": 233, "dup": 23, "dup3": 24,
    "nanosleep": 101, "getpid": 172, "gettid": 178, "getppid": 173, "getuid": 174, "geteuid": 175,
    "getgid": 176, "getegid": 177, "getresuid": 148, "getresgid": 150, "getgroups": 158, "clone": 220,
    "exit": 93, "exit_group": 94, "uname": 160, "fcntl": 25, "flock": 32, "fsync": 82, "fdatasync": 83,
    "ftruncate": 46, "getcwd": 17, "chdir": 49, "fchdir": 50, "umask": 166, "gettimeofday": 169,
    "getrlimit": 163, "getrusage": 165, "sysinfo": 179, "times": 153, "getpriority": 141, "statfs": 43,
    "fstatfs": 44, "sched_getaffinity": 123, "prctl": 167, "futex": 98, "futex_waitv": 449,
    "set_tid_address": 96, "set_robust_list": 99, "rseq": 293, "membarrier": 283, "getrandom": 278,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "tgkill": 131, "openat": 56,
    "mkdirat": 34, "unlinkat": 35, "renameat": 38, "renameat2": 276, "linkat": 37, "readlinkat": 78,
    "faccessat": 48, "faccessat2": 439, "newfstatat": 79, "statx": 291, "pselect6": 72, "ppoll": 73,
    "sched_getparam": 121, "sched_getscheduler": 120, "getdents64": 61, "fallocate": 47, "fadvise64": 223,
    "sendfile": 71, "copy_file_range": 285, "prlimit64": 261, "getcpu": 168, "restart_syscall": 128,
    "close_range": 436,
}
NUMBERS: Final[Mapping[str, Mapping[str, int]]] = {"x86_64": _X86_64, "aarch64": _AARCH64}
