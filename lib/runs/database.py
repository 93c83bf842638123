"""One engine per process and database, and every failure of the database as one sentence."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from lib.errors import UserError, shortened
from lib.i18n import N_
from lib.runs.migration import bring_up_to_date

BUSY_SECONDS: Final = 15
_POSTGRES_LOCK: Final = 0x626C6F63

_engines: dict[tuple[int, str], tuple[object, Engine]] = {}
_lock = threading.Lock()

DISK_FULL: Final = N_("the disk is full; free some space and try again")
WRITE_ERROR: Final = N_("the store could not be written; the disk may be full or its limit reached")
FAILURES: Final = (
    ("disk is full", DISK_FULL),
    ("No space left", DISK_FULL),
    ("is locked", N_("the store is busy with another program; try again in a moment")),
    ("readonly", N_("the store cannot be written; check the permissions of its folder")),
    ("Read-only file system", N_("the store cannot be written; check the permissions of its folder")),
    ("Permission denied", N_("the store cannot be written; check the permissions of its folder")),
    ("unable to open", N_("the store cannot be opened; check that its folder exists and can be written")),
    ("not a database", N_("this file is not a store of Blockyard, or it is damaged")),
    ("malformed", N_("this file is not a store of Blockyard, or it is damaged")),
    ("disk I/O error", WRITE_ERROR),
)
OTHER_FAILURE: Final = N_("the store did not answer as expected ({problem})")
NO_FOLDER: Final = N_("expected a folder that can be written ({problem})")


class Database:
    """The database at `url`, made ready at the first use; safe in threads and after a fork.

    Raises:
        UserError: from the constructor and from every transaction, when the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.where = "BLOCKYARD_DATABASE"
        with self._sentences():
            parsed = make_url(url)
        self.file = Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
        self.where = str(self.file or parsed.render_as_string(hide_password=True))
        if self.file:
            make_folder(self.file.parent)
        with self._sentences():
            self._engine = self._cached()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and changes nothing."""
        with self._sentences(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, durable: bool = False) -> Iterator[Connection]:
        """A transaction that holds the right to write from its first statement; committed at the end.

        A `durable` one, and all that came before it, is on the disk then: it survives a loss of power too.
        """
        engine = self._engine.execution_options(begin="BEGIN IMMEDIATE", durable=durable)
        with self._sentences(), engine.connect() as connection, connection.begin():
            yield connection

    def _cached(self) -> Engine:
        key = (os.getpid(), self.url)
        with _lock:
            identity, engine = _engines.get(key, (None, None))
            if engine is None or identity != self._identity():
                engine = _new_engine(self.url, self.file)
                _engines[key] = (self._identity(), engine)
            return engine

    def _identity(self) -> object:
        """Tells a store that was deleted and made anew from the one whose file is still held open."""
        if self.file is None:
            return None
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return "missing"
        return found.st_dev, found.st_ino

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            raise self._sentence(error) from error

    def _sentence(self, error: Exception) -> UserError:
        problem = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        for sign, sentence in FAILURES:
            if sign in problem:
                return UserError(self.where, sentence)
        return UserError(self.where, OTHER_FAILURE, problem=shortened(problem))


def make_folder(folder: Path) -> None:
    """Make `folder`, readable by its owner alone, unless it is there.

    Raises:
        UserError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(str(folder), NO_FOLDER, problem=error.strerror or str(error)) from error


def _new_engine(url: str, file: Path | None) -> Engine:
    if file is None:
        engine = create_engine(url, pool_pre_ping=True)
    else:
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=5, max_overflow=45)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with _alone(file):
        if file is not None:
            _use_wal(engine)
        with engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            _make_tables(connection)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, deferred; `_begin_sqlite` says how instead.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable') else 'NORMAL'}")
    connection.exec_driver_sql(options.get("begin", "BEGIN"))


def _use_wal(engine: Engine) -> None:
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        raw.close()


def _alone(file: Path | None) -> Any:
    """Lets one process at a time change the journal mode and make the tables."""
    return _locked(file.with_name(file.name + ".lock")) if file else nullcontext()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_tables(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})"))
    bring_up_to_date(connection)
