"""Codes by which an owner goes on in another browser: kept as hashes, good for one use."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Final

from sqlalchemy import delete, insert, select

from lib.runs.database import Database
from lib.runs.schema import recoveries

# Crockford's digits: none is taken for another when it is read aloud or written by hand.
DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS: Final = 5
IN_GROUP: Final = 5
_TAKEN_FOR: Final = str.maketrans("OIL", "011")


class Recovery:
    """The recovery codes in `database`. An owner has one at most."""

    database: Database

    def new_recovery(self, owner: str) -> str:
        """A code of 125 random bits for `owner`, in groups of letters; one made before is good no more.

        Raises:
            UserError: the store cannot be written.
        """
        letters = [secrets.choice(DIGITS) for _ in range(GROUPS * IN_GROUP)]
        code = "-".join("".join(letters[start:start + IN_GROUP]) for start in range(0, len(letters), IN_GROUP))
        with self.database.write(durable=True) as connection:
            connection.execute(delete(recoveries).where(recoveries.c.owner == owner))
            connection.execute(insert(recoveries).values(digest=_digest(code), owner=owner, created=time.time()))
        return code

    def recover(self, code: str) -> str | None:
        """The owner whose code this is, which it has been with that; None for a code that is nobody's.

        Raises:
            UserError: the store cannot be written.
        """
        found = recoveries.c.digest == _digest(code)
        with self.database.write(durable=True) as connection:
            owner: str | None = connection.scalar(select(recoveries.c.owner).where(found))
            connection.execute(delete(recoveries).where(found))
        return owner


def _digest(code: str) -> str:
    letters = "".join(letter for letter in code.upper().translate(_TAKEN_FOR) if letter in DIGITS)
    return hashlib.sha256(f"recovery {letters}".encode()).hexdigest()
