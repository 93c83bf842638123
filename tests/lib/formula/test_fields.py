"""What a formula's text and the name of something of one's own may be."""

import pytest
from pydantic import BaseModel, ValidationError

from lib.formula.fields import FormulaText, OwnName


class Own(BaseModel):
    name: OwnName = "mine"
    formula: FormulaText = "x"


def test_text_is_kept_as_typed_with_our_line_ends() -> None:
    assert Own(formula="y = x\r\n\tnot yet a (formula").formula == "y = x\n\tnot yet a (formula"


@pytest.mark.parametrize("text", ["x ＊ 2", "x\x00", "é", "x\u2028y"])
def test_only_plain_signs(text: str) -> None:
    with pytest.raises(ValidationError, match="plain letters"):
        Own(formula=text)


@pytest.mark.parametrize("name", ["", "2nd", "my mish", "lambda", "a-b", "_x", "메쉬", "a\n"])
def test_names_that_python_could_not_have(name: str) -> None:
    with pytest.raises(ValidationError, match="letters, digits and _"):
        Own(name=name)


def test_names() -> None:
    assert [Own(name=name).name for name in ("my_mish", "Mish2", "x")] == ["my_mish", "Mish2", "x"]
