"""One colour for each family of blocks, the same on cards, picture, palette and table.

After the palette of Okabe and Ito (2008), which people with any colour vision can tell apart; darkened for a light
page and lightened for a dark one. Colour is never the only sign: icons and names say the same.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from lib.arch.block import Family


class Colour(NamedTuple):
    """A colour on a light and on a dark page."""

    light: str
    dark: str


FAMILY_COLOURS: Final[dict[Family, Colour]] = {
    "conv": Colour("#0072b2", "#4ea8e0"),
    "dense": Colour("#d55e00", "#f0853a"),
    "pool": Colour("#63b8e8", "#a5dcfa"),
    "norm": Colour("#009e73", "#2fc496"),
    "activation": Colour("#d69a00", "#f0c54a"),
    "shape": Colour("#7b808a", "#a3a9b5"),
    "merge": Colour("#b4578f", "#e59bca"),
    "composite": Colour("#5b4bb5", "#a99bf5"),
}
INPUT: Final = "input"
INPUT_COLOUR: Final = Colour("#20242e", "#e7e9ee")


@cache
def colour_css() -> str:
    """A style sheet that sets `--family` on every element of the class `family-NAME`."""
    colours: list[tuple[str, Colour]] = [*FAMILY_COLOURS.items(), (INPUT, INPUT_COLOUR)]
    return "\n".join(
        f'.family-{name}, [class*="-family-{name}-"] {{ --family: light-dark({colour.light}, {colour.dark}); }}'
        for name, colour in colours
    )
