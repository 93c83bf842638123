"""A part of a file that is read as if it were a file: a member of an archive that is kept there as it is."""

from __future__ import annotations

import io
import zipfile
from typing import IO, Final

from lib.errors import UserError
from lib.i18n import N_

_HEADER: Final = 30


class Window(io.RawIOBase):
    """The bytes of `file` from `start` on, `size` of them."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size, self._at = file, start, size, 0

    @classmethod
    def of(cls, file: IO[bytes], entry: zipfile.ZipInfo, where: str) -> IO[bytes]:
        """The member `entry`, which is not compressed.

        Raises:
            UserError: it does not lie in the file whole.
        """
        size = file.seek(0, 2)
        file.seek(entry.header_offset)
        head = file.read(_HEADER)
        start = entry.header_offset + _HEADER + sum(int.from_bytes(head[at:at + 2], "little") for at in (26, 28))
        if not head.startswith(b"PK\x03\x04") or len(head) < _HEADER or start + entry.file_size > size:
            raise UserError(where, N_("expected a .keras file that can be read"))
        return io.BufferedReader(cls(file, start, entry.file_size))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._start + self._at)
        found = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[:len(found)] = found
        self._at += len(found)
        return len(found)
