"""In which order a training goes through its images. Imports no Keras."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def order_of(seed: int, epoch: int, images: int) -> NDArray[np.int32]:
    """The places of the images in the order of `epoch` (from 0), which it and the seed decide, (images,)."""
    return np.random.default_rng((seed, epoch)).permutation(images).astype(np.int32)
