"""A first look at the text of a formula, before Python's parser sees it.

It is read token by token and left to right, so nothing that a text can hold costs time or stack. What cannot be part of
any formula is refused here, in the terms of formulas: text in quotes, statements, operators of bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword
from typing import Final, NamedTuple

from lib.formula.errors import FormulaError, Place
from lib.formula.language import DEEPEST, LARGEST_INTEGER, LARGEST_NUMBER, MOST_CHARACTERS, MOST_LINES
from lib.i18n import N_

_TOKENS: Final = re.compile(
    r"(?P<space>[ \t]+|\\\n|\#[^\n]*)|(?P<newline>\n)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<open>[(\[])|(?P<close>[)\]])|(?P<sign>[+-])"
    r"|(?P<operator>\*\*|//|==|!=|<=|>=|(?!:=)[*/%@<>=,:.])|(?P<other>:=|.)",
    re.DOTALL,
)  # fmt: skip
_CLOSES: Final = {"(": ")", "[": "]"}

_CHOICE: Final = N_("expected where(condition, a, b) to choose between a and b for every number of a tensor")
_LOGIC: Final = N_("expected logical_and(a, b), logical_or(a, b) or logical_not(a) for tensors")
_LOOP: Final = N_("expected no loop; functions work on all numbers of a tensor at once, sum adds them up")
_ALONE: Final = N_("expected the expression alone; that of the last line is the result")
_IMPORT: Final = N_("expected no import; all functions are there already")
_STATEMENT: Final = N_("expected lines of name = expression and no other statement")
_TEXT: Final = N_("expected numbers and tensors; formulas have no text in quotes, and need no cast")
_INSTEAD: Final = {
    **dict.fromkeys(("if", "else", "elif"), _CHOICE),
    **dict.fromkeys(("and", "or", "not", "&", "|", "~", "!"), _LOGIC),
    **dict.fromkeys(("is", "in"), N_("expected a comparison: ==, !=, <, <=, > or >=")),
    **dict.fromkeys(("for", "while"), _LOOP),
    **dict.fromkeys(("lambda", "def", "return"), _ALONE),
    **dict.fromkeys(("import", "from"), _IMPORT),
    **dict.fromkeys(("'", '"'), _TEXT),
    "^": N_("expected ** for a power"),
    ";": N_("expected a new line for what follows"),
    ":=": N_("expected name = expression on a line of its own"),
}
_CONSTANTS: Final = ("True", "False", "None")


class _Token(NamedTuple):
    kind: str
    text: str
    place: Place


def screen(text: str) -> None:
    """Refuse what is too long, too deep, or cannot be part of any formula.

    Raises:
        FormulaError: at the first place where it is so.
    """
    _size(text)
    _characters(text)
    before = _Token("newline", "\n", Place(1, 1))
    signs = 0
    empty = True
    for token in _nested(_tokens(text)):
        signs = signs + 1 if token.kind == "sign" else 0
        if signs > DEEPEST:
            raise too_deep(token.place)
        _one(token, before)
        before = token
        empty = empty and token.kind == "newline"
    if empty:
        raise FormulaError(Place(1, 1), N_("expected a formula, such as x * tanh(softplus(x))"))


def too_deep(place: Place) -> FormulaError:
    """The refusal of what is nested too deeply."""
    return FormulaError(place, N_("expected at most {deepest} levels; a line of its own can name an inner part"),
                        deepest=DEEPEST)  # fmt: skip


def _size(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(Place(1, 1), N_("expected at most {longest} characters"), f"{len(text):,}",
                           longest=f"{MOST_CHARACTERS:,}")  # fmt: skip
    lines = len(text.rstrip("\n").split("\n"))
    if lines > MOST_LINES:
        raise FormulaError(Place(MOST_LINES + 1, 1), N_("expected at most {most} lines"), lines, most=MOST_LINES)


def _characters(text: str) -> None:
    """Only what a keyboard of ASCII can type: letters that look alike are not the same name."""
    for number, line in enumerate(text.split("\n"), 1):
        for column, letter in enumerate(line, 1):
            if letter != "\t" and not " " <= letter <= "~":
                raise FormulaError(Place(number, column), N_("expected plain letters, digits and signs (ASCII)"),
                                   ascii(letter).strip("'"))  # fmt: skip


def _tokens(text: str) -> Iterator[_Token]:
    """Every token of `text` but spaces and comments."""
    line, start = 1, 0
    for match in _TOKENS.finditer(text):
        kind = match.lastgroup or ""
        if kind != "space":
            yield _Token(kind, match.group(), Place(line, match.start() - start + 1))
        if match.group().endswith("\n"):
            line, start = line + 1, match.end()


def _nested(tokens: Iterator[_Token]) -> Iterator[_Token]:
    """The tokens, once it is sure that every bracket has its partner and none is too deep."""
    stack: list[_Token] = []
    for token in tokens:
        if token.kind == "open":
            stack.append(token)
            if len(stack) > DEEPEST:
                raise too_deep(token.place)
        elif token.kind == "close" and not (stack and _CLOSES[stack.pop().text] == token.text):
            raise FormulaError(token.place, N_("expected a bracket that was opened before it is closed"), token.text)
        yield token
    if stack:
        raise FormulaError(stack[-1].place, N_("expected {bracket} somewhere behind this bracket"), stack[-1].text,
                           bracket=_CLOSES[stack[-1].text])  # fmt: skip


def _one(token: _Token, before: _Token) -> None:
    keyword = token.kind == "name" and iskeyword(token.text) and token.text not in _CONSTANTS
    if keyword or token.kind == "other":
        expected = _STATEMENT if keyword else N_("expected a sign of formulas: + - * / // % ** @ ( ) [ ] , . : = < >")
        raise FormulaError(token.place, _INSTEAD.get(token.text, expected), token.text)
    if token.kind == "number":
        _number(token)
    adjacent = before.place == (token.place.line, token.place.column - len(before.text))
    if before.kind == "number" and adjacent and token.kind in ("name", "number"):
        raise FormulaError(before.place, N_("expected a decimal number; a product needs its *"),
                           before.text + token.text)  # fmt: skip


def _number(token: _Token) -> None:
    """Refuse a number before it is read where reading it would cost much."""
    digits = token.text.isdigit()
    if digits and int(token.text[:100]) > LARGEST_INTEGER:
        raise FormulaError(token.place, N_("expected whole numbers up to {largest}; 1e9 is a decimal number"),
                           token.text, largest=f"{LARGEST_INTEGER:,}")  # fmt: skip
    if not digits and not float(token.text) <= LARGEST_NUMBER:
        raise FormulaError(token.place, N_("expected a finite number"), token.text)
