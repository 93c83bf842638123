"""Arrays that a sandboxed process may read and nobody can change: memory under a descriptor that is handed over."""

from __future__ import annotations

import fcntl
import math
import mmap
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Listed = list[tuple[str, str, list[int], int]]
"""The name of each array, its type, its shape, and where it begins."""
_ALIGNED = 64


def packed(arrays: Mapping[str, NDArray[Any]]) -> tuple[int, Listed]:
    """A descriptor of memory that holds the arrays for ever as they are, and how they lie there.

    Raises:
        OSError: there is no memory for them.
    """
    descriptor = os.memfd_create("blockyard", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    listed: Listed = []
    place = 0
    try:
        for name, array in arrays.items():
            data = np.ascontiguousarray(array)
            listed.append((name, data.dtype.str, list(data.shape), place))
            view = data.data.cast("B") if data.nbytes else memoryview(b"")
            written = 0
            while written < data.nbytes:
                written += os.pwrite(descriptor, view[written:], place + written)
            place += -(-data.nbytes // _ALIGNED) * _ALIGNED
        os.truncate(descriptor, max(place, 1))
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS,
                    fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, listed


def unpacked(descriptor: int, listed: Listed) -> dict[str, NDArray[Any]]:
    """The arrays, by their names."""
    memory = mmap.mmap(descriptor, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    return {name: np.frombuffer(memory, np.dtype(kind), math.prod(shape), place).reshape(shape)
            for name, kind, shape, place in listed}
