"""Drafts (what a browser is building) and preferences (what it chose once), each seen by its owner alone."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.database import Database
from lib.runs.records import Draft, new_id
from lib.runs.schema import drafts, preferences

NO_DRAFT: Final = N_("this draft does not exist (any more)")


class Drafts:
    """The drafts and preferences in `database`. A foreign draft and a missing one get the same answer."""

    database: Database

    def new_draft(self, owner: str, architecture: str, recipe: str | None = None) -> str:
        """Keep a new draft of these JSON texts; returns its id.

        Raises:
            UserError: the store cannot be written.
        """
        identity = new_id()
        row = {"id": identity, "owner": owner, "architecture": architecture, "recipe": recipe, "updated": time.time()}
        with self.database.write() as connection:
            connection.execute(insert(drafts).values(row))
        return identity

    def load_draft(self, owner: str, identity: str) -> Draft | None:
        """The draft, or None when `owner` has none of that id."""
        found = select(drafts).where(drafts.c.id == identity, drafts.c.owner == owner)
        with self.database.read() as connection:
            row = connection.execute(found).one_or_none()
        return Draft(**row._mapping) if row else None

    def drafts(self, owner: str, most: int) -> list[Draft]:
        """The drafts of `owner`, at most so many, the last changed first."""
        found = select(drafts).where(drafts.c.owner == owner).order_by(drafts.c.updated.desc()).limit(most)
        with self.database.read() as connection:
            return [Draft(**row._mapping) for row in connection.execute(found)]

    def delete_draft(self, owner: str, identity: str) -> None:
        """Forget a draft; one that `owner` does not have is forgotten already.

        Raises:
            UserError: the store cannot be written.
        """
        with self.database.write() as connection:
            connection.execute(delete(drafts).where(drafts.c.id == identity, drafts.c.owner == owner))

    def save_draft(
        self, owner: str, identity: str, architecture: str | None = None, recipe: str | None = None
    ) -> None:
        """Replace the JSON texts of a draft; None leaves one as it is.

        Raises:
            UserError: `owner` has no draft of that id, or the store cannot be written.
        """
        values: dict[str, Any] = {"updated": time.time()}
        values |= {k: v for k, v in (("architecture", architecture), ("recipe", recipe)) if v is not None}
        change = update(drafts).where(drafts.c.id == identity, drafts.c.owner == owner).values(values)
        with self.database.write() as connection:
            if connection.execute(change).rowcount == 0:
                raise UserError("", NO_DRAFT)

    def preference(self, owner: str, key: str) -> str | None:
        """What `owner` chose for `key`, or None."""
        chosen = select(preferences.c.value).where(preferences.c.owner == owner, preferences.c.key == key)
        with self.database.read() as connection:
            return connection.scalar(chosen)

    def set_preference(self, owner: str, key: str, value: str | None) -> None:
        """Remember that `owner` chose `value` for `key`; None forgets it.

        Raises:
            UserError: the store cannot be written.
        """
        with self.database.write() as connection:
            connection.execute(delete(preferences).where(preferences.c.owner == owner, preferences.c.key == key))
            if value is not None:
                connection.execute(insert(preferences).values(owner=owner, key=key, value=value))
