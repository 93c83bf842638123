"""Temporary files of processes that are killed do not stay."""

import subprocess
import tempfile
from pathlib import Path

import pytest

from lib.runs.processes import environment, python
from lib.runs.temporary import NAME, use_own_folder

LEAVES_ONE = """
import os, signal, tempfile
from pathlib import Path
from lib.runs.temporary import use_own_folder
use_own_folder(Path(os.environ["BLOCKYARD_HOME"]))
with tempfile.NamedTemporaryFile(delete=False) as file:
    print(file.name, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_process_removes_what_a_killed_one_has_left(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    killed = subprocess.run(python("-c", LEAVES_ONE), env=environment(), capture_output=True, text=True, check=False)
    left = Path(killed.stdout.strip())
    assert left.is_relative_to(home)
    assert left.exists()
    use_own_folder(home)
    assert not left.exists()
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).is_relative_to(home / NAME)
        use_own_folder(home)
        assert Path(file.name).exists()
