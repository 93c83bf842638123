"""How a script is written: the code of ours that it carries, without annotations, for it does not know the names in
them; and calls, in lines that are not too long."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from lib.arch.code.lines import call

Place = Callable[[int | None, int | None], int]
_FOR_CHECKERS: Final = re.compile(r"\s+# type: ignore.*")
_DEFAULT: Final = b" = "


def function_code(function: Callable[..., Any]) -> str:
    """The source of a function of ours, without annotations."""
    return bare(inspect.getsource(function))


def bare(source: str) -> str:
    """`source` without annotations and without notes to type checkers; all else stays as it is."""
    code = source.encode()
    begins = [0]
    for line in code.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))

    def place(line: int | None, column: int | None) -> int:
        return begins[(line or 1) - 1] + (column or 0)

    # From the last to the first, so that those before keep their places.
    for start, end, left in sorted(_annotations(ast.parse(source), code, place), reverse=True):
        code = code[:start] + left + code[end:]
    return _FOR_CHECKERS.sub("", code.decode())


def laid_out(code: str, start: str, indent: str) -> str:
    """`start` and a call with a comma behind it, its arguments on lines of their own where one has no room for them."""
    tree = ast.parse(code, mode="eval").body
    if not isinstance(tree, ast.Call):
        return f"{indent}{start}{code},"
    name, *arguments = (ast.get_source_segment(code, node) or "" for node in (tree.func, *tree.args, *tree.keywords))
    return "\n".join(call(f"{start}{name}", arguments, ",", indent))


def _annotations(tree: ast.AST, code: bytes, place: Place) -> Iterator[tuple[int, int, bytes]]:
    """From where to where each annotation reaches, with the signs that belong to it, and what is left there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            start = place(node.lineno, node.col_offset) + len(node.arg.encode())
            end = place(node.annotation.end_lineno, node.annotation.end_col_offset)
            # Only beside an annotation does a default stand apart.
            spaced = code[end:end + len(_DEFAULT)] == _DEFAULT
            yield start, end + len(_DEFAULT) * spaced, b"=" * spaced
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            start = place(node.target.end_lineno, node.target.end_col_offset)
            yield start, place(node.annotation.end_lineno, node.annotation.end_col_offset), b""
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            told = place(node.returns.lineno, node.returns.col_offset)
            yield code.rindex(b")", 0, told) + 1, place(node.returns.end_lineno, node.returns.end_col_offset), b""


def definitions(source: str) -> str:
    """What a module defines, without its docstring, its imports and annotations."""
    tree = ast.parse(source)
    first = next(node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr))
    start = min([first.lineno, *(decorator.lineno for decorator in getattr(first, "decorator_list", []))])
    return bare("\n".join(source.splitlines()[start - 1:]) + "\n")
