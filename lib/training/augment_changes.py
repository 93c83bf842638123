"""The arithmetic of an augmentation, for NumPy and for Keras alike.

Every function takes `ops`, where the functions come from (`keras.ops`, or `NUMPY` of `lib.training.augmenting`), a
batch of images (images, height, width, channels) from 0 to 1, their answers, what was drawn for them, and the fields of
its step; it gives the images and their answers. On the same images each does what Keras's layer of that name does.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def flip(ops: Any, images: Any, answers: Any, flips: Any, mode: str) -> tuple[Any, Any]:
    """Mirror the images that `flips` says."""
    mirrored = images if mode == "vertical" else ops.flip(images, axis=2)
    if mode != "horizontal":
        mirrored = ops.flip(mirrored, axis=1)
    return ops.where(flips[:, None, None, None], mirrored, images), answers


def warp(
    ops: Any, images: Any, answers: Any, matrix: Any, fill_mode: str, interpolation: str, fill_value: float,
    **_fields: Any
) -> tuple[Any, Any]:
    """Take each pixel from where `matrix` says, between pixels from those around it."""
    height, width, channels = images.shape[1:]
    y, x = np.indices((height, width), np.float32).reshape(2, 1, -1)
    at_x = folded(ops, matrix[:, 0:1] * x + matrix[:, 1:2] * y + matrix[:, 2:3], width, fill_mode)
    at_y = folded(ops, matrix[:, 3:4] * x + matrix[:, 4:5] * y + matrix[:, 5:6], height, fill_mode)
    flat = ops.reshape(images, (-1, channels))
    first = ops.arange(ops.shape(images)[0], dtype="int32")[:, None] * (height * width)

    def pixels(rows: Any, columns: Any) -> Any:
        there = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
        places = ops.clip(rows, 0, height - 1) * width + ops.clip(columns, 0, width - 1)
        return ops.where(there[:, :, None], ops.take(flat, first + ops.cast(places, "int32"), axis=0), fill_value)

    if interpolation == "nearest":
        found = pixels(nearest(ops, at_y), nearest(ops, at_x))
    else:
        left, top = ops.floor(at_x), ops.floor(at_y)
        right, down = (at_x - left)[:, :, None], (at_y - top)[:, :, None]
        above = (1 - right) * pixels(top, left) + right * pixels(top, left + 1)
        below = (1 - right) * pixels(top + 1, left) + right * pixels(top + 1, left + 1)
        found = (1 - down) * above + down * below
    return ops.reshape(found, (-1, height, width, channels)), answers


def folded(ops: Any, at: Any, size: int, fill_mode: str) -> Any:
    """Places outside 0 to size - 1 brought back into the image as TensorFlow does; "constant" leaves them outside."""
    if fill_mode == "constant":
        return at
    if fill_mode == "reflect":
        at = at - 2 * size * ops.floor(at / (2 * size))
        at = ops.where(at >= size, 2 * size - 1 - at, at)
    elif fill_mode == "wrap" and size > 1:
        before = at + size * (ops.floor(-at / (size - 1)) + 1)
        behind = at - size * ops.floor(at / (size - 1))
        at = ops.where(at < 0, before, ops.where(at > size - 1, behind, at))
    return ops.clip(at, 0, size - 1)


def nearest(ops: Any, at: Any) -> Any:
    """Whole numbers; what is halfway goes away from 0."""
    return ops.where(at < 0, ops.ceil(at - 0.5), ops.floor(at + 0.5))


def contrast(ops: Any, images: Any, answers: Any, factors: Any, factor: float) -> tuple[Any, Any]:
    """Bring each channel nearer to its mean, or farther away."""
    mean = ops.mean(ops.mean(images, axis=1, keepdims=True), axis=2, keepdims=True)
    return ops.clip((images - mean) * factors[:, None, None, None] + mean, 0, 1), answers


def brightness(ops: Any, images: Any, answers: Any, shades: Any, factor: float) -> tuple[Any, Any]:
    """Make each image lighter or darker."""
    return ops.clip(images + shades[:, None, None, None], 0, 1), answers


def erase(
    ops: Any, images: Any, answers: Any, boxes: Any, *noise: Any, fill_value: float | None, **_fields: Any
) -> tuple[Any, Any]:
    """Paint over a rectangle of each image, with one shade or with noise."""
    return ops.where(covered(images, boxes), noise[0] if noise else fill_value, images), answers


def mix(ops: Any, images: Any, answers: Any, partners: Any, weights: Any, alpha: float) -> tuple[Any, Any]:
    """Lay each image over its partner, and its answer over that of the partner."""
    return (blended(ops, images, partners, weights[:, None, None, None]),
            blended(ops, answers, partners, weights[:, None]))


def patch(
    ops: Any, images: Any, answers: Any, partners: Any, boxes: Any, weights: Any, factor: float
) -> tuple[Any, Any]:
    """Put a rectangle of its partner into each image, and mix the answers."""
    patched = ops.where(covered(images, boxes), ops.take(images, partners, axis=0), images)
    return patched, blended(ops, answers, partners, weights[:, None])


def blended(ops: Any, those: Any, partners: Any, weights: Any) -> Any:
    """Each of those mixed with its partner."""
    return weights * those + (1 - weights) * ops.take(those, partners, axis=0)


def covered(images: Any, boxes: Any) -> Any:
    """Which pixels lie in the rectangles, (images, height, width, 1)."""
    y, x = np.indices(images.shape[1:3], np.float32)[:, None, :, :, None]
    left, right, top, bottom = (boxes[:, side, None, None, None] for side in range(4))
    return (x >= left) & (x < right) & (y >= top) & (y < bottom)
