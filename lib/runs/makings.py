"""What somebody has made and named, such as layers and losses as formulas; each seen by its owner alone."""

from __future__ import annotations

import time
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from lib.errors import UserError
from lib.i18n import N_
from lib.runs.database import Database
from lib.runs.records import Own
from lib.runs.schema import own

MOST_OWN: Final = 200
LONGEST_BODY: Final = 20_000
NOT_THERE: Final = N_("nothing of this name is saved (any more)")
NAME_TAKEN: Final = N_("expected a name that nothing else of this kind has")
_TOO_MANY: Final = N_("expected at most {most} things of your own, and so many are saved; delete some that you need "
                      "no more")


class Makings:
    """What owners have made, in `database`. A foreign thing and a missing one get the same answer."""

    database: Database

    def own(self, owner: str, kind: str | None = None) -> list[Own]:
        """What `owner` has saved, of one `kind` if given, in the order of their names."""
        found = select(own).where(own.c.owner == owner).order_by(func.lower(own.c.name), own.c.name)
        if kind is not None:
            found = found.where(own.c.kind == kind)
        with self.database.read() as connection:
            return [Own(**row._mapping) for row in connection.execute(found)]

    def save_own(self, owner: str, kind: str, name: str, body: str) -> None:
        """Keep the JSON text `body` under this name, in place of what was there.

        Raises:
            UserError: it is too long, `owner` has too much, or the store cannot be written.
        """
        _check_length(body)
        values = {"body": body, "updated": time.time()}
        with self.database.write() as connection:
            if connection.execute(update(own).where(_one(owner, kind, name)).values(values)).rowcount:
                return
            if (connection.scalar(select(func.count()).where(own.c.owner == owner)) or 0) >= MOST_OWN:
                raise UserError("", _TOO_MANY, most=MOST_OWN)
            connection.execute(insert(own).values(owner=owner, kind=kind, name=name, **values))

    def rename_own(self, owner: str, kind: str, name: str, new: str, body: str) -> None:
        """Keep under the name `new` what had another one; `body` is its text with that name.

        Raises:
            UserError: `owner` has nothing of that name or something of the new one, or the store cannot be written.
        """
        _check_length(body)
        with self.database.write() as connection:
            if new != name and _there(connection, _one(owner, kind, new)):
                raise UserError("", NAME_TAKEN, new)
            values: dict[str, Any] = {"name": new, "body": body, "updated": time.time()}
            if connection.execute(update(own).where(_one(owner, kind, name)).values(values)).rowcount == 0:
                raise UserError("", NOT_THERE, name)

    def delete_own(self, owner: str, kind: str, name: str) -> None:
        """Forget one of them; what `owner` does not have is forgotten already.

        Raises:
            UserError: the store cannot be written.
        """
        with self.database.write() as connection:
            connection.execute(delete(own).where(_one(owner, kind, name)))


def _one(owner: str, kind: str, name: str) -> ColumnElement[bool]:
    return (own.c.owner == owner) & (own.c.kind == kind) & (own.c.name == name)


def _there(connection: Connection, which: ColumnElement[bool]) -> bool:
    return connection.scalar(select(func.count()).select_from(own).where(which)) != 0


def _check_length(body: str) -> None:
    if len(body) > LONGEST_BODY:
        raise UserError("", N_("expected at most {longest} characters"), f"{len(body)}", longest=f"{LONGEST_BODY:,}")
