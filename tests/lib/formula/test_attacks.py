"""Nothing that can be typed does harm, and nothing but a refusal leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lib.formula import fuzz

ROOT = Path(__file__).parents[3]
ATTACKS = ROOT.parent / "shared" / "security" / "attacks.jsonl"


@pytest.mark.skipif(not ATTACKS.exists(), reason="the collection of attacks is not part of this repository")
def test_known_attacks_end_as_expected() -> None:
    ran = subprocess.run([sys.executable, "-m", "tests.lib.formula.attacks", str(ATTACKS)], cwd=ROOT, check=True,
                         capture_output=True, text=True)  # fmt: skip
    result = json.loads(ran.stdout)
    assert len(result["ends"]) > 100
    for end in result["ends"]:
        assert end["status"] == (0 if end["expected"] == "harmless" else 2), end
        if end["status"]:
            assert end["said"].startswith("line "), end
            assert "expected " in end["said"], end
        assert end["seconds"] < 1, end
    assert result["kilobytes"] < 200_000


@settings(max_examples=300)
@given(st.integers(0, 2**64))
def test_only_refusals_leave_formulas_of_chance(seed: int) -> None:
    chance = Random(seed)
    fuzz.tried(fuzz.soup(chance))
    fuzz.tried(fuzz.damaged(chance))


@settings(max_examples=300)
@given(st.text(max_size=2100))
def test_only_refusals_leave_any_text(text: str) -> None:
    fuzz.tried(text)
