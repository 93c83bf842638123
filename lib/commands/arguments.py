"""Arguments that need nothing of the rest to be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lib.errors import UserError
from lib.i18n import N_


def shape(text: str) -> tuple[int | None, ...]:
    """The shape in "28,28,1"; in "?,?,3" two sizes are free.

    Raises:
        UserError: it is none.
    """
    try:
        return tuple(None if size.strip() == "?" else int(size) for size in text.split(","))
    except ValueError:
        raise UserError("--input-shape", N_("expected whole numbers, as in 28,28,1"), text) from None


def content(path: Path, longest: int) -> bytes:
    """The content of a file, of which no more than one byte too many is read."""
    with opened(path) as file:
        return file.read(longest * 4 + 1)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file at `path`.

    Raises:
        UserError: it cannot be opened, or not be read meanwhile.
    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise UserError(str(path), N_("expected a file that can be read ({problem})"),
                        problem=error.strerror or str(error)) from None
