"""Nobody can claim to be somebody else."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lib.owner import KEY_FILE, new_owner, signed, verified


def test_a_token_proves_its_owner(home: Path) -> None:
    owner = new_owner()
    assert verified(signed(owner, home), home) == owner


def test_owners_differ() -> None:
    assert len({new_owner() for _ in range(100)}) == 100


def test_a_token_of_another_home_proves_nothing(home: Path, tmp_path: Path) -> None:
    assert verified(signed(new_owner(), home), tmp_path / "other") is None


def test_the_owner_of_a_token_cannot_be_exchanged(home: Path) -> None:
    signature = signed(new_owner(), home).partition(".")[2]
    assert verified(f"{new_owner()}.{signature}", home) is None


@pytest.mark.parametrize("token", [None, "", ".", "x", "../../etc/passwd.x", f"{'a' * 32}.", f"{'a' * 32}.é", "0" * 32])
def test_nonsense_proves_nothing(token: str | None, home: Path) -> None:
    assert verified(token, home) is None


def test_the_key_is_readable_by_its_user_alone_and_stays(home: Path) -> None:
    owner = new_owner()
    token = signed(owner, home)
    key = home / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32
    assert signed(owner, home) == token
    assert [file.name for file in home.iterdir()] == [KEY_FILE]


def test_processes_that_start_together_agree_on_the_key(home: Path) -> None:
    owner = new_owner()
    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(lambda _n: signed(owner, home), range(64)))
    assert len(tokens) == 1
