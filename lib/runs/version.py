"""Which code a process would run that is started now."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Final

from lib.runs.processes import PROJECT

_LIBRARIES: Final = PROJECT / "requirements.txt"


def on_disk() -> str:
    """A short mark of all sources of `lib` and of the libraries they need, as they are at this moment. Takes some
    milliseconds."""
    digest = hashlib.sha256()
    for path in (*sorted((PROJECT / "lib").rglob("*.py")), _LIBRARIES):
        # Who edits the sources meanwhile may remove one.
        with suppress(OSError):
            text = path.read_bytes()
            digest.update(f"{path.relative_to(PROJECT)} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:16]
