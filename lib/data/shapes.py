"""A synthetic data set: ten kinds of coloured shapes, drawn with numpy from a seed.

Exported scripts carry this file, so it imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
"""Values on the pixels of many images, (images, 32, 32). A distance is negative inside the shape; its unit is the
shape's radius."""

_SIDE: Final = 32
_TAU: Final = 2 * np.pi


def generate(seed: int = 2026) -> list[NDArray[Any]]:
    """6,000 images and labels to train on, then 1,000 to test with; the same for the same seed, classes alike."""
    generator = np.random.default_rng(seed)
    arrays: list[NDArray[Any]] = []
    for each in (600, 100):
        drawn = np.concatenate([_draw(kind, each, generator) for kind in DISTANCES])
        order = generator.permutation(len(drawn))
        arrays += [drawn[order], np.repeat(np.arange(len(DISTANCES)), each)[order]]
    return arrays


def _draw(kind: str, images: int, generator: Generator) -> NDArray[np.uint8]:
    """`images` pictures of one kind, (images, 32, 32, 3), each with its own place, size, turn, colours and noise."""
    def uniform(low: float, high: float) -> Field:
        return generator.uniform(low, high, (images, 1, 1)).astype(np.float32)

    radius = uniform(7, 12.5)
    turn = uniform(-0.45, 0.45)
    room = _SIDE / 2 - radius
    rows, columns = np.mgrid[0.5:_SIDE, 0.5:_SIDE].astype(np.float32) - _SIDE / 2
    right, down = columns - room * uniform(-0.9, 0.9), rows - room * uniform(-0.9, 0.9)
    x = (right * np.cos(turn) + down * np.sin(turn)) / radius
    y = (down * np.cos(turn) - right * np.sin(turn)) / radius
    coverage = np.clip(0.5 - DISTANCES[kind](x, y) * radius, 0, 1)[..., np.newaxis]
    ground, ink = _colours(images, generator)
    slope = (columns * uniform(-1, 1) + rows * uniform(-1, 1)) * 0.006
    picture = ground + (ink - ground) * coverage + slope[..., np.newaxis]
    picture += generator.standard_normal(picture.shape, np.float32) * uniform(0.01, 0.09)[..., np.newaxis]
    pixels: NDArray[np.uint8] = np.clip(picture * 255, 0, 255).astype(np.uint8)
    return pixels


def _colours(images: int, generator: Generator) -> tuple[Field, Field]:
    """A colour of the ground and one of the shape for each image, far enough apart to tell them, (images, 1, 1, 3).

    Of eight candidates the first whose distance to the ground exceeds 0.6 (of at most 1.7) is taken.
    """
    ground = generator.uniform(0.05, 0.95, (images, 1, 3)).astype(np.float32)
    candidates = generator.uniform(0.0, 1.0, (images, 8, 3)).astype(np.float32)
    far = np.linalg.norm(candidates - ground, axis=2)
    chosen = np.where((far > 0.6).any(axis=1), (far > 0.6).argmax(axis=1), far.argmax(axis=1))
    ink = candidates[np.arange(images), chosen]
    return ground[:, np.newaxis], ink[:, np.newaxis, np.newaxis]


def _both(*fields: Field) -> Field:
    """Inside of every one of them."""
    overlap: Field = np.maximum.reduce(np.broadcast_arrays(*fields))
    return overlap


def _either(*fields: Field) -> Field:
    """Inside of at least one of them."""
    union: Field = np.minimum.reduce(np.broadcast_arrays(*fields))
    return union


def _disc(x: Field, y: Field, radius: float) -> Field:
    distance: Field = np.hypot(x, y) - radius
    return distance


def _box(x: Field, y: Field, half_width: float, half_height: float) -> Field:
    return _both(np.abs(x) - half_width, np.abs(y) - half_height)


def _circle(x: Field, y: Field) -> Field:
    return _disc(x, y, 0.95)


def _ring(x: Field, y: Field) -> Field:
    return _both(_disc(x, y, 0.96), -_disc(x, y, 0.56))


def _square(x: Field, y: Field) -> Field:
    return _box(x, y, 0.78, 0.78)


def _triangle(x: Field, y: Field) -> Field:
    return _both(y - 0.62, 0.88 * np.abs(x) - 0.475 * (y + 1.05))


def _star(x: Field, y: Field) -> Field:
    """Five points: within a sector of 36 degrees the edge is one straight line."""
    sector = np.mod(np.arctan2(x, -y), _TAU / 5)
    angle = np.minimum(sector, _TAU / 5 - sector)
    along, across = np.hypot(x, y) * np.cos(angle), np.hypot(x, y) * np.sin(angle)
    distance: Field = 0.59 * (along - 1.08) + 0.81 * across
    return distance


def _cross(x: Field, y: Field) -> Field:
    return _either(_box(x, y, 0.28, 0.95), _box(x, y, 0.95, 0.28))


def _heart(x: Field, y: Field) -> Field:
    """Two discs above a corner whose sides touch them, and a box in the gap between the three."""
    side = np.abs(x)
    point = _both(0.73 * side + 0.68 * y - 0.569, -y - 0.02)
    return _either(_disc(side - 0.43, y + 0.36, 0.5), point, _box(x, y + 0.1, 0.4, 0.15))


def _moon(x: Field, y: Field) -> Field:
    return _both(_disc(x, y, 0.95), -_disc(x - 0.48, y, 0.72))


def _stripes(x: Field, y: Field) -> Field:
    return _both(_box(x, y, 0.9, 0.9), _bands(y + 0.1, 0.2))


def _checkerboard(x: Field, y: Field) -> Field:
    across, along = _bands(x, 0.46), _bands(y, 0.46)
    return _both(_box(x, y, 0.91, 0.91), _either(_both(across, along), _both(-across, -along)))


def _bands(position: Field, width: float) -> Field:
    """Bands of `width`, every other one inside, the first from 0 on."""
    distance: Field = np.abs(np.mod(position + width / 2, 2 * width) - width) - width / 2
    return distance


DISTANCES: Final[dict[str, Callable[[Field, Field], Field]]] = {
    "circle": _circle, "ring": _ring, "square": _square, "triangle": _triangle, "star": _star,
    "cross": _cross, "heart": _heart, "moon": _moon, "stripes": _stripes, "checkerboard": _checkerboard,
}
