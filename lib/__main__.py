"""The command line: `python -m lib count lenet5`. It calls what the pages call."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from lib.arch import presets
from lib.commands import Command, count, doctor, export, list_presets, list_runs, train
from lib.data import DATASETS
from lib.errors import UserError
from lib.i18n import _, negotiate, use_language
from lib.strict_json import unprintable
from lib.training.optimizers import OPTIMIZERS
from lib.training.recipe import ACTIVATIONS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: it worked; 1: the training did not come to its end; 2: a mistake, said in one line."""
    use_language(negotiate([os.environ.get("LANG", "en").partition(".")[0]]))
    try:
        given = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m lib", description=_("Blockyard without a browser"))
    commands = parser.add_subparsers(required=True, metavar=_("COMMAND"))

    def add(name: str, command: Command, description: str, *, architecture: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=description, description=description)
        added.set_defaults(command=command)
        if architecture:
            added.add_argument("architecture", metavar="FILE-or-preset",
                               help=_("an architecture's JSON file, or one of {names}").format(
                                   names=", ".join(presets.names())))
        added.add_argument("--json", action="store_true", help=_("print one JSON document on standard output"))
        return added

    counting = add("count", count, _("What every layer costs, and the whole"), architecture=True)
    counting.add_argument("--input-shape", metavar="28,28,1",
                          help=_("another shape of the input, without the batch; ? for a free size"))
    counting.add_argument("--optimizer", choices=list(OPTIMIZERS), help=_("whose slots are counted"))
    counting.add_argument("--batch-size", type=int, metavar="N", help=_("images at once, for the memory"))
    add("presets", list_presets, _("The architectures to start from"))
    exporting = add("export", export, _("The Python script that builds and trains the model"), architecture=True)
    exporting.add_argument("--output", metavar="FILE", help=_("write the script there, not to standard output"))
    _add_recipe(exporting)
    training = add("train", train, _("Train on this machine, as the Train page does"), architecture=True)
    training.add_argument("--name", help=_("the name of the run"))
    _add_recipe(training)
    add("runs", list_runs, _("Every training of this home"))
    add("doctor", doctor, _("What is installed, where data comes from, whether trainings can run"))
    return parser


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recipe", metavar="FILE", help=_("a recipe's JSON file; what follows changes it"))
    parser.add_argument("--data", choices=list(DATASETS), help=_("the data set"))
    parser.add_argument("--train-images", type=int, metavar="N", help=_("how many images to learn from"))
    parser.add_argument("--validation-fraction", type=float, metavar="SHARE", help=_("the share that is held out"))
    parser.add_argument("--batch-size", type=int, metavar="N", help=_("images in one step"))
    parser.add_argument("--epochs", type=int, metavar="N", help=_("times the images are gone through"))
    parser.add_argument("--seed", type=int, metavar="N", help=_("the number that all chance follows from"))
    parser.add_argument("--optimizer", choices=list(OPTIMIZERS), help=_("the rule that moves the weights"))
    parser.add_argument("--learning-rate", type=float, metavar="RATE", help=_("how far the weights move"))
    parser.add_argument("--activation", choices=list(ACTIVATIONS), help=_("for all hidden layers"), metavar="NAME")


if __name__ == "__main__":
    sys.exit(main())
