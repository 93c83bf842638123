"""The chance of an augmentation: what is drawn for each image of a batch, with NumPy alone.

Every function takes a generator, the shape of the batch (images, height, width, channels) and the fields of its step;
what it gives is for each image, along the first axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], ...]
Shape = tuple[int, int, int, int]


def draw_flips(generator: Generator, shape: Shape, **_fields: Any) -> Arrays:
    """Whether each image is mirrored."""
    return (generator.random(shape[0]) <= 0.5,)


def draw_angles(generator: Generator, shape: Shape, factor: float, **_fields: Any) -> Arrays:
    """For each image where its pixels come from, when it is turned, as `keras.ops.image.affine_transform` takes it."""
    angle = generator.uniform(-factor, factor, shape[0]) * 2 * np.pi
    x, y = (shape[2] - 1) / 2, (shape[1] - 1) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    return (matrix(cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos),)


def draw_zooms(
    generator: Generator, shape: Shape, height_factor: float, width_factor: float | None, **_fields: Any
) -> Arrays:
    """For each image where its pixels come from, when it is shown nearer or farther."""
    high = wide = generator.uniform(1 - height_factor, 1 + height_factor, shape[0])
    if width_factor is not None:
        wide = generator.uniform(1 - width_factor, 1 + width_factor, shape[0])
    x, y, none = (shape[2] - 1) / 2 * (1 - wide), (shape[1] - 1) / 2 * (1 - high), np.zeros(shape[0])
    return (matrix(wide, none, x, none, high, y),)


def draw_moves(
    generator: Generator, shape: Shape, height_factor: float, width_factor: float, **_fields: Any
) -> Arrays:
    """For each image where its pixels come from, when it is moved."""
    down = generator.uniform(-height_factor, height_factor, shape[0]) * shape[1]
    right = generator.uniform(-width_factor, width_factor, shape[0]) * shape[2]
    one, none = np.ones(shape[0]), np.zeros(shape[0])
    return (matrix(one, none, -right, none, one, -down),)


def draw_contrasts(generator: Generator, shape: Shape, factor: float) -> Arrays:
    """What each image's distance from its mean is multiplied by."""
    return (generator.uniform(1 - factor, 1 + factor, shape[0]).astype(np.float32),)


def draw_shades(generator: Generator, shape: Shape, factor: float) -> Arrays:
    """What is added to each image."""
    return (generator.uniform(-factor, factor, shape[0]).astype(np.float32),)


def draw_boxes(
    generator: Generator, shape: Shape, factor: float, scale: tuple[float, float], fill_value: float | None
) -> Arrays:
    """The rectangle of each image that is painted over, an empty one for some; and the noise, where that is painted."""
    sides = np.sqrt(generator.uniform(*scale, (shape[0], 2)))
    boxes = placed(generator, shape, sides)
    likely = generator.uniform(0, factor, shape[0])
    boxes[generator.random(shape[0]) >= likely] = 0
    if fill_value is not None:
        return (boxes,)
    return boxes, np.clip(generator.standard_normal(shape, np.float32), 0, 1)


def draw_mixes(generator: Generator, shape: Shape, alpha: float) -> Arrays:
    """The partner of each image, and the weight of the image itself."""
    partners = generator.permutation(shape[0]).astype(np.int32)
    return partners, generator.beta(alpha, alpha, shape[0]).astype(np.float32)


def draw_patches(generator: Generator, shape: Shape, factor: float) -> Arrays:
    """The partner of each image, the rectangle that comes from it, and the share of the image itself."""
    alpha = generator.uniform(0, factor) + 1e-6
    side = np.sqrt(1 - generator.beta(alpha, alpha, shape[0]))
    boxes = placed(generator, shape, np.stack([side, side], axis=1))
    area = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
    partners = generator.permutation(shape[0]).astype(np.int32)
    return partners, boxes, (1 - area / (shape[1] * shape[2])).astype(np.float32)


def placed(generator: Generator, shape: Shape, sides: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rectangles with these shares of the width and the height, anywhere in the image: left, right, top, bottom."""
    size = np.array([shape[2], shape[1]])
    first = generator.random((shape[0], 2)) * (size - sides * size)
    last = first + sides * size
    return np.stack([first[:, 0], last[:, 0], first[:, 1], last[:, 1]], axis=1).astype(np.float32)


def matrix(*columns: NDArray[np.float64]) -> NDArray[np.float32]:
    """For each image a0, a1, a2, b0, b1, b2 and two zeros: its pixel x, y comes from a0 x + a1 y + a2 and
    b0 x + b1 y + b2."""
    none = np.zeros(len(columns[0]))
    return np.stack([*columns, none, none], axis=1).astype(np.float32)
