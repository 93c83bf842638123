"""How wide a text is on a terminal."""

from __future__ import annotations

import unicodedata


def text_width(text: str) -> int:
    """Columns of a terminal: characters of Chinese, Japanese and Korean take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
