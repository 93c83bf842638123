"""The shares of all layers as a treemap: an area for each, in the colour of its family, inside its composites."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from components.numbers import grouped
from lib.arch import Architecture, Layer, analyse
from lib.arch.block import Family
from lib.colours import FAMILY_COLOURS, takes_black
from lib.i18n import N_, _, language

_QUANTITIES: Final = {"parameters": N_("Parameters"), "macs": N_("MACs"), "activations": N_("Activations")}
_QUANTITY: Final = "costs.quantity"
_SECTION: Final = "costs.map"
_ROOT: Final = "-"
"""No block can have this name."""

_DARK_INK, _LIGHT_INK = "#000000", "#ffffff"
_GROUND: Final = {"light": "#eceae4", "dark": "#262c38"}


class Area(NamedTuple):
    """One rectangle: its id and that of what it lies in, what is written in it, its family and its quantity."""

    id: str
    parent: str
    label: str
    family: Family
    quantity: int


def treemap(architecture: Architecture) -> None:
    """A section that draws the treemap when it is opened; the table has the same numbers."""
    section = st.expander(_("Shares as areas"), icon=":material/grid_view:", key=_SECTION, on_change="rerun")
    if not section.open:
        return
    with section:
        quantity = st.segmented_control(
            _("Quantity"), list(_QUANTITIES), key=_QUANTITY, default="macs", required=True,
            format_func=lambda name: _(_QUANTITIES[name]), label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        found = areas(architecture, quantity or "macs")
        if not found:
            st.caption(_("Nothing to show: no layer has any."))
            return
        theme = "dark" if st.context.theme.type == "dark" else "light"
        st.plotly_chart(_figure(architecture, quantity or "macs", theme, language()), key="costs.treemap", theme=None,
                        config={"displayModeBar": False}, alt=_alternative(found, quantity or "macs"))


def areas(architecture: Architecture, quantity: str) -> tuple[Area, ...]:
    """The rectangles of all layers that have any of `quantity`, each after the composite that it lies in."""
    analysis = analyse(architecture)
    found: dict[str, Area] = {}
    for report in analysis.nodes.values():
        for layer in report.layers:
            amount = int(getattr(layer.cost, quantity))
            if amount:
                for area in _path(layer, report.block.family, amount):
                    known = found.get(area.id)
                    found[area.id] = area if known is None else area._replace(quantity=known.quantity + amount)
    return tuple(found.values())


def _path(layer: Layer, family: Family, amount: int) -> Iterator[Area]:
    """The rectangles from the block down to the layer."""
    for level, name in enumerate(layer.path):
        own = layer.block.family if level == len(layer.path) - 1 else family if level == 0 else "composite"
        parent = "/".join(layer.path[:level]) or _ROOT
        yield Area("/".join(layer.path[: level + 1]), parent, name, own, amount)


@lru_cache(maxsize=16)
def _figure(architecture: Architecture, quantity: str, theme: str, _language: str) -> go.Figure:
    found = areas(architecture, quantity)
    total = sum(area.quantity for area in found if area.parent == _ROOT)
    side = 1 if theme == "dark" else 0
    colours = [_GROUND[theme], *(FAMILY_COLOURS[area.family][side] for area in found)]
    trace = go.Treemap(
        ids=[_ROOT, *(area.id for area in found)],
        labels=[escape(architecture.name or _("Network")), *(escape(area.label) for area in found)],
        parents=["", *(area.parent for area in found)],
        values=[total, *(area.quantity for area in found)],
        branchvalues="total",
        text=[grouped(total), *(grouped(area.quantity) for area in found)],
        texttemplate="%{label}<br>%{text} · %{percentRoot:.1%}",
        hovertemplate="%{label}<br>%{text}<br>%{percentRoot:.1%}<extra></extra>",
        marker={
            "colors": colours,
            "line": {"width": 1, "color": _GROUND[theme]},
            "pad": {"t": 24, "l": 3, "r": 3, "b": 3},
        },
        textfont={"color": [_DARK_INK if takes_black(colour) else _LIGHT_INK for colour in colours]},
        tiling={"pad": 2},
        pathbar={"visible": False},
    )
    figure = go.Figure(trace)
    figure.update_layout(
        height=420, margin={"l": 0, "r": 0, "t": 0, "b": 0}, paper_bgcolor="rgba(0,0,0,0)",
        uniformtext={"minsize": 10, "mode": "hide"},
        font={"family": "'Source Sans', 'Noto Sans KR', sans-serif"},
    )  # fmt: skip
    return figure


def _alternative(found: tuple[Area, ...], quantity: str) -> str:
    """The largest shares in words."""
    top = sorted((area for area in found if area.parent == _ROOT), key=lambda area: -area.quantity)
    total = sum(area.quantity for area in top)
    shares = ", ".join(f"{area.label} {area.quantity / total:.0%}" for area in top[:5])
    return _("{quantity}, largest shares: {shares}").format(quantity=_(_QUANTITIES[quantity]), shares=shares)
