"""The pieces of a picture as SVG: boxes, frames, signs, and the lines between the uses of one layer.

Names are identifiers and the rest our own words; all of it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import Final

from components.graph_place import Measures, Placed, Spot
from components.graph_tree import Face, Path
from components.numbers import THIN_SPACE
from lib.i18n import _

_FIRST_WIDE_LETTER: Final = "\u1100"
"""From Korean on letters are about as wide as high."""

_FEWEST_LETTERS: Final = 6
_BETWEEN: Final = 3.6
"""Room of what stands between kind and shape, and of the thin spaces, in letters."""

_APART: Final = 4
"""Room between a name and what follows it, in pixels."""

_SIGN: Final = 15
"""Room of a sign, in pixels."""

_MORE_ROOM: Final = 60
"""How far to the left of where it was in the box the text of a frame may begin, in pixels."""

_ACROSS: Final = 700
_DOWN: Final = 150
"""How far apart two uses of a layer may be for a line between them, in pixels."""

_HEAD: Final = 44
_BEND: Final = 7
"""How far a line around something is drawn aside, in pixels: three quarters of it, less than the margin."""

_LINK: Final = "M-1-3h-2.5a3 3 0 0 0 0 6H-1M1-3h2.5a3 3 0 0 1 0 6H1M-3 0H3"
_FROST: Final = "M0-5.5v11M-4.8-2.7 4.8 2.7M-4.8 2.7 4.8-2.7"


def svg(placed: Placed, body: str, attributes: str) -> str:
    """A whole picture of `placed` with the boxes in `body`, which lie above frames and lines."""
    grounds = "".join([_ground(spot) for spot in placed.spots if spot.is_open])
    width, height = f"{placed.width:.0f}", f"{placed.height:.0f}"
    return (
        f'<svg class="drawing" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {attributes}>'
        f'{grounds}<path class="edge" d="{placed.lines}"/><path class="tip" d="{placed.tips}"/>{body}</svg>'
    )


def _ground(spot: Spot) -> str:
    return (
        f'<rect class="ground" x="{spot.x:.0f}" y="{spot.y:.0f}" width="{spot.width:.0f}" '
        f'height="{spot.height:.0f}" rx="9"/>'
    )


def label(face: Face) -> str:
    """What a screen reader says of a box."""
    parts = [face.name, face.kind, face.shape, face.note]
    if face.times > 1:
        text = _("{count} times with the same weights") if face.loops else _("{count} times")
        parts.append(text.format(count=face.times))
    if face.shares:
        parts.append(_("shares {owner}").format(owner=face.shares))
    if face.frozen:
        parts.append(_("frozen"))
    return ", ".join([part for part in parts if part])


@lru_cache(maxsize=16384)
def box(face: Face, spot: Spot, is_shared: bool, measures: Measures, _language: str) -> str:
    """One box: of a node, a button that opens its card; of a part inside it, one that is pressed for its node.

    The box of an open frame is the frame's head. `is_shared` tells whether its layer is used elsewhere too.
    """
    root = escape(spot.path[0])
    if len(spot.path) == 1:
        role = f'class="node{_classes(face)}" data-node="{root}" tabindex="0" role="button"'
    else:
        role = f'class="part{_classes(face)}" data-part="{root}" role="img"'
    layer = f' data-layer="{escape(face.layer)}"' if is_shared else ""
    handle = _handle(face, spot, measures) if face.opens else ""
    return (
        f'<g {role}{layer} transform="translate({spot.x:.1f} {spot.y:.0f})" aria-label="{escape(label(face))}">'
        f"{_face_svg(face, spot, measures)}</g>{handle}"
    )


def _face_svg(face: Face, spot: Spot, measures: Measures) -> str:
    """What a box shows, from its upper left corner on."""
    height, start, end = measures.height, max(spot.inset - _MORE_ROOM, 0) + 16, spot.width - spot.inset - 9
    first, second = round(height * 0.41), round(height * 0.8)
    above, room = _note(face, end, first, measures)
    name = _cut_middle(face.name, (room - start - _APART) / measures.letter)
    below, room = _signs(face, end - 17 if face.opens else end, second - 4)
    indent = start
    if face.shares:
        below += _sign(_LINK, start + 6, second - 4)
        indent += _SIGN + 2
    detail = _detail(face, (room - indent) / measures.small_letter)
    return (
        f'<rect class="box" width="{spot.width:.0f}" height="{height}" rx="7"/>'
        f'<path class="band" d="M7 0H6a6 6 0 0 0-6 6v{height - 12}a6 6 0 0 0 6 6h1Z"/>'
        f'<text class="name" x="{start:.0f}" y="{first}">{escape(name)}</text>'
        f'<text class="detail" x="{indent:.0f}" y="{second}">{escape(detail)}</text>{above}{below}'
    )


def _note(face: Face, right: float, y: float, measures: Measures) -> tuple[str, float]:
    """What stands at the end of the first line, how often it is repeated before its parameters; where it begins."""
    drawn = ""
    if face.note:
        drawn += f'<text class="note" x="{right:.0f}" y="{y:.0f}">{escape(face.note)}</text>'
        right -= len(face.note) * (measures.small_letter - 0.4) + 5
    if face.times > 1:
        text = f"×{face.times}"
        drawn += f'<text class="times" x="{right:.0f}" y="{y:.0f}">{text}</text>'
        right -= 7 * len(text) + 2
        if face.loops:
            drawn += _sign(_LINK, right - 7, y - 4)
            right -= _SIGN
    return drawn, right


def _detail(face: Face, room: float) -> str:
    """Kind and shape in about `room` letters; where both are too much, what cannot be seen otherwise."""
    what = face.shares or face.kind
    # Thin spaces are so thin that they count for less than a letter even together.
    left = room - len(face.shape.replace(THIN_SPACE, "")) - _BETWEEN
    if left >= min(len(what), _FEWEST_LETTERS):
        return " · ".join([part for part in (_cut_end(what, left), face.shape) if part])
    return _cut_end(what, room) if face.shares else face.shape


def _classes(face: Face) -> str:
    states = (("wrong", face.wrong), ("shared", face.shares), ("frozen", face.frozen))
    return f" family-{face.family}" + "".join([f" {name}" for name, holds in states if holds])


def _signs(face: Face, right: float, y: float) -> tuple[str, float]:
    """The signs that end at `right`, from there to the left, and where they begin."""
    signs = ""
    if face.wrong:
        signs += f'<text class="mark" x="{right:.0f}" y="{y + 4:.0f}">!</text>'
        right -= _SIGN - 6
    if face.frozen:
        signs += _sign(_FROST, right - 7, y)
        right -= _SIGN
    return signs, right


def _sign(data: str, x: float, y: float) -> str:
    return f'<path class="sign" d="{data}" transform="translate({x:.0f} {y:.0f})"/>'


def _handle(face: Face, spot: Spot, measures: Measures) -> str:
    """The sign at the lower right corner that opens a composite, and closes it."""
    words = _("Close {id}") if spot.is_open else _("Open {id}")
    x, y = spot.x + spot.width - spot.inset - 14, spot.y + measures.height - 13
    return (
        f'<g class="handle family-{face.family}" data-open="{escape("/".join(spot.path))}" tabindex="0" role="button" '
        f'aria-expanded="{str(spot.is_open).lower()}" aria-label="{escape(words.format(id=".".join(spot.path)))}" '
        f'transform="translate({x:.1f} {y:.0f})"><rect class="knob" x="-8" y="-8" width="16" height="16" rx="4"/>'
        f'<path class="sign" d="M-4 0h8{"" if spot.is_open else "M0-4v8"}"/></g>'
    )


def ties(uses: Iterable[tuple[str, Spot]]) -> str:
    """A dotted line between every two neighbouring uses of a layer; `uses` are the layers with where they are used.

    Uses in different frames are not joined: where those share their layers, they are joined themselves.
    """
    found: dict[tuple[str, Path], list[Spot]] = {}
    for layer, spot in uses:
        found.setdefault((layer, spot.path[:-1]), []).append(spot)
    lines = []
    for spots in found.values():
        ordered = sorted(spots, key=lambda spot: (spot.y, spot.x))
        lines += [_tie(one, two) for one, two in pairwise(ordered) if _near(one, two)]
    return f'<path class="tie" d="{"".join(lines)}"/>' if lines else ""


def _near(one: Spot, two: Spot) -> bool:
    return abs(one.x - two.x) <= _ACROSS and two.y - one.y - one.height <= _DOWN


def _tie(one: Spot, two: Spot) -> str:
    """From side to side where they stand beside each other; around what is in between where they do not."""
    y, end = one.y + _HEAD / 2, two.y + _HEAD / 2
    left, right = (one, two) if one.x <= two.x else (two, one)
    if left.x + left.width < right.x:
        start, stop = (y, end) if left is one else (end, y)
        return f"M{left.x + left.width:.0f} {start:.0f}L{right.x:.0f} {stop:.0f}"
    x, y = min(one.x, two.x), one.y + one.height - _HEAD / 2
    return f"M{one.x:.0f} {y:.0f}C{x - _BEND:.0f} {y:.0f} {x - _BEND:.0f} {end:.0f} {two.x:.0f} {end:.0f}"


def pill(text: str, spot: Spot, measures: Measures) -> str:
    """An output of the network."""
    shown = _cut_middle(text, (spot.width - 40) / measures.letter - 2)
    middle = spot.x + spot.width / 2
    width = spot.width - 40
    return (
        f'<g class="output" transform="translate({middle:.1f} {spot.y:.0f})"><rect class="box" '
        f'x="{-width / 2:.1f}" width="{width:.0f}" height="{measures.output_height}" rx="14"/>'
        f'<text x="0" y="18">{escape(shown)}</text></g>'
    )


def _cut_end(text: str, room: float) -> str:
    """`text` in about `room` letters."""
    kept = _letters(text, room)
    return text if kept >= len(text) else f"{text[: kept - 1]}…"


def _cut_middle(text: str, room: float) -> str:
    """`text` in about `room` letters: names differ at their ends, so something of those stays."""
    kept = _letters(text, room) - 1
    if kept + 1 >= len(text):
        return text
    tail = kept // 3
    return f"{text[: kept - tail]}…{text[len(text) - tail :]}"


def _letters(text: str, room: float) -> int:
    """How many letters of a text like `text` there is room for."""
    wide = any(letter >= _FIRST_WIDE_LETTER for letter in text)
    return int(max(room / (1.8 if wide else 1), _FEWEST_LETTERS))
