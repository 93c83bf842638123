"""Weights as TensorBoard shows them: how often each value is there, and as pictures."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_BUCKETS: Final = 30
_MOST_PICTURES: Final = 3
"""As many as TensorFlow's own function for images writes."""


def histogram(values: NDArray[Any]) -> NDArray[np.float64]:
    """How many of `values` lie between which: rows of left, right and count, as TensorBoard takes them."""
    counts, edges = np.histogram(values.ravel().astype(np.float64), _BUCKETS)
    return np.stack([edges[:-1], edges[1:], counts.astype(np.float64)], axis=1)


def pictures(values: NDArray[Any]) -> NDArray[np.uint8] | None:
    """The weights of one layer as pictures: black is the lowest, white the highest and the middle grey 0.

    They lie as Keras lays them: a bias is one column; a matrix lies with its longer side across; of a kernel of three
    sides each channel is a picture of its own, and of four sides each filter that reads three colours.

    Returns:
        uint8, (pictures, height, width, 1 or 3); None where the weights are of no shape that can be seen.
    """
    lain = _lain(np.squeeze(values))
    if lain is None or not lain.size:
        return None
    lain = np.nan_to_num(lain[:_MOST_PICTURES].astype(np.float64), posinf=0.0, neginf=0.0)
    most = np.abs(lain).max() or 1.0
    return np.rint(127.5 + 127.5 * (lain / most)).astype(np.uint8)


def encoded(images: NDArray[np.uint8]) -> tf.Tensor:
    """Width, height and each image as PNG: what TensorBoard takes as images."""
    _count, height, width, _channels = images.shape
    return tf.constant([str(width), str(height), *(tf.io.encode_png(image).numpy() for image in images)])


def _lain(values: NDArray[Any]) -> NDArray[Any] | None:
    match values.ndim:
        case 1:
            return values[None, :, None, None]
        case 2:
            return (values.T if values.shape[0] > values.shape[1] else values)[None, :, :, None]
        case 3:
            return values.transpose(2, 0, 1)[..., None]
        case 4 if values.shape[2] == 3:
            return values.transpose(3, 0, 1, 2)
    return None
