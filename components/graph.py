"""The live picture of a network: a drawing whose nodes can be clicked, or reached and pressed with the keyboard.

Composites are closed at first; a sign at their box opens them, and shows their layers in a frame.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Final

import streamlit as st

from components.assets import joined
from components.colours import colour_css
from components.graph_drawing import box, pill, svg, ties
from components.graph_place import OUTPUT, Measures, placed
from components.graph_tree import Face, Level, Path, Wiring, note_of, open_node, repeats
from components.summary import shown_shape
from lib.arch import Architecture, CompositeBlock, Node, NodeReport, analyse
from lib.colours import INPUT
from lib.errors import UserError
from lib.i18n import _, language

_OPEN: Final = "build.picture.open"
_MOST_OPEN: Final = 1_000
_LONGEST_PATH: Final = 1_000
"""In letters: no network is so deep."""

_MEASURES: Final = Measures()
_TOOLS: Final = {"out": "M5 8h6", "in": "M5 8h6M8 5v6", "fit": "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3"}
_BUTTONS: Final = "".join(
    f'<button type="button" data-tool="{tool}"><svg width="16" height="16" aria-hidden="true"><path d="{sign}"/></svg>'
    "</button>"
    for tool, sign in _TOOLS.items()
)
_PICTURE: Final = st.components.v2.component(
    "blockyard_graph",
    html=f'<div class="picture"><div class="view"></div><div class="side" hidden><div class="tools">{_BUTTONS}</div>'
    '<svg class="map" aria-hidden="true" preserveAspectRatio="none"></svg></div></div>\n',
    css=f"{colour_css()}\n{joined('drawing.css', 'graph.css')}",
    js=joined("graph.js"),
)


def graph(architecture: Architecture, chosen: str | None, on_pick: Callable[[str], None], key: str) -> None:
    """Draw `architecture`; a click on an input or node calls `on_pick` with its id before the page is drawn again."""

    def picked() -> None:
        node = st.session_state[key].get("pick")
        if isinstance(node, str) and (node in architecture.inputs or node in architecture.by_id):
            on_pick(node)

    def folded() -> None:
        path = st.session_state[key].get("fold")
        if isinstance(path, str) and len(path) <= _LONGEST_PATH and path.partition("/")[0] in architecture.by_id:
            fold(path)

    _PICTURE(
        key=key,
        data={
            "picture": drawing(architecture, opened(architecture), language()),
            "chosen": chosen,
            "texts": _texts(),
        },
        on_pick_change=picked,
        on_fold_change=folded,
    )


def _texts() -> dict[str, str]:
    return {
        "picture": _("Picture"), "in": _("Zoom in"), "out": _("Zoom out"), "fit": _("The whole network at a glance"),
    }


def opened(architecture: Architecture) -> frozenset[str]:
    """What is open in the picture of `architecture`: the ids of nodes, and of parts as "node/part/part"."""
    return frozenset(path for path in st.session_state.get(_OPEN, ()) if path.partition("/")[0] in architecture.by_id)


def fold(path: str) -> None:
    """Open the composite at `path` in the picture, or close it where it is open."""
    before = st.session_state.get(_OPEN, [])
    others = [other for other in before if other != path]
    st.session_state[_OPEN] = (others if path in before else [*others, path])[-_MOST_OPEN:]


@lru_cache(maxsize=256)
def drawing(architecture: Architecture, unfolded: frozenset[str], _language: str) -> str:
    """The picture as SVG, with everything open whose path is in `unfolded`."""
    level, faces = _content(architecture, unfolded)
    where = placed(level, _MEASURES)
    shared = {face.layer for face in faces.values() if face.shares}
    boxes, uses = [], []
    for spot in where.spots:
        face = faces.get(spot.path)
        if face is None:
            boxes.append(pill(spot.path[0].removeprefix(OUTPUT), spot, _MEASURES))
            continue
        is_shared = face.layer in shared
        if is_shared:
            uses.append((face.layer, spot))
        boxes.append(box(face, spot, is_shared, _MEASURES, _language))
    return svg(where, ties(uses) + "".join(boxes), 'role="group"')


def _content(architecture: Architecture, unfolded: frozenset[str]) -> tuple[Level, dict[Path, Face]]:
    """The level of the nodes, and the faces of everything that is to be seen."""
    reports = analyse(architecture).nodes
    faces: dict[Path, Face] = {
        (name,): Face(name, _("Input"), INPUT, shown_shape(shape)) for name, shape in architecture.inputs.items()
    }
    inside = []
    for node in architecture.nodes:
        report = reports[node.id]
        face = faces[node.id,] = _face(node, report, architecture.is_trainable(node))
        if face.opens and node.id in unfolded:
            # Two free sizes that differ in truth may not fit each other where they are guessed.
            with suppress(UserError):
                level, below = open_node(report, node.shares, lambda path: "/".join(path) in unfolded)
                inside.append((node.id, level))
                faces.update(below)
    return Level(_wiring(architecture), tuple(inside)), faces


def _wiring(architecture: Architecture) -> Wiring:
    outputs = ((f"{OUTPUT}{name}", (target,)) for name, target in architecture.outputs.items())
    nodes = [(node.id, node.inputs) for node in architecture.nodes]
    return (*((name, ()) for name in architecture.inputs), *nodes, *outputs)


def _face(node: Node, report: NodeReport, trainable: bool) -> Face:
    times, loops = repeats(report.block)
    return Face(
        node.id,
        report.block.name,
        report.block.family,
        shown_shape(report.output_shape),
        note_of(report.parameters),
        layer=node.shares or node.id,
        shares=node.shares or "",
        opens=bool(report.layers) and isinstance(report.block, CompositeBlock),
        frozen=not trainable,
        wrong=report.problem is not None,
        times=times,
        loops=loops and times > 1,
    )
