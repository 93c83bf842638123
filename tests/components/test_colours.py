"""Every family has a colour, and no two look alike to people with any colour vision."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from components.colours import colour_css
from lib.arch.block import FAMILIES
from lib.colours import FAMILY_COLOURS

# Machado, Oliveira and Fernandes 2009, severity 1: what linear RGB looks like without one kind of cone.
VISIONS = {
    "full": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
}
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                   [0.0193339, 0.1191920, 0.9503041]])
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[a:b], 16) / 255 for a, b in pairwise((1, 3, 5, 7))])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str) -> np.ndarray:
    """CIE L*a*b* of a colour as someone with this vision sees it."""
    seen = np.clip(VISIONS[vision] @ linear(colour), 0, 1)
    f = np.cbrt(TO_XYZ @ seen / WHITE)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_every_family_has_its_colour() -> None:
    assert set(FAMILY_COLOURS) == set(FAMILIES)
    assert all(f".family-{family}" in colour_css() for family in FAMILIES)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_no_two_families_look_alike(vision: str, theme: int) -> None:
    for (one, first), (other, second) in combinations(FAMILY_COLOURS.items(), 2):
        distance = np.linalg.norm(lab(first[theme], vision) - lab(second[theme], vision))
        assert distance > 15, f"{one} and {other}: {distance:.1f}"
