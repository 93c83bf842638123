"""The one sentence of a user's mistake."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lib.errors import UserError, Words, shortened


def test_says_where_what_was_expected_and_what_was_received() -> None:
    error = UserError("conv.filters", "expected a number from {low} to {high}", -3, low=1, high=4096)
    assert str(error) == "conv.filters: expected a number from 1 to 4096. Received: -3."


def test_needs_neither_a_place_nor_a_value() -> None:
    assert str(UserError("", "expected a file")) == "expected a file."
    assert str(UserError("a.json", "expected a file")) == "a.json: expected a file."


def test_none_is_a_value_like_any_other() -> None:
    assert str(UserError("units", "expected a number", None)) == "units: expected a number. Received: None."


def test_braces_of_a_sentence_without_values_stay() -> None:
    assert str(UserError("a.json", "expected {...}")) == "a.json: expected {...}."


def test_a_long_value_is_cut_to_one_line() -> None:
    sentence = str(UserError("name", "expected a short name", "a\nb" * 1000))
    assert "\n" not in sentence
    assert len(sentence) < 150
    assert sentence.endswith("….")


def test_speaks_the_language_of_the_moment(korean: None) -> None:
    error = UserError("BLOCKYARD_PORT", "expected a number of at least {ge}", "x", ge=1)
    assert str(error) == "BLOCKYARD_PORT: 1 이상이어야 합니다. 받은 값: x."


def test_translates_words_among_its_values_and_nothing_that_a_user_typed(korean: None) -> None:
    error = UserError("mnist.npz", "expected the file {file}; the Data page shows how to add it", Words("no such file"),
                      file=Words("Total"))
    for one in (error, UserError.from_json(json.loads(json.dumps(error.to_json())))):
        assert str(one).endswith("받은 값: 없는 파일.")
        assert "합계" in str(one)
    assert "no such file" in str(UserError("name", "expected a file", "no such file"))


@given(st.text(), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers())))
def test_survives_json(where: str, value: object) -> None:
    error = UserError(where, "expected {n} values", value, n=3)
    assert str(UserError.from_json(json.loads(json.dumps(error.to_json())))) == str(error)


def test_json_keeps_a_missing_value_missing() -> None:
    error = UserError("a", "expected b")
    assert str(UserError.from_json(error.to_json())) == str(error)


@given(st.text(), st.integers(min_value=2, max_value=100))
def test_shortened_is_short_and_on_one_line(text: str, longest: int) -> None:
    assert len(shortened(text, longest)) <= longest
    assert len(shortened(text, longest).splitlines()) <= 1
