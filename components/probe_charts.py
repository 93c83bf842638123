"""Charts of what is inside a network from epoch to epoch: hills of histograms, lines of its layers, bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from components.numbers import decimal, percent
from lib.i18n import _

HEIGHT: Final = 230
HILLS_HEIGHT: Final = 300
USUAL: Final = (3e-4, 3e-3)
"""Between these, how far a batch moves the weights for their size is usual: about a thousandth."""
_MOST_HILLS: Final = 9
_OVERLAP: Final = 1.7
_BLUE: Final = "58, 143, 208"
_GREY: Final = "#808896"
_WHOLE: Final = 10_000
_LETTERS: Final = 36

Probe = dict[str, Any]


def layer_of(probe: Probe, name: str) -> dict[str, Any]:
    """What `probe` says of a layer; nothing where it does not know it."""
    return next((layer for layer in probe["layers"] if layer["name"] == name), {})


def hills(probes: Sequence[Probe], layer: str, what: str) -> go.Figure:
    """A hill for each of some epochs, the newest in front: where the values of a layer lie.

    Args:
        probes: one an epoch, the oldest first.
        layer: its name.
        what: "weights" or "answers".
    """
    chosen = [(probe["epoch"], layer_of(probe, layer).get(what)) for probe in _some(probes)]
    found = [(epoch, told) for epoch, told in chosen if told]
    figure = go.Figure()
    low = min((told["low"] for _epoch, told in found), default=-1.0)
    high = max((told["high"] for _epoch, told in found), default=1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    for place, (epoch, told) in enumerate(found):
        base = len(found) - 1 - place
        figure.add_trace(_hill(epoch, told, base, (low, high), (place + 1) / len(found)))
        if told["zeros"] >= 0.005:
            figure.add_annotation(x=1, xref="paper", xanchor="right", y=base, yanchor="bottom", showarrow=False,
                                  text=_("{share} zeros").format(share=percent(told["zeros"], 0)), font={"size": 11})
    figure.update_layout(height=HILLS_HEIGHT, margin={"l": 0, "r": 8, "t": 8, "b": 24}, showlegend=False)
    figure.update_xaxes(range=[low, high], fixedrange=True, zeroline=True, nticks=6)
    figure.update_yaxes(
        range=[-0.15, max(len(found) - 1 + _OVERLAP, 1)], fixedrange=True, showgrid=False, zeroline=False, ticks="",
        tickvals=list(range(len(found))), ticksuffix="  ", ticktext=[str(epoch) for epoch, _told in reversed(found)])
    return figure


def gradient_lines(probes: Sequence[Probe], layer: str, epochs: int) -> dict[str, Any]:
    """The norm of the gradient of every layer from epoch to epoch, that of one brought out."""
    return _lines(probes, layer, epochs, "gradient")


def update_lines(probes: Sequence[Probe], layer: str, epochs: int) -> dict[str, Any]:
    """How far the last batch of each epoch moved every layer for its size, with what is usual as a band."""
    spec = _lines(probes, layer, epochs, "update", USUAL)
    band = {"silent": True, "itemStyle": {"color": _GREY, "opacity": 0.15},
            "label": {"show": True, "position": "insideBottomLeft", "color": _GREY},
            "data": [[{"yAxis": USUAL[0], "name": _("usual")}, {"yAxis": USUAL[1]}]]}
    return {**spec, "series": [{"type": "line", "data": [], "markArea": band, "silent": True}, *spec["series"]]}


def dead_bars(probe: Probe) -> dict[str, Any]:
    """The share of dead units of every layer that can have any."""
    layers = [layer for layer in probe["layers"] if layer["dead"]]
    shares = [round(100 * dead / units, 2) for dead, units in (layer["dead"] for layer in layers)]
    bars = [{"value": share, "label": {"formatter": f"{layer['dead'][0]} / {layer['dead'][1]}"}}
            for share, layer in zip(shares, layers, strict=True)]
    # Names that have no room side by side.
    slanted = sum(len(layer["name"]) for layer in layers) > _LETTERS
    return {
        "animation": False,
        "grid": {**_GRID, "top": 22, "bottom": 76 if slanted else 26},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f%%", "confine": True, "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "category", "data": [layer["name"] for layer in layers],
                  "axisLabel": {"width": 90, "overflow": "truncate", "rotate": 35 if slanted else 0}},
        "yAxis": {"type": "value", "min": 0, "max": 100, "interval": 25, "axisLabel": {"formatter": "{value}%"}},
        "series": [{"type": "bar", "name": _("Dead units"), "data": bars, "barMaxWidth": 34,
                    "itemStyle": {"color": "#cf5300"}, "label": {"show": len(layers) <= 12, "position": "top"}}],
    }


_GRID: Final = {"left": 56, "right": 18, "top": 12, "bottom": 26, "containLabel": False, "outerBoundsMode": "none"}


def _some(probes: Sequence[Probe]) -> list[Probe]:
    places = np.linspace(0, len(probes) - 1, min(len(probes), _MOST_HILLS))
    return [probes[place] for place in sorted({round(place) for place in places})]


def _hill(epoch: int, told: dict[str, Any], base: int, ends: tuple[float, float], strength: float) -> go.Scatter:
    """One histogram as an outline over its baseline, the fullest bin as high as those of the others."""
    counts = np.asarray(told["counts"], float)
    width = (told["high"] - told["low"]) / len(counts)
    if not width:
        # All values are one: a peak that can be seen.
        width, counts = (ends[1] - ends[0]) / 100, np.array([counts.sum()])
    middles = told["low"] + width * (np.arange(len(counts)) + (0.5 if len(counts) > 1 else 0))
    x = np.concatenate([[ends[0], middles[0] - width / 2], middles, [middles[-1] + width / 2, ends[1]]])
    y = np.concatenate([[0, 0], counts / max(counts.max(), 1) * _OVERLAP, [0, 0]])
    text = [""] * 2 + [percent(count / _WHOLE) for count in counts] + [""] * 2
    hover = _("epoch {epoch}: {share} of the values are near {value}").format(
        epoch=epoch, share="%{text}", value="%{x:.3g}")
    return go.Scatter(x=np.clip(x, *ends), y=base + y, text=text, mode="lines", fill="toself",
                      hovertemplate=f"{hover}<extra></extra>",
                      line={"color": f"rgba({_BLUE}, {0.55 + 0.45 * strength:.2f})", "width": 1.5},
                      fillcolor=f"rgba({_BLUE}, {0.1 + 0.4 * strength:.2f})", cliponaxis=False)


def _lines(probes: Sequence[Probe], chosen: str, epochs: int, what: str,
           least: tuple[float, float] | None = None) -> dict[str, Any]:
    names = [layer["name"] for layer in probes[-1]["layers"]] if probes else []
    points = {name: [(probe["epoch"], layer_of(probe, name).get(what)) for probe in probes] for name in names}
    drawn = {name: [[epoch, value] for epoch, value in found if value] for name, found in points.items()}
    drawn = {name: found for name, found in drawn.items() if found}
    values = [value for found in drawn.values() for _epoch, value in found] + list(least or ())
    low, high = (10 ** np.floor(np.log10(min(values))), 10 ** np.ceil(np.log10(max(values)))) if values else (0.01, 1)
    series = [_line(name, found, name == chosen) for name, found in drawn.items()]
    return {
        "animation": False,
        "grid": _GRID,
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{a}, {c}"},
        "xAxis": {"type": "value", "min": 0, "max": epochs, "minInterval": 1, "axisLabel": {"showMaxLabel": True}},
        "yAxis": {"type": "log", "min": float(low), "max": float(max(high, low * 10)),
                  "axisLabel": {"formatter": "{value}"}},
        "series": series,
    }


def _line(name: str, points: list[list[float]], chosen: bool) -> dict[str, Any]:
    found = [{"value": point, "tooltip": {"formatter": _("{layer}, epoch {epoch}: {value}").format(
        layer="{a}", epoch=int(point[0]), value=decimal(point[1]))}} for point in points]
    looks: dict[str, Any] = {"itemStyle": {"color": "#3a8fd0"}, "lineStyle": {"width": 3}, "symbolSize": 8, "z": 3}
    quiet: dict[str, Any] = {"itemStyle": {"color": _GREY, "opacity": 0.7}, "symbolSize": 4, "z": 2,
                             "lineStyle": {"width": 1, "opacity": 0.55}}
    return {"type": "line", "name": name, "data": found, "symbol": "circle", "emphasis": {"focus": "series"},
            **(looks if chosen else quiet)}
