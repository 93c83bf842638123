"""What cannot work is said before anything starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.launch import ROOT, check_port, prepare, serving_address
from lib.settings import settings


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def launched(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lib.launch"], cwd=ROOT, env=os.environ | environment,
                          capture_output=True, text=True, timeout=30)


def test_a_free_port_is_fine(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    check_port("127.0.0.1", free)


def test_a_port_in_use_is_one_clear_sentence(taken: int) -> None:
    done = launched(BLOCKYARD_PORT=str(taken), STREAMLIT_SERVER_ADDRESS="127.0.0.1", LANG="C.UTF-8")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "BLOCKYARD_PORT: expected a free port; stop the program that uses this one or set another, for example "
        f"BLOCKYARD_PORT={taken + 1} (Address already in use). Received: {taken}.\n")


def test_a_wrong_setting_is_one_clear_sentence() -> None:
    done = launched(BLOCKYARD_PORT="x", LANG="ko_KR.UTF-8")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("BLOCKYARD_PORT: 정수여야 합니다")


def test_makes_the_folders(home: Path) -> None:
    prepare(settings())
    assert settings().home.is_dir()
    assert settings().data.is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BLOCKYARD_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(UserError, match=r"^BLOCKYARD_DATA: expected a folder that can be written"):
        prepare(settings())


def test_serves_this_computer_alone_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    assert serving_address() == "localhost"
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert serving_address() == "0.0.0.0"
