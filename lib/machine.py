"""What this process may use of the machine: its cores and its memory, in a container too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Final, Literal

import psutil

WORKER_MEMORY: Final = 1_500_000_000
"""Bytes that a place for one training is reckoned with. Measured by psutil: a warm worker holds 0.81 GB (0.35 GB of
them its own, the rest libraries that workers share), one that trains a small convolutional network in batches of 128
0.95 GB."""
_CGROUPS: Final = Path("/sys/fs/cgroup")
_OWN: Final = Path("/proc/self/cgroup")
_PROCESSOR: Final = Path("/proc/cpuinfo")
_GPUS: Final = (Path("/dev/nvidia0"), Path("/dev/kfd"))
_BFLOAT16: Final = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
"""In what numbers a network computes; its weights are float32 always."""


@lru_cache(maxsize=1)
def workers() -> int:
    """How many trainings go well on this machine at the same time: one for two cores, as far as the memory reaches."""
    return min(max(1, cores() // 2), max(1, memory() // WORKER_MEMORY), 64)


def threads(workers: int) -> int:
    """How many threads a training has for the sums of one operation, where so many `workers` share the cores.

    The order of the sums, and so their last bits, depends on it.
    """
    return max(1, cores() // workers)


@lru_cache(maxsize=1)
def cores() -> int:
    """The cores that this process may run on, and gets the time of; at least one."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([found, *map(ceil, _shares())]))


@lru_cache(maxsize=1)
def memory() -> int:
    """The bytes of memory that this process and what it starts may have together."""
    return min([int(psutil.virtual_memory().total), *_limits()])


@lru_cache(maxsize=1)
def precisions() -> tuple[Precision, ...]:
    """In what a training goes well on this machine: in float32 everywhere, in bfloat16 where the processor computes in
    it, in float16 with a GPU."""
    gpu = any(path.exists() for path in _GPUS)
    found: list[Precision] = ["float32"]
    if gpu or _BFLOAT16.intersection(_processor()):
        found.append("mixed_bfloat16")
    return (*found, "mixed_float16") if gpu else tuple(found)


def _processor(info: Path = _PROCESSOR) -> set[str]:
    """What the processor can do, by the names of Linux."""
    with suppress(OSError):
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _colon, words = line.partition(":")
            if name.strip() in ("flags", "Features"):
                return set(words.split())
    return set()


def _limits(groups: Path = _CGROUPS, own: Path = _OWN) -> Iterator[int]:
    """The limits of memory of the control groups, of both versions, that this process is in."""
    for folder in _folders(groups, own):
        for name in ("memory.max", "memory.limit_in_bytes"):
            # Version 2 says "max" where there is none; the number of version 1 is beyond all memory then.
            with suppress(OSError, ValueError):
                yield int((folder / name).read_text())


def _shares(groups: Path = _CGROUPS, own: Path = _OWN) -> Iterator[float]:
    """How many cores' time the control groups of this process grant."""
    for folder in _folders(groups, own):
        with suppress(OSError, ValueError):
            quota, period = map(int, (folder / "cpu.max").read_text().split())
            yield quota / period
        with suppress(OSError, ValueError):
            quota = int((folder / "cpu.cfs_quota_us").read_text())
            if quota > 0:
                yield quota / int((folder / "cpu.cfs_period_us").read_text())


def _folders(groups: Path, own: Path) -> Iterator[Path]:
    """The folders of the control groups of this process and of those above; in a container some may not be seen."""
    with suppress(OSError):
        for line in own.read_text().splitlines():
            _number, kinds, path = line.split(":", 2)
            root = groups.joinpath(kinds) if kinds else groups
            group = root / path.lstrip("/")
            yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(root))
