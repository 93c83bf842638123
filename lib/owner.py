"""Who a browser is: a random owner in a signed token, so that nobody can claim another's drafts and runs."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

KEY_FILE: Final = "owner.key"
_OWNER: Final = re.compile(r"[0-9a-f]{32}")


def new_owner() -> str:
    """A fresh owner: 128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def owner_of(person: str, home: Path) -> str:
    """The owner that stands for `person`, as an identity provider calls them; another one in every home."""
    return _signature(f"person {person}", home)[:32]


def signed(owner: str, home: Path) -> str:
    """The token that proves `owner` to whoever holds the key of `home`: "owner.signature"."""
    return f"{owner}.{_signature(owner, home)}"


def verified(token: str | None, home: Path) -> str | None:
    """The owner that `token` proves; None for one that this home did not sign."""
    owner, _dot, signature = (token or "").partition(".")
    if not _OWNER.fullmatch(owner):
        return None
    genuine = hmac.compare_digest(signature.encode(), _signature(owner, home).encode())
    return owner if genuine else None


def _signature(owner: str, home: Path) -> str:
    return hmac.new(_key(home), owner.encode(), hashlib.sha256).hexdigest()


def _key(home: Path) -> bytes:
    """The secret of this home, made at first use and readable by its user alone."""
    path = home / KEY_FILE
    with suppress(FileNotFoundError):
        return path.read_bytes()
    home.mkdir(parents=True, exist_ok=True)
    draft = home / f"{KEY_FILE}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    # A link appears whole or not at all, and the first of two processes wins.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_bytes()
