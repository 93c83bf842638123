"""How wide a text is on a terminal, and columns that stand below each other there."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence


def text_width(text: str) -> int:
    """Columns of a terminal: characters of Chinese, Japanese and Korean take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def aligned(lines: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> list[str]:
    """Lines of cells as text, with columns as wide as they need; the columns in `numbers` stand at the right."""
    widths = [max(map(text_width, column)) for column in zip(*lines, strict=True)]
    texts = []
    for line in lines:
        cells = []
        for column, (cell, width) in enumerate(zip(line, widths, strict=True)):
            space = " " * (width - text_width(cell))
            cells.append(space + cell if column in numbers else cell + space)
        texts.append("  ".join(cells).rstrip())
    return texts
