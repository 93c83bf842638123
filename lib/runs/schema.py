"""The tables of the store, in SQL that SQLite and PostgreSQL both understand."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

VERSION: Final = 5

metadata: Final = MetaData()

schema = Table("schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

drafts = Table(
    "drafts", metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("architecture", Text, nullable=False),
    Column("recipe", Text),
    Column("updated", Double, nullable=False),
)

preferences = Table(
    "preferences", metadata,
    Column("owner", String(200), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

# What version 4 has added: formulas and the like that somebody has made and named.
own = Table(
    "own", metadata,
    Column("owner", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("body", Text, nullable=False),
    Column("updated", Double, nullable=False),
)

# What version 2 has added to the runs. Each has a default in the database, so that it can be added to a store.
control: Final = (
    Column("wish", String(20), nullable=False, server_default=""),
    Column("priority", Integer, nullable=False, server_default="0"),
    # Order of coming into the queue, and of being given to workers: counted, because clocks jump.
    Column("place", Integer, nullable=False, server_default="0"),
    Column("served", Integer, nullable=False, server_default="0"),
    # The furthest step of which there was a checkpoint, and the workers lost since then.
    Column("secured", Integer, nullable=False, server_default="0"),
    Column("deaths", Integer, nullable=False, server_default="0"),
    # Bytes that must be free on the disk before it goes on by itself.
    Column("needs_room", BigInteger),
    # Seconds spent in training, in all attempts, and those that it will still take.
    Column("trained", Double, nullable=False, server_default="0"),
    Column("remaining", Double),
)

# What version 3 has added.
further: Final = (
    # Threads that an operation had when the run was begun: the last bits of its sums depend on it.
    Column("threads", Integer),
    # Complete epochs when its owner wanted more: an end that a callback decided by then holds no more.
    Column("beyond", Integer, nullable=False, server_default="0"),
)

# What version 4 has added.
steered: Final = (
    # The learning rate that its owner wants from the next batch on, until the worker has set it.
    Column("rate", Double),
)

# What version 5 has added.
seeded: Final = (
    # What trainings of the same network and recipe that differ by their seed alone have in common.
    Column("series", String(32)),
)

runs = Table(
    "runs", metadata,
    # SQLite counts by itself only in a column of exactly the type INTEGER.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("owner", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double),
    Column("architecture", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("data_folder", Text, nullable=False),
    Column("parameters", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("epoch", Integer, nullable=False, default=0),
    Column("progress", Double, nullable=False, default=0.0),
    Column("best_val_accuracy", Double),
    Column("test_accuracy", Double),
    Column("images_per_second", Double),
    Column("reason", Text),
    # Only a supervisor of version 1, which is about to be replaced, reads this.
    Column("stop_requested", Boolean, nullable=False, default=False),
    Column("stop_seen", Boolean, nullable=False, default=False),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("worker", String(200)),
    Column("heartbeat", Double),
    Column("last_event", Integer, nullable=False, default=0),
    *control,
    *further,
    *steered,
    *seeded,
    Index("runs_by_state", "state", "number"),
    Index("runs_by_owner", "owner", "number"),
)

events = Table(
    "events", metadata,
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("time", Double, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("data", Text, nullable=False),
)

# Links by which whoever has one watches a run, and can do nothing else with it.
views = Table(
    "views", metadata,
    Column("link", String(32), primary_key=True),
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, unique=True),
)

# Hashes of the codes by which owners go on in another browser.
recoveries = Table(
    "recoveries", metadata,
    Column("digest", String(64), primary_key=True),
    Column("owner", String(200), nullable=False, unique=True),
    Column("created", Double, nullable=False),
)
