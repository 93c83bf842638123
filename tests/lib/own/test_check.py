"""The page and the command line accept and refuse the same formulas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.__main__ import main
from lib.formula import FormulaError
from lib.own.check import KINDS, checked

ATTACKS = Path(__file__).parents[4] / "shared" / "security" / "attacks.jsonl"
TEXTS = ("x", "x * tanh(softplus(x))", "x1 * x2", "sum(x, axis=-1)", "x +", "mean(square(y_true - y_pred))", "2",
         "softmax(x)", "concat([x, x], axis=-1)", "y_pred > 0.5", "round(x)")  # fmt: skip


def said(text: str, kind: str | None) -> str:
    try:
        checked(text, (8,), kind=kind)
    except FormulaError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", [None, *KINDS])
@pytest.mark.parametrize("text", TEXTS)
def test_the_command_line_says_what_the_page_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, kind: str | None
) -> None:
    file = tmp_path / "formula.txt"
    file.write_text(text)
    status = main(["check", "expression", str(file), *(["--as", kind] if kind else [])])
    sentence = said(text, kind)
    assert status == (2 if sentence else 0)
    assert capsys.readouterr().err.strip() == sentence


@pytest.mark.skipif(not ATTACKS.exists(), reason="the collection of attacks is not part of this repository")
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_is_refused_for_every_use(kind: str) -> None:
    attacks = [json.loads(line) for line in ATTACKS.read_text(encoding="utf-8").splitlines()]
    for attack in attacks:
        if attack["kind"] == "expression" and "context" not in attack:
            text = attack["payload"].encode("utf-8", errors="surrogatepass").decode("utf-8", errors="replace")
            assert not said(text, None) or said(text, kind)


@pytest.mark.parametrize(("text", "kind", "sentence"), [
    ("sum(x, axis=-1)", "lambda", "line 1, column 1: expected at least one axis beside the batch"),
    ("x1 * x3", "lambda", "reads x2 too"),
])  # fmt: skip
def test_a_use_has_rules_of_its_own(text: str, kind: str, sentence: str) -> None:
    assert sentence in said(text, kind)
