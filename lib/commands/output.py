"""How commands are called and how they speak: a table for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from lib.errors import UserError
from lib.i18n import N_, _
from lib.text_width import aligned

Command = Callable[[Namespace], int]
Commands: TypeAlias = "_SubParsersAction[Any]"


def add(commands: Commands, name: str, command: Command, description: str) -> ArgumentParser:
    """The parser of one more command, which `command` carries out."""
    added: ArgumentParser = commands.add_parser(name, help=description, description=description)
    added.set_defaults(command=command)
    added.add_argument("--json", action="store_true", help=_("print one JSON document on standard output"))
    return added


def print_json(value: Any) -> None:
    """One JSON document on standard output; NaN and infinities, which JSON has not, become null."""
    print(json.dumps(_finite(value), ensure_ascii=False, indent=1, allow_nan=False))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int] = frozenset()) -> None:
    """A table with columns as wide as they need; the columns in `numbers` stand at the right."""
    for line in aligned([head, *rows], numbers):
        print(line)


def tell(message: str) -> None:
    """A line for the person who waits, on standard error, so that standard output stays clean."""
    print(message, file=sys.stderr, flush=True)


def written(file: str, content: bytes) -> None:
    """Write `content` into `file`.

    Raises:
        UserError: it cannot be written.
    """
    try:
        Path(file).write_bytes(content)
    except OSError as error:
        raise UserError(file or "--output", N_("expected a file that can be written ({problem})"),
                        problem=error.strerror or str(error)) from None


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value
