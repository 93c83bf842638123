"""Names close to one that was mistyped, and names that are safe for files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LONGEST_SLUG: Final = 60
_NOT_IN_SLUG: Final = re.compile(r"[^0-9A-Za-z\uac00-\ud7a3]+")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)


def close_to(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was most likely meant to be, whatever its case; None where none is near."""
    by_lower = {known.lower(): known for known in names}
    near = get_close_matches(name[:100].lower(), by_lower, n=1)
    return by_lower[near[0]] if near else None


def slug(text: str, otherwise: str = "untitled") -> str:
    """`text` as part of a file name on any system: Latin letters without accents, Korean ones and digits stay, in
    lower case; whatever stands between them becomes one hyphen.

    Never empty (`otherwise` stands in), at most 60 characters, never a device name of Windows.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    words = _NOT_IN_SLUG.sub("-", unicodedata.normalize("NFC", plain)).strip("-").lower()
    short = words[:_LONGEST_SLUG].rstrip("-") or otherwise
    return f"{short}-" if _DEVICE.fullmatch(short) else short
