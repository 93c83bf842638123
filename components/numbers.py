"""Numbers as the screen writes them."""

from __future__ import annotations

_THIN_SPACE = "\u202f"


def grouped(number: int) -> str:
    """`number` with its thousands apart: 61 706."""
    return f"{number:,}".replace(",", _THIN_SPACE)
