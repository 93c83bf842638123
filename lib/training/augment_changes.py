"""The arithmetic of an augmentation, for NumPy and for Keras alike.

Every function takes `ops`, where the functions come from (`keras.ops`, or `NUMPY` of `lib.training.augment_numpy`), a
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
    return ops.image.affine_transform(images, matrix, interpolation=interpolation, fill_mode=fill_mode,
                                      fill_value=fill_value), answers


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
