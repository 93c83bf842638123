"""A small still picture of what is inside a composite block, as help beside its words.

It is HTML, since Streamlit takes every SVG out of `st.html`; only its lines are an image, which is used as a mask so
that they have the colour of the text around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Final
from urllib.parse import quote

import streamlit as st

from components.graph_drawing import label
from components.graph_place import OUTPUT, Measures, Placed, Spot, placed
from components.graph_tree import Face, Level, Wiring, note_of, repeats
from components.summary import shown_shape
from lib.arch import Block, CompositeBlock, Shape
from lib.arch.block import FreeShape
from lib.arch.own_activation import OwnActivation
from lib.arch.parts import Wired, entrance, is_entrance, parts_of, whole_shapes
from lib.errors import UserError
from lib.i18n import N_, _, language

_TITLE: Final = N_("What is inside")
_MEASURES: Final = Measures(
    height=34, output_height=22, gap=17, aside=12, margin=3, widest=158, narrowest=112, panel=560,
    letter=6.1, small_letter=5.2,
)  # fmt: skip
_EXAMPLES: Final[tuple[Shape, ...]] = ((32, 32, 32), (32, 32, 64), (32, 64), (64,), (32,), (28, 28, 1), (16, 16, 16, 8))
"""What may come into a block, from which the first that it takes is the example in its picture."""


def inside_section(block: Block, inputs: Sequence[FreeShape | None]) -> None:
    """Show the inside of a composite in a section that opens; nothing for any other block.

    Args:
        block: drawn for its own inputs if it can take them, else for an example.
        inputs: the shapes before it, as far as they are known.
    """
    if drawn := inside_picture(block, inputs):
        with st.expander(_(_TITLE), icon=":material/schema:"):
            st.html(f'<div class="inside">{drawn}</div>')


def inside_details(block: Block) -> str:
    """The inside of a composite for an example, as HTML that opens; "" for any other block."""
    drawn = inside_picture(block)
    return f'<details class="inside"><summary>{escape(_(_TITLE))}</summary>{drawn}</details>' if drawn else ""


def inside_picture(block: Block, inputs: Sequence[FreeShape | None] = ()) -> str:
    """The inside of a composite as HTML; "" for any other block, and for one that takes no input that we know."""
    if not isinstance(block, CompositeBlock):
        return ""
    known = whole_shapes(inputs)
    if known is None or len(known) != len(block.input_names) or not _takes(block, known):
        known = example(block)
    return _picture(block, known, language()) if known else ""


@lru_cache(maxsize=512)
def example(block: CompositeBlock) -> tuple[Shape, ...]:
    """Shapes that `block` can take, one for each of its inputs; none where it takes none of ours."""
    tried = (tuple(shape for _name in block.input_names) for shape in _EXAMPLES)
    return next((shapes for shapes in tried if _takes(block, shapes)), ())


def _takes(block: CompositeBlock, shapes: tuple[Shape, ...]) -> bool:
    try:
        block.output_shape(*shapes)
    except UserError:
        return False
    return True


@lru_cache(maxsize=512)
def _picture(block: CompositeBlock, inputs: tuple[Shape, ...], _language: str) -> str:
    parts = parts_of(block, inputs)
    # What comes in is a box of its own here.
    incoming = {f"{OUTPUT}{entrance(number)}": shape for number, shape in enumerate(inputs)}
    faces = {part.id: _face(part) for part in parts}
    where = placed(Level((*((name, ()) for name in incoming), *_wiring(parts))), _MEASURES)
    boxes = [
        _end(shown_shape(incoming[spot.path[0]]), spot, where.width)
        if spot.path[0] in incoming
        else _box(faces[spot.path[0]], spot, where.width)
        for spot in where.spots
    ]
    title = _("Inside of {block}").format(block=block.name)
    return (
        f'<div class="inside-drawing" role="group" aria-label="{escape(title)}" '
        f'style="width:{where.width:.0f}px;height:{where.height:.0f}px">{_lines(where)}{"".join(boxes)}</div>'
    )


def _lines(where: Placed) -> str:
    """The lines as a mask, which the page fills with the colour of its text."""
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {where.width:.0f} {where.height:.0f}" '
        f'preserveAspectRatio="none"><path d="{where.lines}" fill="none" stroke="#000" stroke-width="1.5"/>'
        f'<path d="{where.tips}"/></svg>'
    )
    image = f"data:image/svg+xml,{quote(drawn)}"
    return f'<div class="inside-lines" style="mask-image:url({image});-webkit-mask-image:url({image})"></div>'


def _place(spot: Spot, whole: float) -> str:
    """Where a box stands: across in percent, so that all of it fits into any width."""
    left, width = 100 * spot.x / whole, 100 * spot.width / whole
    return f'style="left:{left:.1f}%;top:{spot.y:.0f}px;width:{width:.1f}%;height:{spot.height:.0f}px"'


def _end(text: str, spot: Spot, whole: float) -> str:
    return f'<div class="inside-end" {_place(spot, whole)}>{escape(text)}</div>'


def _box(face: Face, spot: Spot, whole: float) -> str:
    shared = " shared" if face.shares else ""
    notes = [f"×{face.times}"] * (face.times > 1) + [face.note] * bool(face.note)
    return (
        f'<div class="inside-box family-{face.family}{shared}" title="{escape(label(face))}" {_place(spot, whole)}>'
        f'<b>{escape(face.name)}</b><i>{escape(" ".join(notes))}</i><span>{escape(face.shape)}</span></div>'
    )


def _wiring(parts: Sequence[Wired]) -> Wiring:
    return tuple(
        [(part.id, tuple([f"{OUTPUT}{name}" if is_entrance(name) else name for name in part.reads])) for part in parts]
    )


def _face(part: Wired) -> Face:
    window = getattr(part.block, "kernel_size", getattr(part.block, "pool_size", None))
    sizes = (window, window) if isinstance(window, int) else window
    more = "×".join(map(str, sizes)) if sizes else getattr(part.block, "activation", None)
    name = f"{part.block.name} {more}" if isinstance(more, str | OwnActivation) else part.block.name
    parameters = 0 if part.shares else _parameters(part.block, part.inputs)
    times, loops = repeats(part.block)
    return Face(
        name, "", part.block.family, shown_shape(part.output), note_of(parameters),
        shares=part.shares or "", times=times, loops=loops,
    )  # fmt: skip


def _parameters(block: Block, inputs: tuple[Shape, ...]) -> int:
    if isinstance(block, CompositeBlock):
        return sum(_parameters(part.block, part.inputs) for part in parts_of(block, inputs) if not part.shares)
    return sum(weight.size for weight in block.weights(*inputs))
