"""What the messages of HDF5's object headers say: shape, type and place of an array, and a text."""

from __future__ import annotations

from typing import Final, NamedTuple

from lib.i18n import N_

BROKEN: Final = N_("expected a whole HDF5 file as Keras writes it; save it anew")
NO_ADDRESS: Final = 2**64 - 1
SPACE, TYPE, LAYOUT, ATTRIBUTE, MORE, TABLE = 0x01, 0x03, 0x08, 0x0C, 0x10, 0x11
KNOWN: Final = frozenset({SPACE, TYPE, LAYOUT, ATTRIBUTE, MORE, TABLE, 0x00, 0x04, 0x05, 0x0E, 0x12})
"""The kinds that Keras's files have; of those without a name, nothing follows: padding, fill values, times."""
NEWER: Final = frozenset({0x02, 0x06, 0x0A})
"""Groups of later formats, whose links may lead anywhere."""
ELSEWHERE: Final = frozenset({0x07, 0x0B})
"""Arrays in other files, and those that go through filters."""
SHARED: Final = 2
PIECE: Final = N_("expected arrays in one piece, neither compressed nor kept in another file, as Keras writes them")
_MOST_AXES: Final = 8
_TYPES: Final[dict[bytes, str]] = {
    bytes.fromhex("11201f00 04000000 00002000 17080017 7f000000"): "<f4",
    bytes.fromhex("10080000 04000000 00002000"): "<i4",
    bytes.fromhex("10000000 04000000 00002000"): "<u4",
    bytes.fromhex("10080000 08000000 00004000"): "<i8",
}
"""The types of Keras's weights and counters, as HDF5 writes them: byte order, bits, exponent, sign, all of it."""
_STRING: Final = 0x19, 0x01
"""A text of any length."""


class Refused(Exception):  # noqa: N818  # it becomes the error that people see
    """What the file holds is not taken: a message id, and what was received where that says something."""

    def __init__(self, expected: str, *received: object, **values: object) -> None:
        super().__init__(expected)
        self.expected = expected
        self.received = received
        self.values = values


class Message(NamedTuple):
    """One message of an object header."""

    kind: int
    data: bytes


class Header(NamedTuple):
    """The header of a group or an array."""

    messages: tuple[Message, ...]

    def only(self, kind: int) -> bytes:
        """What the one message of this kind says."""
        found = [message.data for message in self.messages if message.kind == kind]
        if len(found) != 1:
            raise Refused(BROKEN)
        return found[0]

    def has(self, kind: int) -> bool:
        """Whether there is a message of this kind."""
        return any(message.kind == kind for message in self.messages)


class Layout(NamedTuple):
    """Where the bytes of an array lie in the file, and how many."""

    start: int
    size: int


def sizes(data: bytes) -> tuple[int, ...]:
    """The shape in a dataspace message."""
    version, axes = data[0], data[1]
    start = {1: 8, 2: 4}.get(version)
    if start is None or axes > _MOST_AXES or (version == 2 and data[3] == 2) or len(data) < start + 8 * axes:
        raise Refused(N_("expected arrays of at most {most} axes"), most=_MOST_AXES)
    return tuple(int.from_bytes(data[start + 8 * axis:start + 8 * axis + 8], "little") for axis in range(axes))


def data_type(data: bytes) -> str:
    """The type in a datatype message, as NumPy writes it."""
    for written, dtype in _TYPES.items():
        if data.startswith(written) and not data[len(written):].strip(b"\0"):
            return dtype
    raise Refused(N_("expected arrays of plain numbers, weights as float32"))


def layout(data: bytes) -> Layout:
    """The place in a data layout message."""
    if data[:2] != b"\x03\x01" or len(data) < 18:
        raise Refused(PIECE)
    return Layout(int.from_bytes(data[2:10], "little"), int.from_bytes(data[10:18], "little"))


def attribute(data: bytes) -> tuple[int, int, int]:
    """Length, heap and index of the text in an attribute called "name", the only one that Keras writes."""
    version, head = data[0], 8 if data[0] == 1 else 9
    name, kind, space = (int.from_bytes(data[at:at + 2], "little") for at in (2, 4, 6))
    around = padded if version == 1 else int
    type_at = head + around(name)
    at = type_at + around(kind) + around(space)
    if version not in (1, 3) or data[head:head + name] != b"name\0":
        raise Refused(N_("expected no attribute but the name of a layer, as Keras writes it"),
                      data[head:head + name].rstrip(b"\0")[:40].decode("ascii", errors="replace"))
    if tuple(data[type_at:type_at + 2]) != _STRING or len(data) < at + 16:
        raise Refused(N_("expected the name of a layer as text"))
    return tuple(int.from_bytes(data[at + first:at + last], "little")  # type: ignore[return-value]
                 for first, last in ((0, 4), (4, 12), (12, 16)))


def padded(size: int) -> int:
    """`size` up to a multiple of 8."""
    return -(-size // 8) * 8
