"""The rectangles of the treemap: all there is, once, nested as composites are."""

from __future__ import annotations

import json

import pytest

from components.treemap import _figure, areas
from lib.arch import analyse, presets

QUANTITIES = ("parameters", "macs", "activations")


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", presets.names())
def test_areas_add_up_on_every_level(name: str, quantity: str) -> None:
    architecture = presets.load(name)
    found = areas(architecture, quantity)
    total = getattr(analyse(architecture).total, quantity)
    assert sum(area.quantity for area in found if area.parent == "-") == total
    inside: dict[str, int] = {}
    for area in found:
        inside[area.parent] = inside.get(area.parent, 0) + area.quantity
    assert all(inside.get(area.id, area.quantity) == area.quantity > 0 for area in found)
    assert {area.parent for area in found} <= {"-", *(area.id for area in found)}


def test_a_composite_holds_its_layers_in_their_own_colours() -> None:
    found = {area.id: area for area in areas(presets.load("mini-resnet"), "macs")}
    assert found["block1"].family == "composite"
    assert found["block1/conv1"].family == "conv"
    assert found["block1/conv1"].parent == "block1"
    assert "stem_relu" not in found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_escapes_names_and_its_ink_can_be_read(theme: str) -> None:
    lenet = presets.load("lenet5")
    hostile = type(lenet)(lenet.inputs, lenet.nodes, lenet.outputs, "<b>net</b>")
    trace = json.loads(_figure(hostile, "macs", theme, "en").to_json())["data"][0]
    assert trace["labels"][0] == "&lt;b&gt;net&lt;/b&gt;"
    for colour, ink in zip(trace["marker"]["colors"], trace["textfont"]["color"], strict=True):
        assert contrast(colour, ink) > 4.5


def contrast(one: str, two: str) -> float:
    """WCAG 2.2: the ratio of relative luminances, 1 to 21."""
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
