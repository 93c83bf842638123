"""What a network made of images, beside what it was given and what it should have made."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from components.image_grid import strip
from lib.i18n import _

_LARGE: Final = 84
"""Pixels that an image is drawn with at most, unless it has more."""


def draw_pictures(found: Sequence[Mapping[str, Any]]) -> None:
    """A grid of rows: what went in, what came out and, where that is not what went in, what should have."""
    denoised = any(picture["inputs"] != [picture["wanted"]] for picture in found)
    st.caption(_("Left the input, in the middle what the network made of it, right what it should be") if denoised else
               _("Left the input, right what the network made of it"))
    grid = st.grid(6, min_column_width=180)
    for number, picture in enumerate(found, start=1):
        row = [*picture["inputs"], picture["told"], *([picture["wanted"]] if denoised else [])]
        images = np.stack([_opened(image) for image in row])
        with grid.cell():
            st.image(strip(images, max(1, _LARGE // max(images.shape[1:3]))), width="content",
                     alt=_("Test image {number}: input and output").format(number=number))


def _opened(png: str) -> NDArray[np.uint8]:
    with Image.open(BytesIO(base64.b64decode(png))) as image:
        pixels = np.asarray(image, np.uint8)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
