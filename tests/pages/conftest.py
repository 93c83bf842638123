"""What the tests of the pages share: a store of their own, and no process that would train."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.runs import supervisor
from lib.runs.store import Store


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ensure_running", lambda *_arguments, **_keywords: None)


@pytest.fixture
def store(home: Path) -> Store:
    """The store that the pages see."""
    return Store()
