"""For Babel: where the messages of the screen are. `pyproject.toml` names these functions."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import BinaryIO

_Message = tuple[int, str, str, list[str]]


def of_python(fileobj: BinaryIO, keywords: object, comment_tags: object, options: object) -> Iterator[_Message]:
    """The texts in `_("...")` and `N_("...")`, also inside f-strings, which Babel's own reader passes over."""
    for node in ast.walk(ast.parse(fileobj.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
            match node.args:
                case [ast.Constant(value=str(message))] if message:
                    yield node.lineno, node.func.id, message, []


def of_preset(fileobj: BinaryIO, keywords: object, comment_tags: object, options: object) -> Iterator[_Message]:
    """What is shown of a preset's JSON file: its title and its story."""
    content = json.load(fileobj)
    for key in ("title", "story"):
        yield 1, "_", content[key], []
