"""Text that people wrote, on a screen that reads Markdown."""

from __future__ import annotations

import re
from typing import Final

from lib.errors import UserError

_WORD_JOINER: Final = "\u2060"
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$^=&@/\"'])")


def sentence(text: UserError | str) -> str:
    """`text` as a sentence that stands by itself; an error that begins with a name of the user's leaves it as it is."""
    words = str(text)
    return words if isinstance(text, UserError) and text.where else words[:1].upper() + words[1:]


def plain(text: str) -> str:
    """`text` for a Markdown element, where it shows as it was written and does nothing.

    A backslash disarms Markdown's own marks. Streamlit looks for ":icon:" and ":red[" only after those are gone, so
    colons are followed by an invisible character in place of a backslash.
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split())).replace(":", f":{_WORD_JOINER}")
