"""What this browser's owner has made and saved, wherever it can be chosen."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from components.owner import owner
from lib.errors import UserError
from lib.own import kinds
from lib.runs.records import Own
from lib.runs.store import Store


def saved(kind: str) -> tuple[Any, ...]:
    """The saved things of a `kind` of `lib.own.kinds.KINDS`, in the order of their names.

    What cannot be read (any more) is left out, as is everything while the store cannot be read: `unreadable` says so.
    """
    found = (_read(row.kind, row.body) for row in _rows(kind))
    return tuple(thing for thing in found if not isinstance(thing, UserError))


def unreadable(kind: str) -> dict[str, UserError]:
    """The saved things of a `kind` that are left out, by their names, and why."""
    found = {row.name: _read(row.kind, row.body) for row in _rows(kind)}
    return {name: thing for name, thing in found.items() if isinstance(thing, UserError)}


def names(kind: str) -> frozenset[str]:
    """The names under which something of a `kind` is saved, whether it can be read or not."""
    return frozenset(row.name for row in _rows(kind))


def _rows(kind: str) -> list[Own]:
    try:
        return Store().own(owner(), kind)
    except UserError:
        return []


@lru_cache(maxsize=1024)
def _read(kind: str, body: str) -> Any:
    try:
        return kinds.read(kind, body)
    except UserError as error:
        return error
