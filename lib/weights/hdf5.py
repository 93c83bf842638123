"""A reader of the HDF5 that Keras writes, and of nothing else that HDF5 can say.

HDF5 can name other files, point in circles, promise terabytes and run filters, and the library that reads all of it is
written in C. This reads its first format, which h5py writes unless told otherwise: groups with plain links, and arrays
that lie in the file in one piece. Everything else is refused, and no number is believed before the size of the file.

Source: HDF5 File Format Specification 3.0, sections II.A (superblock 0), III.A and III.D (B-trees 1, local heaps),
III.E (global heaps), IV.A (object headers 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from typing import IO, Final, NamedTuple

from lib.errors import UserError
from lib.i18n import N_
from lib.weights import messages
from lib.weights.messages import BROKEN, NO_ADDRESS, Header, Message, Refused, padded

MOST_OBJECTS: Final = 20_000
MOST_STEPS: Final = 200_000
DEEPEST: Final = 16
SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
TOO_MANY: Final = N_("expected at most {most} groups and arrays, {deepest} inside one another")
_LINKS: Final = N_("expected plain groups as Keras writes them, without links to other places and not in a newer "
                   "format of HDF5; save the weights with Keras, or as .npz")
_WHOLE: Final = N_("expected weights alone, as model.save_weights writes them to a .weights.h5 file; a whole model in "
                   "HDF5 is never read")
_AGAIN: Final = N_("expected every group and every array in one place only")
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,100}")
_MOST_MESSAGES: Final = 64
_LONGEST_HEADER: Final = 4096
_LONGEST_NAME: Final = 1000


class Stored(NamedTuple):
    """An array in the file: its groups and its own name, its type as NumPy writes it, and where its bytes lie."""

    path: tuple[str, ...]
    dtype: str
    shape: tuple[int, ...]
    start: int
    size: int


class Content(NamedTuple):
    """Every array of a file, and what the attribute "name" of a group says, by the path of the group."""

    arrays: tuple[Stored, ...]
    names: dict[tuple[str, ...], str]


def read(file: IO[bytes], where: str) -> Content:
    """What stands in the HDF5 `file`, of which no array is read yet.

    Raises:
        UserError: it is broken, or holds anything but groups and plain arrays of numbers.
    """
    try:
        return _Reader(file).content()
    except Refused as refusal:
        raise UserError(where, refusal.expected, *refusal.received, **refusal.values) from None
    except (ValueError, IndexError) as error:
        raise UserError(where, BROKEN) from error


class _Reader:
    """One walk through one file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        self._seen: set[int] = set()
        self._arrays: list[Stored] = []
        self._names: dict[tuple[str, ...], str] = {}
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self._steps = MOST_STEPS

    def content(self) -> Content:
        """Everything below the first group."""
        start = self._at(0, 96)
        if start[:8] != SIGNATURE or start[8] != 0 or start[13:15] != b"\x08\x08":
            raise Refused(_LINKS if start[:8] == SIGNATURE else BROKEN)
        if int.from_bytes(start[24:32], "little") != 0 or int.from_bytes(start[40:48], "little") > self._size:
            raise Refused(BROKEN)
        self._walk(int.from_bytes(start[64:72], "little"), ())
        if sum(array.size for array in self._arrays) > self._size:
            raise Refused(_AGAIN)
        return Content(tuple(self._arrays), self._names)

    def _walk(self, first: int, top: tuple[str, ...]) -> None:
        ahead = [(first, top)]
        while ahead:
            address, path = ahead.pop()
            if address in self._seen:
                raise Refused(_AGAIN, "/".join(path))
            self._seen.add(address)
            if len(self._seen) > MOST_OBJECTS or len(path) > DEEPEST:
                raise Refused(TOO_MANY, most=f"{MOST_OBJECTS:,}", deepest=DEEPEST)
            found = self._object(address)
            for message in found.messages:
                if message.kind == messages.ATTRIBUTE:
                    self._name(path, message.data)
            if found.has(messages.TABLE):
                ahead += [(child, (*path, name)) for name, child in self._children(found.only(messages.TABLE))]
            else:
                self._arrays.append(self._array(path, found))

    def _array(self, path: tuple[str, ...], found: Header) -> Stored:
        shape, dtype = messages.sizes(found.only(messages.SPACE)), messages.data_type(found.only(messages.TYPE))
        place = messages.layout(found.only(messages.LAYOUT))
        size = prod(shape) * int(dtype[2:])
        if place.size != size or place.start == NO_ADDRESS or place.start + size > self._size:
            raise Refused(messages.PIECE, "/".join(path))
        return Stored(path, dtype, shape, place.start, size)

    def _name(self, path: tuple[str, ...], data: bytes) -> None:
        if not path:
            raise Refused(_WHOLE)
        length, heap, index = messages.attribute(data)
        if length > _LONGEST_NAME:
            raise Refused(BROKEN)
        if heap not in self._heaps:
            self._heaps[heap] = self._heap(heap)
        start, size = self._heaps[heap].get(index, (0, -1))
        if size < length:
            raise Refused(BROKEN)
        self._names[path] = self._at(start, length).decode("utf-8")

    def _heap(self, address: int) -> dict[int, tuple[int, int]]:
        """Where the entries of a global heap lie, and how long they are."""
        head = self._at(address, 16)
        end = address + int.from_bytes(head[8:16], "little")
        if head[:5] != b"GCOL\x01":
            raise Refused(BROKEN)
        entries, address = {}, address + 16
        while address + 16 <= end:
            self._step()
            entry = self._at(address, 16)
            index, size = int.from_bytes(entry[:2], "little"), int.from_bytes(entry[8:16], "little")
            if index == 0:
                break
            entries[index] = address + 16, min(size, _LONGEST_NAME)
            address += 16 + padded(size)
        return entries

    def _object(self, address: int) -> Header:
        head = self._at(address, 16)
        if head[0] != 1:
            raise Refused(_LINKS)
        count, blocks = int.from_bytes(head[2:4], "little"), [(address + 16, int.from_bytes(head[8:12], "little"))]
        found: list[Message] = []
        while blocks:
            for message in self._messages(*blocks.pop(0)):
                if message.kind == messages.MORE:
                    blocks.append((int.from_bytes(message.data[:8], "little"),
                                   int.from_bytes(message.data[8:16], "little")))
                found.append(message)
            if len(found) > min(count, _MOST_MESSAGES):
                raise Refused(BROKEN)
        return Header(tuple(found))

    def _messages(self, address: int, length: int) -> Iterator[Message]:
        if length > _LONGEST_HEADER:
            raise Refused(BROKEN)
        block = self._at(address, length)
        at = 0
        while at + 8 <= length:
            kind, size = int.from_bytes(block[at:at + 2], "little"), int.from_bytes(block[at + 2:at + 4], "little")
            if kind in messages.NEWER:
                raise Refused(_LINKS)
            if kind in messages.ELSEWHERE:
                raise Refused(messages.PIECE)
            if kind not in messages.KNOWN or block[at + 4] & messages.SHARED:
                raise Refused(N_("expected groups and arrays alone, as Keras writes them"))
            if at + 8 + size > length:
                raise Refused(BROKEN)
            yield Message(kind, block[at + 8:at + 8 + size])
            at += 8 + size

    def _children(self, table: bytes) -> Iterator[tuple[str, int]]:
        """Names and addresses of what stands in a group."""
        heap = self._at(int.from_bytes(table[8:16], "little"), 32)
        if heap[:5] != b"HEAP\0":
            raise Refused(BROKEN)
        names = int.from_bytes(heap[24:32], "little"), int.from_bytes(heap[8:16], "little")
        ahead, seen = [int.from_bytes(table[:8], "little")], set()
        while ahead:
            address = ahead.pop(0)
            self._step()
            if address in seen:
                raise Refused(_AGAIN)
            seen.add(address)
            head = self._at(address, 24)
            if head[:5] == b"TREE\0":
                used = int.from_bytes(head[6:8], "little")
                self._step(used)
                keys = self._at(address + 24, 16 * used + 8)
                ahead += [int.from_bytes(keys[16 * n + 8:16 * n + 16], "little") for n in range(used)]
            elif head[:4] == b"SNOD":
                yield from self._entries(address, int.from_bytes(head[6:8], "little"), names)
            else:
                raise Refused(BROKEN)

    def _entries(self, address: int, count: int, names: tuple[int, int]) -> Iterator[tuple[str, int]]:
        table = self._at(address + 8, 40 * count)
        self._step(count)
        for at in range(0, 40 * count, 40):
            offset, child, kind = (int.from_bytes(table[at + first:at + last], "little")
                                   for first, last in ((0, 8), (8, 16), (16, 20)))
            if kind not in (0, 1) or child == NO_ADDRESS:
                raise Refused(_LINKS)
            if offset >= names[1]:
                raise Refused(BROKEN)
            raw = self._at(names[0] + offset, min(101, names[1] - offset)).partition(b"\0")[0]
            name = raw.decode("ascii", errors="replace")
            if not _NAME.fullmatch(name):
                raise Refused(N_("expected names of letters, digits and underscores"), name)
            yield name, child

    def _step(self, steps: int = 1) -> None:
        """Count what is looked at: a small file whose parts lie over one another could keep us busy for hours."""
        self._steps -= steps
        if self._steps < 0:
            raise Refused(TOO_MANY, most=f"{MOST_OBJECTS:,}", deepest=DEEPEST)

    def _at(self, address: int, length: int) -> bytes:
        """So many bytes of the file; whoever asks for more than there are has a broken file."""
        if length > self._size or address + length > self._size:
            raise Refused(BROKEN)
        self._file.seek(address)
        found = self._file.read(length)
        if len(found) < length:
            raise Refused(BROKEN)
        return found
