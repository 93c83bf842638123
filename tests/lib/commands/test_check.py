"""`check expression`: a formula in a file is accepted or refused, and what is known of it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lib.__main__ import main


@pytest.fixture
def formula(tmp_path: Path) -> Path:
    return tmp_path / "formula.txt"


def said(formula: Path, text: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    formula.write_bytes(text.encode())
    assert main(["check", "expression", str(formula), *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(formula: Path, text: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    formula.write_bytes(text.encode())
    assert main(["check", "expression", str(formula), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    return line


def test_what_is_known_of_a_formula(formula: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(formula, "h = K.softplus(x)  # smooth\r\nx * round(h)\r\n", capsys, "--input-shape", "28,28,1")
    assert found == {
        "shape": ["batch", 28, 28, 1],
        "dtype": "float",
        "reads": {"x": "batch × 28 × 28 × 1"},
        "functions": ["multiply", "round", "softplus"],
        "differentiable": ["x"],
        "not_differentiable": {},
        "python": "h = ops.softplus(x)\nreturn x * ops.round(h)\n",
    }


@pytest.mark.parametrize(("text", "weights", "reads"), [
    ("x @ w + b", "w,b", {"w": "8 × 8", "b": "8"}),
    ("relu(self.w * x + self.b)", "w, b", {"w": "8", "b": "8"}),
    ("x @ w + b", "w=8x4, b", {"w": "8 × 4", "b": "()"}),
    ("x @ w + b", "w=8x4,b=4", {"w": "8 × 4", "b": "4"}),
])  # fmt: skip
def test_weights_without_a_shape_take_one_that_fits(
    formula: Path, capsys: pytest.CaptureFixture[str], text: str, weights: str, reads: dict[str, str]
) -> None:
    found = said(formula, text, capsys, "--weights", weights)
    assert found["reads"] == {"x": "batch × 8", **reads}


@pytest.mark.parametrize(("text", "reads"), [
    ("x1 * x2", {"x1", "x2"}),
    ("inputs + x3", {"x3", "x"}),
    ("K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0)))", {"y_true", "y_pred"}),
    ("mean(y_pred)", {"y_true", "y_pred"}),
])  # fmt: skip
def test_what_a_formula_reads_says_what_it_is(
    formula: Path, capsys: pytest.CaptureFixture[str], text: str, reads: set[str]
) -> None:
    assert set(said(formula, text, capsys)["reads"]) == reads


def test_the_table(formula: Path, capsys: pytest.CaptureFixture[str]) -> None:
    formula.write_text("where(x > w, x, 0)")
    assert main(["check", "expression", str(formula), "--weights", "w"]) == 0
    table = capsys.readouterr().out
    assert "batch × 8 (float)" in table
    assert "w          8: line 1, column 7: greater lets no gradient through." in table


@pytest.mark.parametrize(("text", "arguments", "sentence"), [
    ("x +", (), "line 1, column 4: expected an expression, which cannot be read from here on."),
    ("relux(x)", (), "line 1, column 1: expected a function of formulas (did you mean relu?). Received: relux."),
    ("w * relux(x)", ("--weights", "w"), "line 1, column 5: expected a function of formulas (did you mean relu?)"),
    ("\ufeffx", (), "line 1, column 1: expected plain letters, digits and signs (ASCII). Received: \\ufeff."),
    ("x", ("--input-shape", "8,0"), "--input-shape: expected sizes of at least 1. Received: 8,0."),
    ("x", ("--input-shape", "?"), "--input-shape: expected sizes of at least 1"),
    ("x", ("--input-shape", "5000,5000"), "expected at most 4,000,000 numbers"),
    ("x", ("--weights", "w=0"), "--weights: expected names with or without a shape, as in w=8x4,b. Received: w=0."),
    ("x", ("--weights", "w,w"), "--weights: expected names"),
    ("x", ("--weights", "_w"), "--weights: expected names"),
    ("x", ("--weights", "a,b,c,d,e"), "--weights: expected at most 4 weights without a shape"),
])  # fmt: skip
def test_a_refusal_is_the_sentence_of_the_page(
    formula: Path, capsys: pytest.CaptureFixture[str], text: str, arguments: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refused(formula, text, capsys, *arguments)


def test_bytes_that_are_no_text(formula: Path, capsys: pytest.CaptureFixture[str]) -> None:
    formula.write_bytes(b"x\xff")
    assert main(["check", "expression", str(formula)]) == 2
    assert "line 1, column 2: expected plain letters" in capsys.readouterr().err
    formula.unlink()
    assert main(["check", "expression", str(formula)]) == 2
    assert "expected a file that can be read" in capsys.readouterr().err
