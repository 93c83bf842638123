"""What an owner has chosen for every visit: a small JSON file an owner in the home folder."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from lib.i18n import LANGUAGES


def remembered_language(home: Path, owner: str) -> str | None:
    """The language code that `owner` chose; None when there is no choice, or none that can be read."""
    try:
        chosen = str(json.loads(_file(home, owner).read_text(encoding="utf-8"))["language"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return chosen if chosen in LANGUAGES else None


def remember_language(home: Path, owner: str, code: str) -> None:
    """Keep `code` as the language of `owner`.

    Raises:
        OSError: the home folder cannot be written.
    """
    path = _file(home, owner)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    draft.write_text(json.dumps({"language": code}), encoding="utf-8")
    draft.replace(path)


def _file(home: Path, owner: str) -> Path:
    return home / "preferences" / f"{owner}.json"
