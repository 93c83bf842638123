"""A zip archive whose every member has been looked at before one is read."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final, NamedTuple

from lib.errors import UserError, Words, shortened
from lib.i18n import N_

MOST_MEMBERS: Final = 30_000
MOST_UNPACKED: Final = 250_000_000
"""Bytes of all members together, as their headers state them; `zipfile` reads no more of a member than it states."""
_MOST_RATIO: Final = 100
"""How many times larger than in the archive a member may be; images and weights hardly shrink at all."""
SMALL: Final = 20_000_000
"""Bytes of an array up to which nobody asks how far it was shrunk: labels in order shrink to nothing."""
_DEEPEST: Final = 8
_LARGEST_DIRECTORY: Final = 10_000_000
"""Bytes of the list of members, which is parsed at once."""
_END, _END64_LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LOCATOR_SIZE, _LONGEST_COMMENT = 22, 20, 65_535
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1
_LITTER: Final = re.compile(r"__MACOSX|\..*|Thumbs\.db|desktop\.ini", re.IGNORECASE)
"""What file managers leave behind."""
_NO_FILES: Final = ("\\", "/Icon\r")
"""How folders end that old Windows has packed, and what a Mac keeps the picture of a folder in."""


class Member(NamedTuple):
    """A file in an archive: its folders and its name, and what `zipfile` knows of it."""

    path: tuple[str, ...]
    entry: zipfile.ZipInfo

    @property
    def place(self) -> str:
        """Its path as a sentence shows it."""
        return shortened("/".join(self.path))


@contextmanager
def opened(file: IO[bytes], name: str) -> Iterator[zipfile.ZipFile]:
    """The archive in `file`, whose list of members is of a bearable size.

    Raises:
        UserError: it is no archive, or a broken one.
    """
    if not _bearable(file):
        raise UserError(name, N_("expected a whole .zip or .npz archive of at most {most} files"),
                        Words(N_("something else")), most=f"{MOST_MEMBERS:,}")
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # a hostile archive can fail in any way
        raise UserError(name, N_("expected a whole .zip or .npz archive; make it anew"), str(error)) from error
    with archive:
        yield archive


def _bearable(file: IO[bytes]) -> bool:
    """Whether the list of members, which `zipfile` reads whole before anything can be asked, is short enough."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_COMMENT - _END_SIZE - _LOCATOR_SIZE))
    tail = file.read()
    plain = tail[-_END_SIZE:]
    at = len(tail) - _END_SIZE if plain.startswith(_END) and plain.endswith(b"\0\0") else tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        return False
    # Only an archive beyond our limits needs the larger form, which may state other numbers.
    larger = tail[max(0, at - _LOCATOR_SIZE):at].startswith(_END64_LOCATOR)
    count, length = (int.from_bytes(tail[at + first:at + last], "little") for first, last in ((10, 12), (12, 16)))
    return not larger and count <= MOST_MEMBERS and length <= _LARGEST_DIRECTORY


def members(archive: zipfile.ZipFile, name: str, small: int = SMALL) -> list[Member]:
    """The files of `archive`, without folders and without what file managers leave behind.

    Args:
        name: what a sentence calls the archive.
        small: bytes of a file up to which nobody asks how far it was shrunk.

    Raises:
        UserError: a member stands outside of the archive, is no plain file, is locked, or swells when it is unpacked.
    """
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise UserError(name, N_("expected at most {most} files; leave some out"), len(entries),
                        most=f"{MOST_MEMBERS:,}")
    total = sum(entry.file_size for entry in entries)
    if total > MOST_UNPACKED:
        raise UserError(name, N_("expected at most {most} MB when unpacked; leave some out, or make the images "
                                 "smaller"), f"{total / 1e6:,.0f} MB", most=MOST_UNPACKED // 10**6)
    files = [entry for entry in entries if not (entry.is_dir() or entry.orig_filename.endswith(_NO_FILES))]
    found = [Member(_path(entry), entry) for entry in files]
    kept = [_checked(member, small) for member in found
            if not any(_LITTER.fullmatch(part) for part in member.path)]
    seen: set[str] = set()
    for member in kept:
        folded = "/".join(member.path).casefold()
        if folded in seen:
            raise UserError(member.place, N_("expected names that differ by more than capital letters; rename one"))
        seen.add(folded)
    return kept


def _path(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    text = _name(entry)
    path = tuple(text.split("/"))
    where = shortened(text)
    if {"", ".", ".."} & set(path) or any(mark in text for mark in ":\0") or not text.isprintable():
        raise UserError(where, N_("expected a path inside the archive, of folders with usual names; make the archive "
                                  "anew"))
    if len(path) > _DEEPEST:
        raise UserError(where, N_("expected at most {most} folders inside one another"), len(path) - 1,
                        most=_DEEPEST - 1)
    return path


def _name(entry: zipfile.ZipInfo) -> str:
    """The path of a member, of which old programs do not say how it is encoded: most likely as Unicode, or as Korean
    Windows does."""
    text = entry.orig_filename
    if not entry.flag_bits & _UTF8 and not text.isascii():
        raw = text.encode("cp437")
        for encoding in ("utf-8", "cp949"):
            try:
                text = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    # The archives that Windows PowerShell 5 makes have its own mark between folders.
    return unicodedata.normalize("NFC", text).replace("\\", "/")


def _checked(member: Member, small: int) -> Member:
    entry = member.entry
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise UserError(member.place, N_("expected a file, not a link or a device; put the file itself there"))
    if entry.flag_bits & _ENCRYPTED:
        raise UserError(member.place, N_("expected an archive without a password"))
    if entry.file_size > max(small, _MOST_RATIO * entry.compress_size):
        raise UserError(member.place, N_("expected a file that is at most {ratio} times larger than in the archive"),
                        f"{entry.file_size / max(1, entry.compress_size):,.0f}", ratio=_MOST_RATIO)
    return member
