"""One colour for each family of blocks, the same on cards, picture, palette and table.

Close to the palette of Okabe and Ito (2008), set so that every two families are well apart for people with full,
protan and deutan vision, on a light page and on a dark one; a test measures it. Colour is never the only sign: icons
and names say the same.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from lib.arch.block import Family


class Colour(NamedTuple):
    """A colour on a light and on a dark page."""

    light: str
    dark: str


FAMILY_COLOURS: Final[dict[Family, Colour]] = {
    "conv": Colour("#0065aa", "#3a8fd0"),
    "dense": Colour("#cf5300", "#e07a48"),
    "pool": Colour("#4abaf2", "#8adaff"),
    "norm": Colour("#1f9d68", "#4fdc98"),
    "activation": Colour("#eab308", "#e3c13a"),
    "shape": Colour("#98a1af", "#ccd2dc"),
    "merge": Colour("#93406b", "#c2628f"),
    "sequence": Colour("#951d2b", "#cf4d5e"),
    "augmentation": Colour("#94b55c", "#b4ee84"),
    "composite": Colour("#5440d6", "#6f5cf0"),
    "custom": Colour("#cb2ec5", "#bc30a1"),
}
INPUT: Final = "input"
INPUT_COLOUR: Final = Colour("#20242e", "#e7e9ee")


def takes_black(colour: str) -> bool:
    """Whether black is easier to read than white on `colour`, as "#rrggbb", by relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # Where it is the geometric mean, both have the same contrast.
    return (luminance + 0.05) ** 2 > 1.05 * 0.05
