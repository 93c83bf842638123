"""Text that is shown as it is, where Streamlit would read Markdown."""

from __future__ import annotations

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@])")


def plain(text: str) -> str:
    """`text` with every sign escaped that Markdown, or Streamlit's additions to it, takes for markup.

    A bare web address still becomes a link, which shows where it leads.
    """
    return _SIGNS.sub(r"\\\1", text)
