"""What owners make is kept, changed and forgotten, by themselves alone."""

from __future__ import annotations

import sqlite3

import pytest

from lib.errors import UserError
from lib.runs.makings import LONGEST_BODY, MOST_OWN
from lib.runs.schema import seeded, steered
from lib.runs.store import Store


def names(store, owner="ann", kind=None):
    return [(thing.kind, thing.name, thing.body) for thing in store.own(owner, kind)]


def said(action) -> str:
    with pytest.raises(UserError) as caught:
        action()
    return str(caught.value)


def test_what_is_saved_comes_back_in_the_order_of_names(store):
    store.save_own("ann", "loss", "Mine", "1")
    store.save_own("ann", "activation", "swish", "2")
    store.save_own("ann", "activation", "Mish", "3")
    store.save_own("ann", "activation", "swish", "4")
    assert names(store, kind="activation") == [("activation", "Mish", "3"), ("activation", "swish", "4")]
    assert names(store) == [("loss", "Mine", "1"), ("activation", "Mish", "3"), ("activation", "swish", "4")]
    assert names(store, "bob") == []


def test_a_new_name_takes_the_place_of_the_old(store):
    store.save_own("ann", "loss", "a", "1")
    store.save_own("ann", "metric", "b", "2")
    store.rename_own("ann", "loss", "a", "b", "3")
    assert names(store, kind="loss") == [("loss", "b", "3")]
    store.rename_own("ann", "loss", "b", "b", "4")
    store.save_own("ann", "loss", "c", "5")
    assert "nothing else" in said(lambda: store.rename_own("ann", "loss", "b", "c", "6"))
    assert names(store, kind="loss") == [("loss", "b", "4"), ("loss", "c", "5")]


def test_what_is_foreign_is_missing(store):
    store.save_own("ann", "loss", "a", "1")
    foreign = said(lambda: store.rename_own("bob", "loss", "a", "b", "2"))
    assert foreign == said(lambda: store.rename_own("ann", "metric", "a", "b", "2"))
    store.delete_own("bob", "loss", "a")
    store.save_own("bob", "loss", "a", "his")
    assert names(store) == [("loss", "a", "1")]
    store.delete_own("ann", "loss", "a")
    assert names(store) == []
    assert names(store, "bob") == [("loss", "a", "his")]


def test_limits_are_told(store):
    assert f"{LONGEST_BODY:,}" in said(lambda: store.save_own("ann", "loss", "a", "x" * (LONGEST_BODY + 1)))
    for number in range(MOST_OWN):
        store.save_own("ann", "loss", f"a{number}", "1")
    assert f"at most {MOST_OWN}" in said(lambda: store.save_own("ann", "metric", "one_more", "1"))
    store.save_own("ann", "loss", "a1", "2")
    store.save_own("bob", "metric", "one_more", "1")


def test_a_store_of_version_3_gets_the_room(home):
    Store().save_own("ann", "loss", "a", "1")
    with sqlite3.connect(home / "blockyard.db") as old:
        old.execute("DROP TABLE own")
        old.execute("DROP TABLE views")
        for column in (*steered, *seeded):
            old.execute(f"ALTER TABLE runs DROP COLUMN {column.name}")
        old.execute("UPDATE schema SET version = 3")
    old.close()
    store = Store(f"sqlite:///{home}/./blockyard.db")
    store.save_own("ann", "loss", "b", "2")
    assert names(store) == [("loss", "b", "2")]
