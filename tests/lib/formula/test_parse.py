"""What can be written, and how everything else is refused: with its place and the way to say it."""

from __future__ import annotations

import ast
import json

import pytest

from lib.errors import UserError
from lib.formula import FormulaError, parse
from lib.formula.language import MOST_NODES, Binary, Call, Flag, Name, Number, Rest, Sequence, Slice, Subscript, Unary


def refusal(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    return caught.value


REFUSED = [
    # text, line, column, a part of the sentence
    ("", 1, 1, "expected a formula, such as x * tanh(softplus(x))"),
    ("  \n\t # only words", 1, 1, "expected a formula"),
    ("x\x00", 1, 2, "expected plain letters, digits and signs (ASCII). Received: \\x00."),
    ("x +\nх", 2, 1, "expected plain letters"),
    ("x # é", 1, 5, "expected plain letters"),
    ("\ufeffx", 1, 1, "expected plain letters"),
    ("x\r+ 1", 1, 2, "expected plain letters"),
    ("x" * 2001, 1, 1, "expected at most 2,000 characters. Received: 2,001."),
    ("x\n" * 41, 41, 1, "expected at most 40 lines"),
    ("(" * 26 + "x" + ")" * 26, 1, 26, "expected at most 25 levels"),
    ("-" * 26 + "x", 1, 26, "expected at most 25 levels"),
    ("x" + "**x" * 600, 1, 73, "expected at most 25 levels"),
    ("exp(" * 25 + "x" + ")" * 25, 1, 101, "expected at most 25 levels"),
    ("x" + "[0]" * 500, 1, 1, "expected at most 25 levels"),
    ("h = [" + "x," * 300 + "]\nh", 1, 604, "expected at most 300 numbers, names and operations"),
    ("x * (1 + 2", 1, 5, "expected ) somewhere behind this bracket"),
    ("x * 1 + 2)", 1, 10, "expected a bracket that was opened"),
    ("x[(1])", 1, 5, "expected a bracket that was opened"),
    ("x if x > 0 else -x", 1, 3, "expected where(condition, a, b) to choose"),
    ("x > 0 and x < 1", 1, 7, "expected logical_and(a, b)"),
    ("not x", 1, 1, "logical_not(a)"),
    ("~x", 1, 1, "logical_not(a)"),
    ("x | x", 1, 3, "logical_or(a, b)"),
    ("0 < x < 1", 1, 1, "logical_and(a < b, b < c)"),
    ("x is x", 1, 3, "expected a comparison"),
    ("x in x", 1, 3, "expected a comparison"),
    ("x ^ 2", 1, 3, "expected ** for a power"),
    ("return x", 1, 1, "expected the expression alone"),
    ("lambda x: x", 1, 1, "expected the expression alone"),
    ("def f(x):\n  x", 1, 1, "expected the expression alone"),
    ("import os", 1, 1, "expected no import"),
    ("while x: x", 1, 1, "expected no loop"),
    ("[x for x in x]", 1, 4, "expected no loop"),
    ("class A: x", 1, 1, "expected lines of name = expression and no other statement"),
    ("del x", 1, 1, "no other statement"),
    ("yield x", 1, 1, "no other statement"),
    ("await x", 1, 1, "no other statement"),
    ("x * 'a'", 1, 5, "formulas have no text in quotes"),
    ("f'{x}'", 1, 2, "formulas have no text in quotes"),
    ("{x}", 1, 1, "expected a sign of formulas"),
    ("$x", 1, 1, "expected a sign of formulas"),
    ("x; x", 1, 2, "expected a new line"),
    ("(y := x)", 1, 4, "expected name = expression on a line of its own"),
    ("y += x\ny", 1, 1, "expected name = expression. Received: y += x."),
    ("y: x = x\ny", 1, 1, "expected name = expression"),
    ("match x:\n case x: x", 1, 1, "expected name = expression"),
    ("a, b = x\na", 1, 1, "expected one name before ="),
    ("a = b = x\na", 1, 1, "expected one name before ="),
    ("x[0] = 1\nx", 1, 1, "expected one name before ="),
    ("self.w = x\nx", 1, 1, "expected one name before ="),
    ("x\nx", 1, 1, "expected name = before every expression but the last. Received: x."),
    ("y = x", 1, 1, "expected the result on the last line, an expression without a name. Received: y = x."),
    ("y = x\ny = y + 1\ny", 2, 1, "expected a new name; this one has its value already. Received: y."),
    ("_a = x\n_a", 1, 1, "expected a name that begins with a letter"),
    ("x.__class__", 1, 1, "expected a name that begins with a letter. Received: x.__class__."),
    ("(x + 1).shape", 1, 1, "expected a function of the value instead of something of it by a dot"),
    ("exp(x).numpy()", 1, 1, "expected a function of the value"),
    ("exp()(x)", 1, 1, "expected the name of a function before the bracket. Received: exp()."),
    ("[exp][0](x)", 1, 1, "expected the name of a function"),
    ("maximum(*x)", 1, 9, "expected numbers, names, operators, calls and subscripts"),
    ("maximum(**x)", 1, 9, "expected name = value for a named argument"),
    ("x * ...", 1, 5, "expected numbers, names, operators"),
    ("2x", 1, 1, "expected a decimal number; a product needs its *. Received: 2x."),
    ("1j * x", 1, 1, "expected a decimal number"),
    ("0x10 * x", 1, 1, "expected a decimal number"),
    ("1_000 * x", 1, 1, "expected a decimal number"),
    ("1..real", 1, 1, "expected a function of the value"),
    ("1.5.5", 1, 1, "expected a decimal number"),
    ("x * 1048577", 1, 5, "expected whole numbers up to 1,048,576"),
    ("x * " + "9" * 1900, 1, 5, "expected whole numbers up to 1,048,576"),
    ("x * 1e999", 1, 5, "expected a finite number"),
    ("x * 007", 1, 5, "cannot be read from here on"),
    ("  x", 1, 2, "expected no spaces before a line"),
    ("h = x\n  h", 2, 2, "expected no spaces before a line"),
    ("x +", 1, 4, "cannot be read from here on"),
    ("x y", 1, 3, "cannot be read from here on. Received: y."),
    ("exp(a=)", 1, 7, "cannot be read from here on. Received: )."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "sentence"), REFUSED)
def test_refused_with_its_place_and_one_sentence(text: str, line: int, column: int, sentence: str) -> None:
    error = refusal(text)
    said = str(error)
    assert sentence in said
    assert error.place == (line, column)
    assert said.startswith(f"line {line}, column {column}: expected ")
    assert len(said.splitlines()) == 1


def test_a_formula_of_lines() -> None:
    formula = parse("h = softplus(x)  # smooth\n\n# the result:\nx * tanh(h)")
    first, last = formula.lines
    assert (first.name, last.name) == ("h", None)
    assert isinstance(first.value, Call)
    assert first.value.function.name == "softplus"
    assert last.place == (4, 1)
    assert formula.names == {"softplus", "tanh", "x"}


def test_dots_are_part_of_a_name() -> None:
    (line,) = parse("keras.ops.relu(self.w)").lines
    match line.value:
        case Call(function=Name(name="keras.ops.relu"), arguments=(Name(name="self.w"),), keywords=()):
            return
    raise AssertionError(line)


def test_every_kind_of_expression() -> None:
    (line,) = parse("concat([x, -1.5e-3 * x ** 2], axis=-1)[..., None, 1:3, ::2, 0] >= sum(x, keepdims=True)").lines
    match line.value:
        case Binary(operator=">=",
                    left=Subscript(value=Call(arguments=(Sequence(items=(Name(), product)),)), parts=parts),
                    right=Call(keywords=(keyword,))):  # fmt: skip
            assert keyword.name == "keepdims"
            assert isinstance(keyword.value, Flag)
            assert isinstance(product, Binary)
            assert isinstance(product.left, Unary)
            assert [type(part) for part in parts] == [Rest, Flag, Slice, Slice, Number]
            return
    raise AssertionError(line)


@pytest.mark.parametrize("text", [
    "x", " # words\nx\n", "\\\n" * 30 + "x", "h = x\r\nh", "x[\n  0,\n 1]", "x" + "\n" * 100, "x\t+\tx", "x*.5", "1.*x",
    "(" * 25 + "x" + ")" * 25, "x" + "+x" * 24,
])  # fmt: skip
def test_accepted(text: str) -> None:
    assert parse(text).lines


def test_as_many_nodes_as_are_allowed() -> None:
    texts = "\n".join(f"h{number} = [{'x,' * 98}]" for number in range(3)) + "\nx"
    assert parse(texts)
    assert len(list(ast.walk(ast.parse(texts)))) > MOST_NODES


def test_a_refusal_speaks_korean(korean: None) -> None:
    assert str(refusal("x if x > 0 else 0")).startswith("1행 3열: ")


def test_a_refusal_survives_json() -> None:
    error = refusal("x +\n  'a'")
    data = json.loads(json.dumps(error.to_json()))
    again = FormulaError.from_json(data)
    assert str(again) == str(error) == str(UserError.from_json(data))
    assert again.place == error.place
