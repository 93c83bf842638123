"""A picture in the language of Graphviz. Every text in it is escaped, and nothing of a network names anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from html import escape
from itertools import count
from typing import Final

from lib.arch import Architecture
from lib.arch.block import shown_as_keras
from lib.colours import FAMILY_COLOURS, INPUT, INPUT_COLOUR, takes_black
from lib.i18n import _
from lib.picture.plan import Box, Frame, Style, plan
from lib.strict_json import unprintable

_FONT: Final = "Helvetica,Arial,Noto Sans CJK KR,sans-serif"
_LINE: Final = "#8a919e"
_GROUND: Final = "#f4f5f8"
_SPACE: Final = "&#160;"
"""Of an ordinary one between two styles nothing is left in SVG."""

_LONGEST: Final = 120
_TYPE: Final = "float32"
"""Of every value: Blockyard's networks compute in nothing else."""


def dot_text(architecture: Architecture, style: Style) -> str:
    """The picture of `architecture` as text for `dot`.

    Raises:
        UserError: it would have too many boxes.
    """
    found = plan(architecture, style.levels)
    title = f'label=<<B>{_text(found.title)}</B>>;labelloc="t";' if found.title.strip() else ""
    lines = [
        "digraph {",
        f'graph [rankdir="{style.direction}",fontname="{_FONT}",fontsize="14",nodesep="0.3",ranksep="0.35",{title}',
        'margin="0.15",bgcolor="white"];',
        f'node [shape="plain",fontname="{_FONT}",fontsize="10"];',
        f'edge [color="{_LINE}",arrowsize="0.6"];',
        *_items(found.items, style, count()),
        *(f"n{source} -> n{target};" for source, target in found.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _items(items: Iterable[Box | Frame], style: Style, numbers: Iterator[int]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Box):
            yield f"n{item.number} [label=<{_table(item, style)}>];"
            continue
        yield f"subgraph cluster_{next(numbers)} {{"
        yield (f'label=<{_text(item.name)}{_SPACE}<I>{_text(_kind(item))}</I>>;labelloc="t";labeljust="l";'
               f'fontsize="10";style="rounded,filled";color="{_LINE}";fillcolor="{_GROUND}";margin="8";')
        yield from _items(item.items, style, numbers)
        yield "}"


def _table(box: Box, style: Style) -> str:
    """The label of a box, as a table: its head in the colour of its family, then what it says."""
    colour = (INPUT_COLOUR if box.family == INPUT else FAMILY_COLOURS[box.family]).light
    ink = "black" if takes_black(colour) else "white"
    named = f"<B>{_text(box.name)}</B>{_SPACE}" if "names" in style.shown else ""
    head = (f'<TR><TD COLSPAN="2" BGCOLOR="{colour}"><FONT COLOR="{ink}">{named}'
            f"{_text(_kind(box))}</FONT></TD></TR>")
    rows = "".join(f'<TR><TD ALIGN="LEFT"><FONT COLOR="#5b6270">{_text(title)}</FONT></TD>'
                   f'<TD ALIGN="LEFT">{_text(said)}</TD></TR>' for title, said in _rows(box, style))
    return (f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4" COLOR="{_LINE}" BGCOLOR="white">'
            f"{head}{rows}</TABLE>")


def _kind(item: Box | Frame) -> str:
    return item.kind if item.times == 1 else f"{item.kind} ×{item.times}"


def _rows(box: Box, style: Style) -> Iterator[tuple[str, str]]:
    if "activations" in style.shown and box.activation:
        yield _("Activation"), box.activation
    if "shapes" in style.shown:
        if box.inputs:
            yield _("In"), ", ".join(map(shown_as_keras, box.inputs))
        yield _("Out"), shown_as_keras(box.output)
    if "dtypes" in style.shown:
        yield _("Type"), _TYPE
    if "parameters" in style.shown and box.parameters:
        yield _("Parameters"), f"{box.parameters:,}"
    if box.shares:
        yield _("Layer of"), box.shares


def _text(text: str) -> str:
    """`text` as it may stand in a label of Graphviz: no markup, no controls, not endless."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    fit = escape("".join(" " if _unfit(letter) else letter for letter in cut)) or " "
    # Graphviz puts names of its own in the place of \N, \G and others.
    return fit.replace("\\", "\\\\")


def _unfit(letter: str) -> bool:
    return unprintable(letter) or unicodedata.category(letter) in ("Cc", "Cn", "Co", "Cs")
