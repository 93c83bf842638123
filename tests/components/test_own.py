"""What was saved can be chosen; what cannot be read is left out and told."""

from __future__ import annotations

from components import own
from components.owner import owner
from lib.own.lambdas import OwnLambda
from lib.runs.store import Store


def test_what_cannot_be_read_is_left_out(home) -> None:
    store = Store()
    store.save_own(owner(), "lambda", "mine", '{"name": "mine", "formula": "x + 1"}')
    store.save_own(owner(), "lambda", "old", '{"name": "old", "formula": "x", "gone": 1}')
    store.save_own("somebody", "lambda", "theirs", '{"name": "theirs", "formula": "x"}')
    assert own.saved("lambda") == (OwnLambda(name="mine", formula="x + 1"),)
    assert "gone" in str(own.unreadable("lambda").pop("old"))


def test_a_store_that_cannot_be_read_has_nothing(home, monkeypatch) -> None:
    monkeypatch.setenv("BLOCKYARD_DATABASE", "sqlite:////proc/missing/x.db")
    assert own.saved("lambda") == ()
