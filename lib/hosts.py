"""By which names browsers may reach the page, and from which pages they may talk to it."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from lib.settings import settings

_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::[0-9]{1,5})?", re.IGNORECASE)
_LONGEST: Final = 260


def name_in(host: str | None) -> str | None:
    """The name or address in a Host header, in lower case and without its port; None for what is no such header."""
    found = _HOST.fullmatch(host) if host and len(host) <= _LONGEST else None
    return found[1].strip("[]").rstrip(".").lower() if found else None


def host_allowed(host: str | None) -> bool:
    """Whether a request may name this server so.

    A stranger's page can let a name of its own lead to our address (DNS rebinding), and browsers then take both for
    one site. It cannot do that with an address, nor with the names of this computer and those in the settings.
    """
    name = name_in(host)
    return name is not None and (_is_address(name) or name in _own_names() or _among(name, _chosen(), anything=True))


def origin_allowed(origin: str | None, host: str | None) -> bool:
    """Whether the page that a request comes from may make it: only our own, and those under names in the settings.

    What is no browser sends no origin and has nobody's cookies, so that it may.
    """
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
        place = parts.netloc.lower()
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not place:
        return False
    if place == (host or "").lower():
        return True
    # A proxy may have put another name into the Host header.
    return _among(name_in(place) or "", _chosen(), anything=False)


@lru_cache(maxsize=1)
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({"localhost", name, f"{name}.local"})


def _chosen() -> tuple[str, ...]:
    return tuple(_as_sent(part.strip().lower().rstrip(".")) for part in settings().hosts.split(",") if part.strip())


@lru_cache(maxsize=100)
def _as_sent(name: str) -> str:
    """`name` as browsers send it, which write letters beyond ASCII in another way."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _among(name: str, patterns: Collection[str], anything: bool) -> bool:
    """Whether one of `patterns` means `name`; `*` does where that may be."""
    return any((anything and pattern == "*") or name == pattern
               or (pattern.startswith("*.") and name.endswith(pattern[1:])) for pattern in patterns)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
