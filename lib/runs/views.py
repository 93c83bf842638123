"""Links by which whoever has one watches a run: its owner makes them and takes them back."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from lib.runs.database import Database
from lib.runs.records import new_id
from lib.runs.rows import of, own, owned
from lib.runs.schema import runs, views


class Views:
    """The view links in `database`. A run has one at most; a foreign run and a missing one get the same answer."""

    database: Database

    def share(self, owner: str | None, run_id: str) -> str:
        """The link of a run, 128 random bits as 32 hexadecimal digits; made at the first time.

        Raises:
            UserError: `owner` has no such run, or the store cannot be written.
        """
        with self.database.write() as connection:
            owned(connection, owner, run_id)
            found = connection.scalar(select(views.c.link).where(views.c.run_id == run_id))
            if found is None:
                found = new_id()
                connection.execute(insert(views).values(link=found, run_id=run_id))
        return found

    def stop_sharing(self, owner: str | None, run_id: str) -> None:
        """Let the link of a run lead nowhere from now on; the next one will be another.

        Raises:
            UserError: `owner` has no such run, or the store cannot be written.
        """
        with self.database.write() as connection:
            owned(connection, owner, run_id)
            connection.execute(delete(views).where(views.c.run_id == run_id))

    def shared(self, owner: str | None, run_id: str) -> str | None:
        """The link of a run; None when it has none, or `owner` has no such run."""
        found = select(views.c.link).join(runs, runs.c.id == views.c.run_id).where(own(owner, run_id))
        with self.database.read() as connection:
            return connection.scalar(found)

    def watched(self, link: str) -> str | None:
        """The id of the run that `link` leads to."""
        found = select(runs.c.id).join(views, runs.c.id == views.c.run_id).where(of(None), views.c.link == link)
        with self.database.read() as connection:
            return connection.scalar(found)
