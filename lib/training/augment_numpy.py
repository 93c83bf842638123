"""What an augmentation needs of `keras.ops`, from NumPy: the page shows its images without Keras."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def affine_transform(
    images: Floats, transform: Floats, interpolation: str, fill_mode: str, fill_value: float
) -> Floats:
    """What `keras.ops.image.affine_transform` gives with TensorFlow, number by number.

    Args:
        images: (images, height, width, channels).
        transform: for each image a0, a1, a2, b0, b1, b2 and two zeros: the pixel x, y comes from
            a0 x + a1 y + a2, b0 x + b1 y + b2.
        interpolation: "nearest" or "bilinear".
        fill_mode: "reflect", "wrap", "nearest" or "constant", which takes `fill_value`.
    """
    count, height, width, _channels = images.shape
    y, x = np.indices((height, width), np.float32).reshape(2, 1, -1)
    a0, a1, a2, b0, b1, b2 = transform.T[:6, :, np.newaxis]
    at_x = _folded(a0 * x + a1 * y + a2, width, fill_mode)
    at_y = _folded(b0 * x + b1 * y + b2, height, fill_mode)
    image = np.arange(count)[:, np.newaxis]

    def pixels(rows: Floats, columns: Floats) -> Any:
        there = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
        row, column = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
        found = images[image, row.astype(np.intp), column.astype(np.intp)]
        return np.where(there[:, :, np.newaxis], found, np.float32(fill_value))

    if interpolation == "nearest":
        return pixels(_rounded(at_y), _rounded(at_x)).reshape(images.shape)  # type: ignore[no-any-return]
    left, top = np.floor(at_x), np.floor(at_y)
    right, down = (at_x - left)[:, :, np.newaxis], (at_y - top)[:, :, np.newaxis]
    # As TensorFlow has them: how far it is to the pixel behind.
    to_right, to_bottom = (left + 1 - at_x)[:, :, np.newaxis], (top + 1 - at_y)[:, :, np.newaxis]
    above = to_right * pixels(top, left) + right * pixels(top, left + 1)
    below = to_right * pixels(top + 1, left) + right * pixels(top + 1, left + 1)
    return (to_bottom * above + down * below).reshape(images.shape)  # type: ignore[no-any-return]


def _folded(at: Any, size: int, fill_mode: str) -> Any:
    """Places outside 0 to size - 1 brought back into the image as TensorFlow does; "constant" leaves them outside."""
    if fill_mode == "constant":
        return at
    if fill_mode == "reflect":
        twice = np.float32(2 * size)
        before = at + twice * np.trunc(-at / twice)
        before = np.where(before < -size, before + twice, -before - 1)
        behind = at - twice * np.trunc(at / twice)
        behind = np.where(behind >= size, twice - behind - 1, behind)
        at = np.where(at < 0, before, np.where(at > size - 1, behind, at))
    elif fill_mode == "wrap" and size > 1:
        before = at + size * (np.trunc(-at / (size - 1)) + 1)
        behind = at - size * np.trunc(at / (size - 1))
        at = np.where(at < 0, before, np.where(at > size - 1, behind, at))
    return np.clip(at, 0, size - 1)


def _rounded(at: Floats) -> Any:
    """Whole numbers; what is halfway goes away from 0."""
    return np.where(at < 0, np.ceil(at - 0.5), np.floor(at + 0.5))


NUMPY: Final = SimpleNamespace(
    clip=np.clip, flip=np.flip, mean=np.mean, take=np.take, where=np.where,
    image=SimpleNamespace(affine_transform=affine_transform))
"""The functions of `keras.ops` that the arithmetic of an augmentation reads."""
