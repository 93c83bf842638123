"""From text to a formula: Python's own parser, and a walk that lets through only what formulas have."""

from __future__ import annotations

import ast
from typing import Final

from lib.errors import NOTHING
from lib.formula.errors import FormulaError, Place
from lib.formula.language import (
    DEEPEST,
    MOST_NODES,
    Binary,
    Call,
    Flag,
    Formula,
    Keyword,
    Line,
    Name,
    Node,
    Number,
    Rest,
    Sequence,
    Slice,
    Subscript,
    Unary,
)
from lib.formula.screen import screen, too_deep
from lib.i18n import N_

_SIGNS: Final = {ast.USub: "-", ast.UAdd: "+"}
_BINARY: Final = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@",
}  # fmt: skip
_COMPARISONS: Final = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def parse(text: str) -> Formula:
    """The formula that `text` writes, within the limits of `lib.formula.language`. Comments and blank lines may stand
    in it.

    Raises:
        FormulaError: it is none.
    """
    text = text.replace("\r\n", "\n")
    screen(text)
    return _Reader(text).formula(_python(text))


def _python(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except IndentationError as error:
        place, expected = _place(error), N_("expected no spaces before a line")
    except SyntaxError as error:
        place, expected = _place(error), N_("expected an expression, which cannot be read from here on")
    except (RecursionError, MemoryError):  # the parser's own limits
        raise too_deep(Place(1, 1)) from None
    rest = text.split("\n")[place.line - 1][place.column - 1 :].strip()
    raise FormulaError(place, expected, rest or NOTHING)


def _place(error: SyntaxError) -> Place:
    return Place(max(error.lineno or 1, 1), max(error.offset or 1, 1))


class _Reader:
    """Walks through Python's tree and counts what it finds."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.nodes = 0

    def formula(self, body: list[ast.stmt]) -> Formula:
        lines = tuple(self.line(statement, last=statement is body[-1]) for statement in body)
        seen: set[str] = set()
        for line in lines:
            if line.name in seen:
                raise FormulaError(line.place, N_("expected a new name; this one has its value already"), line.name)
            seen |= {line.name} if line.name else set()
        return Formula(self.text, lines)

    def line(self, statement: ast.stmt, *, last: bool) -> Line:
        place = _of(statement)
        match statement:
            case ast.Expr(value=value) if last:
                return Line(place, None, self.node(value))
            case ast.Expr():
                raise self.refusal(statement, N_("expected name = before every expression but the last"))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not last:
                return Line(place, self.allowed(name, place), self.node(value))
            case ast.Assign(targets=[ast.Name()]):
                raise self.refusal(statement, N_("expected the result on the last line, an expression without a name"))
            case ast.Assign():
                raise self.refusal(statement, N_("expected one name before ="))
        raise self.refusal(statement, N_("expected name = expression"))

    def node(self, node: ast.expr, depth: int = 1) -> Node:
        self.count(node, depth)
        place = _of(node)
        match node:
            case ast.Constant(value=bool() | None as value):
                return Flag(place, value)
            case ast.Constant(value=int() | float() as number):
                return Number(place, number)
            case ast.Name() | ast.Attribute():
                return self.name(node)
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _SIGNS:
                return Unary(place, _SIGNS[type(sign)], self.node(operand, depth + 1))
            case ast.BinOp(op=operator, left=left, right=right) if type(operator) in _BINARY:
                return Binary(place, _BINARY[type(operator)], self.node(left, depth + 1), self.node(right, depth + 1))
            case ast.Compare():
                return self.comparison(node, depth)
            case ast.Call():
                return self.call(node, depth)
            case ast.Subscript(value=value, slice=inside):
                parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
                whole = self.node(value, depth + 1)
                return Subscript(place, whole, tuple(self.part(part, depth + 1) for part in parts))
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return Sequence(place, tuple(self.node(item, depth + 1) for item in items))
        raise self.refusal(node, N_("expected numbers, names, operators, calls and subscripts"))

    def comparison(self, node: ast.Compare, depth: int) -> Node:
        match node:
            case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARISONS:
                sign = _COMPARISONS[type(operator)]
                return Binary(_of(node), sign, self.node(left, depth + 1), self.node(right, depth + 1))
        raise self.refusal(node, N_("expected one comparison; logical_and(a < b, b < c) joins two"))

    def call(self, node: ast.Call, depth: int) -> Node:
        if not isinstance(node.func, ast.Name | ast.Attribute):
            raise self.refusal(node.func, N_("expected the name of a function before the bracket"))
        keywords = tuple(self.keyword(keyword, depth + 1) for keyword in node.keywords)
        arguments = tuple(self.node(argument, depth + 1) for argument in node.args)
        return Call(_of(node), self.name(node.func), arguments, keywords)

    def keyword(self, node: ast.keyword, depth: int) -> Keyword:
        if node.arg is None:
            raise self.refusal(node, N_("expected name = value for a named argument"))
        return Keyword(_of(node), node.arg, self.node(node.value, depth))

    def part(self, node: ast.expr, depth: int) -> Node:
        match node:
            case ast.Slice(lower=start, upper=stop, step=step):
                self.count(node, depth)
                ends = [None if end is None else self.node(end, depth + 1) for end in (start, stop, step)]
                return Slice(_of(node), *ends)
            case ast.Constant(value=value) if value is ...:
                self.count(node, depth)
                return Rest(_of(node))
        return self.node(node, depth)

    def name(self, node: ast.expr) -> Name:
        """A name with its dots, as one."""
        parts: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise self.refusal(node, N_("expected a function of the value instead of something of it by a dot"))
        return Name(_of(node), self.allowed(".".join([inner.id, *reversed(parts)]), _of(node)))

    def allowed(self, name: str, place: Place) -> str:
        if any(part.startswith("_") for part in name.split(".")):
            raise FormulaError(place, N_("expected a name that begins with a letter"), name)
        return name

    def count(self, node: ast.expr, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise FormulaError(_of(node), N_("expected at most {most} numbers, names and operations in a formula"),
                               most=MOST_NODES)  # fmt: skip
        if depth > DEEPEST:
            raise too_deep(_of(node))

    def refusal(self, node: ast.stmt | ast.expr | ast.keyword, expected: str) -> FormulaError:
        """That something else was expected than `node`, which is shown as it was written."""
        return FormulaError(_of(node), expected, ast.get_source_segment(self.text, node) or NOTHING)


def _of(node: ast.stmt | ast.expr | ast.keyword) -> Place:
    return Place(node.lineno, node.col_offset + 1)
