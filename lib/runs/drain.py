"""Draining: the administrator lets no waiting run begin, so that those in training can end in peace."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from lib.runs.schema import preferences

ADMINISTRATOR: Final = ""
"""The owner of preferences that are nobody's own; no browser has this name."""
DRAINS: Final = "drains"


def is_draining(connection: Connection) -> bool:
    """Whether no run may be given to a worker."""
    found = select(preferences.c.value).where(preferences.c.owner == ADMINISTRATOR, preferences.c.key == DRAINS)
    return connection.scalar(found) is not None
