"""The colours of the families of blocks as a style sheet."""

from __future__ import annotations

from functools import cache

from lib.colours import FAMILY_COLOURS, INPUT, INPUT_COLOUR, Colour


@cache
def colour_css() -> str:
    """A style sheet that sets `--family` on every element of the class `family-NAME`."""
    colours: list[tuple[str, Colour]] = [*FAMILY_COLOURS.items(), (INPUT, INPUT_COLOUR)]
    return "\n".join(
        f'.family-{name}, [class*="-family-{name}-"] {{ --family: light-dark({colour.light}, {colour.dark}); }}'
        for name, colour in colours
    )
