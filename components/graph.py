"""The live picture of a network: a drawing whose nodes can be clicked, or reached and pressed with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from components.colours import INPUT, colour_css
from components.graph_layout import Layout, layered
from components.navigation import ROOT
from components.summary import shown_shape
from components.units import compact
from lib.arch import Analysis, Architecture, Node, analyse
from lib.i18n import _, language

_WIDTH: Final = 190
_GAP: Final = 26
_HEIGHT: Final = 44
_STEP: Final = 68
_MARGIN: Final = 6
_OUTPUT_ID: Final = "output:"
_LONGEST: Final = 22

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
    analysis = analyse(architecture)
    sources: dict[str, tuple[str, ...]] = dict.fromkeys(architecture.inputs, ())
    sources.update({node.id: tuple(dict.fromkeys(node.inputs)) for node in architecture.nodes})
    outputs = {f"{_OUTPUT_ID}{name}": target for name, target in architecture.outputs.items()}
    sources.update({name: (target,) for name, target in outputs.items()})
    layout = _structure(tuple(sources.items()))
    edges = [_edge(layout.edges[edge]) for edge in layout.edges]
    boxes = [_input(name, layout, architecture) for name in architecture.inputs]
    boxes += [_node(node, layout, analysis) for node in architecture.nodes]
    boxes += [_output(name, layout) for name in outputs]
    width = layout.width * (_WIDTH + _GAP) + 2 * _MARGIN
    height = (layout.layers - 1) * _STEP + _HEIGHT + 2 * _MARGIN
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="group">'
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 1 7 4 0 7Z" class="tip"/></marker></defs>{"".join(edges)}{"".join(boxes)}</svg>'
    )


def _point(place: tuple[float, int]) -> tuple[float, float]:
    """The middle of the top of a box, in pixels."""
    return place[0] * (_WIDTH + _GAP) + _MARGIN, place[1] * _STEP + _MARGIN


def _edge(points: tuple[tuple[float, int], ...]) -> str:
    """A line from the bottom of the first box down to the top of the last; it passes straight through each layer."""
    x, y = _point(points[0])
    y += _HEIGHT
    path = [f"M{x:.1f} {y:.1f}"]
    for index, place in enumerate(points[1:], 1):
        next_x, next_y = _point(place)
        middle = (y + next_y) / 2
        path.append(f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_y:.1f}")
        x, y = next_x, next_y
        if index < len(points) - 1:
            y += _HEIGHT
            path.append(f"V{y:.1f}")
    return f'<path class="edge" d="{" ".join(path)}" marker-end="url(#tip)"/>'


def _input(name: str, layout: Layout, architecture: Architecture) -> str:
    shape = shown_shape(architecture.inputs[name])
    return _box(name, layout, f"family-{INPUT}", name, f"{_('Input')} · {shape}", "")


def _node(node: Node, layout: Layout, analysis: Analysis) -> str:
    report = analysis.nodes[node.id]
    shape = shown_shape(report.output_shape)
    kind = report.block.name if len(report.block.name) + len(shape) <= _LONGEST else _abridged(report.block.name, shape)
    parameters = compact(report.parameters) if report.parameters else ""
    wrong = " wrong" if report.problem else ""
    return _box(node.id, layout, f"family-{report.block.family}{wrong}", node.id, f"{kind} · {shape}", parameters)


def _abridged(kind: str, shape: str) -> str:
    room = max(_LONGEST + 4 - len(shape), 6)
    return kind if len(kind) <= room else f"{kind[: room - 1]}…"


def _box(node: str, layout: Layout, kind: str, name: str, detail: str, note: str) -> str:
    x, y = _point(layout.places[node])
    shown = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    mark = "!" if "wrong" in kind else ""
    label = ", ".join(part for part in (name, detail, note) if part)
    return (
        f'<g class="node {kind}" data-node="{escape(node)}" transform="translate({x - _WIDTH / 2:.1f} {y:.1f})" '
        f'tabindex="0" role="button" aria-label="{escape(label)}"><title>{escape(label)}</title>'
        f'<rect class="box" width="{_WIDTH}" height="{_HEIGHT}" rx="7"/>'
        f'<path class="band" d="M7 0H6a6 6 0 0 0-6 6v{_HEIGHT - 12}a6 6 0 0 0 6 6h1Z"/>'
        f'<text class="name" x="16" y="18">{escape(shown)}</text>'
        f'<text class="detail" x="16" y="35">{escape(detail)}</text>'
        f'<text class="note" x="{_WIDTH - 9}" y="18">{escape(note)}</text>'
        f'<text class="mark" x="{_WIDTH - 9}" y="35">{mark}</text></g>'
    )


def _output(name: str, layout: Layout) -> str:
    x, y = _point(layout.places[name])
    shown = name.removeprefix(_OUTPUT_ID)
    shown = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
    return (
        f'<g class="output" transform="translate({x:.1f} {y:.1f})">'
        f'<rect class="box" x="{-_WIDTH / 2 + 20}" width="{_WIDTH - 40}" height="28" rx="14"/>'
        f'<text x="0" y="18">{escape(shown)}</text></g>'
    )
