"""Lines of code, each with the nodes of the network that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

INDENT: Final = "    "
LONGEST: Final = 100
LONGEST_NOTED: Final = 120
"""With the note behind the code."""


class Line(NamedTuple):
    """A line of code, and the ids of the nodes that it belongs to."""

    text: str
    nodes: frozenset[str] = frozenset()


def text_of(lines: Iterable[Line]) -> str:
    """The lines as one text."""
    return "".join(f"{line.text}\n" for line in lines)


def marked(texts: Iterable[str], nodes: Iterable[str] = ()) -> list[Line]:
    """Lines that belong to `nodes`."""
    owners = frozenset(nodes)
    return [Line(text, owners) for text in texts]


def call(start: str, arguments: list[str], end: str = "", indent: str = "") -> list[str]:
    """A call on one line; where that is too long, its arguments on a line of their own, or on one each.

    Args:
        start: what stands before the bracket.
        end: what stands after it; a note behind it may stand out.
    """
    code, mark, note = end.partition("  #")
    line = f"{indent}{start}({', '.join(arguments)}){code}"
    if (len(line) <= LONGEST and len(line + mark + note) <= LONGEST_NOTED) or not arguments:
        return [line + mark + note]
    inner = f"{indent}{INDENT}{', '.join(arguments)}"
    inside = [inner] if len(inner) <= LONGEST else [f"{indent}{INDENT}{argument}," for argument in arguments]
    return [f"{indent}{start}(", *inside, f"{indent}){code}{mark}{note}"]


def loop(head: str, indent: str = INDENT) -> list[str]:
    """The head of a loop."""
    line = f"{indent}{head}:"
    if len(line) <= LONGEST:
        return [line]
    start, _in, rest = head.partition(" in ")
    called, _bracket, inner = rest.partition("(")
    return [f"{indent}{start} in {called}(", f"{indent}{INDENT}{inner[:-1]}", f"{indent}):"]


def alone(names: Iterable[str]) -> str:
    """One name, or a list of several."""
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"
