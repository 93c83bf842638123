"""A network as a picture to take along: boxes with names and shapes, laid out by Graphviz, as PNG or SVG."""

from lib.picture.dot import dot_text
from lib.picture.plan import ALL, MOST_BOXES, SHOWN, Detail, Direction, Style
from lib.picture.program import FORMATS, Format, draw

__all__ = [
    "ALL", "FORMATS", "MOST_BOXES", "SHOWN", "Detail", "Direction", "Format", "Style", "dot_text", "draw",
]  # fmt: skip
