"""The live picture of a network: a drawing whose nodes can be clicked, or reached and pressed with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from components.colours import INPUT, colour_css
from components.graph_layout import Layout, layered
from components.navigation import ROOT
from components.summary import shown_shape
from components.units import compact
from lib.arch import Architecture, Node, analyse
from lib.i18n import _, language

_PANEL: Final = 460
_WIDEST: Final = 190
_NARROWEST: Final = 132
_GAP: Final = 24
_HEIGHT: Final = 44
_STEP: Final = 68
_MARGIN: Final = 6
_THIN_SPACE: Final = "\u202f"
_OUTPUT_ID: Final = "output:"
_LETTER: Final = 7.2
_SMALL_LETTER: Final = 6.0

_STATIC: Final = ROOT / "components/static"
_PICTURE: Final = st.components.v2.component(
    "blockyard_graph",
    html='<div class="picture"></div>\n',
    css=f"{colour_css()}\n{(_STATIC / 'graph.css').read_text(encoding='utf-8')}",
    js=(_STATIC / "graph.js").read_text(encoding="utf-8"),
)


def graph(architecture: Architecture, chosen: str | None, on_pick: Callable[[str], None], key: str) -> None:
    """Draw `architecture`; a click on an input or node calls `on_pick` with its id before the page is drawn again."""

    def picked() -> None:
        node = st.session_state[key].get("pick")
        if isinstance(node, str) and (node in architecture.inputs or node in architecture.by_id):
            on_pick(node)

    _PICTURE(
        key=key,
        data={"picture": _drawing(architecture, language()), "chosen": chosen, "label": _("Picture")},
        on_pick_change=picked,
    )


@lru_cache(maxsize=64)
def _structure(sources: tuple[tuple[str, tuple[str, ...]], ...]) -> Layout:
    return layered(dict(sources))


@lru_cache(maxsize=256)
def _drawing(architecture: Architecture, _language: str) -> str:
    """The picture as SVG: names are identifiers and the rest our own words, escaped all the same."""
    sources: dict[str, tuple[str, ...]] = dict.fromkeys(architecture.inputs, ())
    sources.update({node.id: tuple(dict.fromkeys(node.inputs)) for node in architecture.nodes})
    outputs = {f"{_OUTPUT_ID}{name}": target for name, target in architecture.outputs.items()}
    sources.update({name: (target,) for name, target in outputs.items()})
    return _Picture(architecture, _structure(tuple(sources.items()))).svg(outputs)


class _Picture:
    """One drawing: boxes get narrower where several stand side by side, so that their text need not shrink."""

    def __init__(self, architecture: Architecture, layout: Layout) -> None:
        self.architecture = architecture
        self.analysis = analyse(architecture)
        self.layout = layout
        self.width = max(_NARROWEST, min(_WIDEST, round(_PANEL / layout.width) - _GAP))

    def svg(self, outputs: Iterable[str]) -> str:
        """The whole drawing."""
        parts = [self._edge(points) for points in self.layout.edges.values()]
        parts += [self._input(name) for name in self.architecture.inputs]
        parts += [self._node(node) for node in self.architecture.nodes]
        parts += [self._output(name) for name in outputs]
        width = self.layout.width * (self.width + _GAP) + 2 * _MARGIN
        height = (self.layout.layers - 1) * _STEP + _HEIGHT + 2 * _MARGIN
        return (
            f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="group">'
            f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 1 7 4 0 7Z" class="tip"/></marker></defs>{"".join(parts)}</svg>'
        )

    def _point(self, place: tuple[float, int]) -> tuple[float, float]:
        """The middle of the top of a box, in pixels."""
        return place[0] * (self.width + _GAP) + _MARGIN, place[1] * _STEP + _MARGIN

    def _edge(self, points: tuple[tuple[float, int], ...]) -> str:
        """A line from the bottom of the first box to the top of the last, straight through the layers between."""
        x, y = self._point(points[0])
        y += _HEIGHT
        path = [f"M{x:.1f} {y:.1f}"]
        for index, place in enumerate(points[1:], 1):
            next_x, next_y = self._point(place)
            middle = (y + next_y) / 2
            path.append(f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_y:.1f}")
            x, y = next_x, next_y
            if index < len(points) - 1:
                y += _HEIGHT
                path.append(f"V{y:.1f}")
        return f'<path class="edge" d="{" ".join(path)}" marker-end="url(#tip)"/>'

    def _input(self, name: str) -> str:
        return self._box(name, f"family-{INPUT}", _("Input"), shown_shape(self.architecture.inputs[name]), "")

    def _node(self, node: Node) -> str:
        report = self.analysis.nodes[node.id]
        parameters = compact(report.parameters) if report.parameters else ""
        family = f"family-{report.block.family}"
        shape = shown_shape(report.output_shape)
        return self._box(node.id, family, report.block.name, shape, parameters, wrong=report.problem is not None)

    def _box(self, node: str, family: str, kind: str, shape: str, note: str, *, wrong: bool = False) -> str:
        x, y = self._point(self.layout.places[node])
        room = self.width - 24
        name = _cut(node, (room - len(note) * _SMALL_LETTER) / _LETTER)
        # Half of a shape are thin spaces and signs.
        detail = f"{_cut(kind, room / _SMALL_LETTER - 2 - len(shape.replace(_THIN_SPACE, '')))} · {shape}"
        label = escape(", ".join(part for part in (node, kind, shape, note) if part))
        end = self.width - 9
        return (
            f'<g class="node {family}{" wrong" if wrong else ""}" data-node="{escape(node)}" tabindex="0" '
            f'transform="translate({x - self.width / 2:.1f} {y:.1f})" role="button" aria-label="{label}">'
            f"<title>{label}</title>"
            f'<rect class="box" width="{self.width}" height="{_HEIGHT}" rx="7"/>'
            f'<path class="band" d="M7 0H6a6 6 0 0 0-6 6v{_HEIGHT - 12}a6 6 0 0 0 6 6h1Z"/>'
            f'<text class="name" x="16" y="18">{escape(name)}</text>'
            f'<text class="detail" x="16" y="35">{escape(detail)}</text>'
            f'<text class="note" x="{end}" y="18">{escape(note)}</text>'
            f'<text class="mark" x="{end}" y="35">{"!" if wrong else ""}</text></g>'
        )

    def _output(self, name: str) -> str:
        x, y = self._point(self.layout.places[name])
        width = self.width - 40
        shown = _cut(name.removeprefix(_OUTPUT_ID), width / _LETTER - 2)
        return (
            f'<g class="output" transform="translate({x:.1f} {y:.1f})">'
            f'<rect class="box" x="{-width / 2:.1f}" width="{width}" height="28" rx="14"/>'
            f'<text x="0" y="18">{escape(shown)}</text></g>'
        )


def _cut(text: str, room: float) -> str:
    """`text` in about `room` characters."""
    longest = max(int(room), 6)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
