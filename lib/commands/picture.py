"""A picture of an architecture in a file, made by Graphviz."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Final, get_args

from lib.arch.gather import gathered
from lib.commands import given as read
from lib.commands.output import print_json, tell, written
from lib.errors import UserError
from lib.i18n import N_, _
from lib.picture import ALL, MOST_BOXES, Detail, Style, dot_text, draw

_EVERYTHING: Final = "all"


def picture(given: Namespace) -> int:
    """Write the picture into a file, or on standard output where that is no terminal."""
    style = Style(given.direction, _levels(given.open), _shown(given.show))
    network = read.architecture(given.architecture)
    made = draw(dot_text(gathered(network) if given.gather else network, style), given.form)
    if given.output is None:
        if given.form == "png" and sys.stdout.isatty():
            raise UserError("--output", N_("expected a file, since a terminal shows no PNG"))
        if given.json:
            raise UserError("--output", N_("expected a file, of which the JSON then tells"))
        sys.stdout.buffer.write(made)
        return 0
    written(given.output, made)
    tell(_("Written: {file}").format(file=given.output))
    if given.json:
        print_json({"file": given.output, "bytes": len(made)})
    return 0


def _levels(text: str) -> int:
    if text == _EVERYTHING:
        return ALL
    if not text.isascii() or not text.isdigit() or int(text[:9]) > MOST_BOXES:
        raise UserError("--open", N_('expected a number of levels, or "all"'), text)
    return int(text)


def _shown(text: str) -> frozenset[Detail]:
    known: dict[str, Detail] = {name: name for name in get_args(Detail)}
    found = [name.strip() for name in text.split(",") if name.strip()]
    for name in found:
        if name not in known:
            raise UserError("--show", N_("expected some of {known}, with commas"), name, known=", ".join(known))
    return frozenset(known[name] for name in found)
