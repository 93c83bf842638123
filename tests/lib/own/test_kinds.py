"""What was saved is read again as it was, and nothing else is read."""

from __future__ import annotations

import pytest

from lib.errors import UserError
from lib.own import kinds
from lib.own.lambdas import OwnLambda


def test_what_is_written_is_read_again() -> None:
    mine = OwnLambda(name="my_mish", formula="h = softplus(x)\n\tx * tanh(h)")
    assert kinds.read("lambda", kinds.written(mine)) == mine


@pytest.mark.parametrize("text", [
    "", "[]", '{"name": "a"}', '{"name": "a b", "formula": "x"}', '{"name": "a", "formula": 1}',
    '{"name": "a", "name": "b", "formula": "x"}', '{"name": "a", "formula": "x", "more": 1}',
    '{"name": "class", "formula": "x"}', '{"name": "a", "formula": "' + "x" * 3000 + '"}',
])  # fmt: skip
def test_anything_else_is_one_sentence(text: str) -> None:
    with pytest.raises(UserError, match="expected"):
        kinds.read("lambda", text)
