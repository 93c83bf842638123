"""What a stranger's JSON may not do, each refused in one sentence."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import strict_json
from lib.errors import UserError

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=4), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(plain)
def test_ordinary_json_is_read_as_it_is(value: object) -> None:
    assert strict_json.read(json.dumps(value), "here") == value


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_whatever_comes_nothing_but_our_error_leaves(text: str | bytes) -> None:
    with contextlib.suppress(UserError):
        strict_json.read(text, "here")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected JSON, but line 1, column 1 cannot be read"),
        ('{"a": 1', "expected JSON, but line 1"),
        ('{"a": 1, "a": 2}', "expected each key once in an object. Received: a."),
        ("[NaN]", "expected a finite number. Received: NaN."),
        ("[-Infinity]", "expected a finite number"),
        ("[1e999]", "expected a finite number. Received: 1e999."),
        ("[" + "9" * 5000 + "]", "expected whole numbers of at most 18 digits"),
        ("[" * 40 + "]" * 40, "expected at most 32 levels of nesting"),
        ("[" * 200_000, "expected at most 32 levels of nesting"),
        ('{"a":' * 100 + "1" + "}" * 100, "expected at most 32 levels of nesting"),
        ('["\\u0000"]', "expected text without control characters"),
        ('["\\ud800"]', "expected text without control characters"),
        ('{"\\u202e": 1}', "expected text without control characters"),
        (b"\xff\xfe", "expected text in UTF-8"),
        (" " * 1_000_001, "expected at most 1,000,000 characters"),
    ],
)
def test_refusals(text: str | bytes, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        strict_json.read(text, "here")
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert strict_json.read(b"\xef\xbb\xbf[1]", "here") == [1]


def test_text_of_several_lines_only_where_it_is_allowed_and_never_as_a_key() -> None:
    assert strict_json.read('["a\\n\\tb"]', "here", lines=True) == ["a\n\tb"]
    for text in ('["a\\nb"]', '{"a\\nb": 1}', '["a\\rb"]', '["a\\u0000b"]'):
        with pytest.raises(UserError, match="control characters"):
            strict_json.read(text, "here", lines=text.startswith("{") or "n" not in text)


def test_a_key_that_stands_twice_is_found_at_once_among_many() -> None:
    keys = ", ".join(f'"{number}": 0' for number in range(80_000))
    with pytest.raises(UserError, match=r"each key once in an object\. Received: 79999"):
        strict_json.read(f'{{{keys}, "79999": 1}}', "here")
