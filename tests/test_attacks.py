"""Every attack on what people bring, by the way that the pages take it: refused in a sentence, and nothing happens.

Those of a collection beside this repository, where it is there, and the published exploits of Keras's loader.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.attacks.exploits import MARKER

ROOT = Path(__file__).parents[1]
COLLECTION = ROOT.parent / "shared" / "security" / "attacks.jsonl"
PUBLISHED = ("2024-3660", "2025-1550", "2025-8747", "2025-9905", "2025-9906", "2025-12058", "2025-12060", "2026-0897",
             "2026-1669", "2026-1462")  # fmt: skip


class Ends(NamedTuple):
    """How all of them ended, and the files that there are more than before."""

    all: list[dict[str, Any]]
    left: list[str]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    folder = tmp_path_factory.mktemp("attacks")
    made, tried = folder / "made", folder / "tried"
    made.mkdir()
    tried.mkdir()
    program(made, "build", str(COLLECTION), str(made))
    before = set(folder.rglob("*"))
    found = program(tried, "run", str(made))
    return Ends(json.loads(found), [str(path) for path in folder.rglob("*") if path not in before])


def program(folder: Path, name: str, *words: str) -> str:
    """What one of the programs beside this test says, in a process of its own that knows nothing of this one."""
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "HOME": str(folder)}
    ran = subprocess.run([sys.executable, "-m", f"tests.attacks.{name}", *words], cwd=folder, env=known,
                         capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_every_attack_is_refused(ends: Ends) -> None:
    for end in ends.all:
        assert end["status"] == (0 if end["expected"] == "harmless" else 2), end
        if end["status"]:
            assert "expected " in end["said"], end
            assert len(end["said"].splitlines()) == 1, end
            assert end["kind"] != "expression" or end["said"].startswith("line "), end
    assert all(any(f"CVE-{name}" in end["id"] for end in ends.all) for name in PUBLISHED)
    assert not COLLECTION.exists() or len(ends.all) > 190


def test_nothing_is_executed_written_or_asked_of_the_network(ends: Ends) -> None:
    assert [(end["id"], end["did"]) for end in ends.all if end["did"]] == []
    assert ends.left == []
    assert not (ROOT / MARKER).exists()


def test_none_of_them_takes_the_machine(ends: Ends) -> None:
    slow, large = (max(ends.all, key=lambda end: end[cost]) for cost in ("seconds", "kilobytes"))
    print(f"longest {slow['id']}: {slow['seconds']:.2f} s; largest {large['id']}: {large['kilobytes'] / 1000:.0f} MB")
    assert large["kilobytes"] < 200_000, large
