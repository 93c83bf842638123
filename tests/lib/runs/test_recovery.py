"""Codes by which an owner goes on elsewhere."""

from __future__ import annotations

import re

from sqlalchemy import select

from lib.owner import new_owner
from lib.runs.recovery import DIGITS
from lib.runs.schema import recoveries
from lib.runs.store import Store


def test_a_code_is_good_for_its_owner_one_time() -> None:
    store, owner, other = Store(), new_owner(), new_owner()
    code, others = store.new_recovery(owner), store.new_recovery(other)
    assert re.fullmatch(rf"([{DIGITS}]{{5}}-){{4}}[{DIGITS}]{{5}}", code)
    assert code != others
    assert store.recover(code) == owner
    assert store.recover(code) is None
    assert store.recover(others) == other


def test_a_new_code_ends_the_one_before() -> None:
    store, owner = Store(), new_owner()
    first, second = store.new_recovery(owner), store.new_recovery(owner)
    assert store.recover(first) is None
    assert store.recover(second) == owner


def test_a_code_is_read_as_people_write_it() -> None:
    store, owner = Store(), new_owner()
    code = store.new_recovery(owner)
    written = code.lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert store.recover(written) == owner


def test_what_is_no_code_is_nobodys() -> None:
    store = Store()
    store.new_recovery(new_owner())
    for wrong in ("", "-", "%", "' OR 1=1 --", "A" * 1000, "\u0000", "코드"):
        assert store.recover(wrong) is None


def test_the_store_has_no_code_in_it() -> None:
    store = Store()
    code = store.new_recovery(new_owner())
    with store.database.read() as connection:
        kept = str(connection.execute(select(recoveries)).one())
    assert not any(group in kept for group in code.split("-"))
