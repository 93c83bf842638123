"""Networks in files: our own JSON, that of Keras, and the config inside a .keras file."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import IO, Final, NamedTuple

from lib import strict_json
from lib.arch.architecture import Architecture
from lib.arch.import_keras import LONGEST, from_keras, from_keras_data
from lib.errors import UserError
from lib.i18n import N_

_MEMBER: Final = "config.json"
_LARGEST_LIST: Final = 2**20
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LONGEST_COMMENT: Final = 2**16
_NO_ZIP: Final = N_("expected a .keras file that can be read")


class NetworkFile(NamedTuple):
    """What a file holds: a network, and whether it came as a list of Keras's layers."""

    architecture: Architecture
    of_keras: bool


def read_network(file: IO[bytes], where: str = "file") -> Architecture:
    """The network in a file, as `read_file` has it."""
    return read_file(file, where).architecture


def read_file(file: IO[bytes], where: str = "file") -> NetworkFile:
    """The network in a file: JSON of ours or of Keras's `to_json`, or a .keras file, whose weights stay unread.

    Raises:
        UserError: it is none of these, or describes no network.
    """
    zipped = file.read(2) == b"PK"
    file.seek(0)
    if zipped:
        return NetworkFile(from_keras(keras_config(file, where), where), of_keras=True)
    # A character has up to four bytes; one too many is enough to know.
    value = strict_json.read(file.read(4 * LONGEST + 1), where, LONGEST, lines=True)
    if isinstance(value, dict) and "class_name" in value:
        return NetworkFile(from_keras_data(value, where), of_keras=True)
    return NetworkFile(Architecture.from_data(value, where), of_keras=False)


def keras_config(file: IO[bytes], where: str = "file") -> bytes:
    """The text of the config member of a .keras file, which is an archive; no other member is opened.

    Raises:
        UserError: it is no such archive, has names that lead out of it, or a config that is too long.
    """
    _check_list(file, where)
    try:
        with zipfile.ZipFile(file) as archive:
            text = _member(archive, where)
    except _UNREADABLE as error:
        raise UserError(where, _NO_ZIP, str(error)) from None
    if len(text) > LONGEST:
        raise UserError(f"{where}.{_MEMBER}", N_("expected at most {longest} characters"), longest=f"{LONGEST:,}")
    return text


_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


def _member(archive: zipfile.ZipFile, where: str) -> bytes:
    names = archive.namelist()
    for name in names:
        if name.startswith(("/", "\\")) or ".." in name:
            raise UserError(where, N_("expected members whose names stay inside the file"), name)
    if _MEMBER not in names:
        raise UserError(where, N_("expected a member {name} in the file"), name=_MEMBER)
    with archive.open(_MEMBER) as member:
        return member.read(LONGEST + 1)


def _check_list(file: IO[bytes], where: str) -> None:
    """Refuse an archive whose list of members is long, before Python reads all of it."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_COMMENT - _END_SIZE))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise UserError(where, _NO_ZIP)
    (length,) = struct.unpack_from("<I", tail, at + 12)
    if length > _LARGEST_LIST or tail[max(at - 20, 0) : at].startswith(b"PK\x06\x07"):
        raise UserError(where, N_("expected a .keras file with fewer members"))
