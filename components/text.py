"""Text that people wrote, on a screen that reads Markdown."""

from __future__ import annotations

import re
from typing import Final

_WORD_JOINER: Final = "\u2060"
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$^=&@/\"'])")


def plain(text: str) -> str:
    """`text` for a Markdown element, where it shows as it was written and does nothing.

    A backslash disarms Markdown's own marks. Streamlit looks for ":icon:" and ":red[" only after those are gone, so
    colons are followed by an invisible character in place of a backslash.
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split())).replace(":", f":{_WORD_JOINER}")
