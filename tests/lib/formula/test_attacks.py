"""Nothing that can be typed does harm, and nothing but a refusal leaves."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lib.formula import fuzz


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
