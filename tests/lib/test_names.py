"""File names from names that people wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.names import slug


@pytest.mark.parametrize(("text", "expected"), [
    ("LeNet-5, run 3", "lenet-5-run-3"),
    ("Résidu", "residu"),
    ("합성곱 신경망 1", "합성곱-신경망-1"),
    ("../../etc/passwd", "etc-passwd"),
    (".hidden", "hidden"),
    ("=HYPERLINK(\"http://x\")", "hyperlink-http-x"),
    ("", "untitled"),
    ("///", "untitled"),
    ("CON", "con-"),
])
def test_a_slug_keeps_letters_and_digits(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text())
def test_a_slug_is_safe_whatever_the_text(text: str) -> None:
    name = slug(text)
    assert 1 <= len(name) <= 61
    assert all(letter.isalnum() or letter == "-" for letter in name)
    assert not name.startswith("-")
    assert slug(name) == name or name.endswith("-")
