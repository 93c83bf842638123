"""The command line: `python -m lib count lenet5`. It calls what the pages call."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from lib.commands import check
from lib.commands.output import Command
from lib.errors import UserError
from lib.i18n import _, negotiate, use_language
from lib.strict_json import unprintable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: it worked; 1: the training did not come to its end; 2: a mistake, said in one line."""
    use_language(negotiate([os.environ.get("LANG", "en").partition(".")[0]]))
    try:
        words = sys.argv[1:] if arguments is None else list(arguments)
        given = _parser(words).parse_args(words)
        command: Command = given.command
        return command(given)
    except UserError as error:
        print(_line(str(error)), file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other mistake is said."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, _line(f"{self.prog}: {message}") + "\n")


def _line(text: str) -> str:
    """`text` on one line, whatever the names in it hold, and without what would steer the terminal."""
    return " ".join("".join(" " if unprintable(letter) else letter for letter in text).split())


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m lib", description=_("Blockyard without a browser"))
    commands = parser.add_subparsers(required=True, metavar=_("COMMAND"))
    if words[:1] != ["check"]:
        # What the others import takes a second, in which a check has long answered.
        from lib.commands import parsers

        parsers.add_to(commands)
    check.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
