"""Rows of small images, enlarged so that every pixel stays a square."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from components.text import plain
from lib.data import Dataset
from lib.i18n import _

_ENLARGED: Final = 4
_LARGE: Final = 128
"""Pixels of a drawn image beyond which none is enlarged further."""
_GAP: Final = 8
_NARROWEST: Final = 380


_MOST_KEPT: Final = 8


class ClassRow(NamedTuple):
    """Some training images of one class: its number and the row as PNG."""

    number: int
    png: bytes


_rows: Final[WeakKeyDictionary[Dataset, dict[tuple[int, int], Sequence[ClassRow]]]] = WeakKeyDictionary()


def strip(images: NDArray[np.uint8], enlarged: int = _ENLARGED, gap: int = _GAP) -> bytes:
    """A PNG of `images` (N, height, width, 1 or 3; uint8) side by side, with `gap` transparent pixels between them.

    Each pixel becomes a square of `enlarged` x `enlarged` here, for a browser would blur it.
    """
    large = images.repeat(enlarged, axis=1).repeat(enlarged, axis=2)
    count, height, width, channels = large.shape
    canvas = np.zeros((height, count, width + gap, channels + 1), np.uint8)
    canvas[:, :, :width, :channels] = large.transpose(1, 0, 2, 3)
    canvas[:, :, :width, channels] = 255
    row = canvas.reshape(height, count * (width + gap), channels + 1)[:, : count * (width + gap) - gap]
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(row)).save(file, "PNG", compress_level=3)
    return file.getvalue()


def class_rows(dataset: Dataset, seed: int, each: int = 10) -> Sequence[ClassRow]:
    """Up to `each` training images of every class, drawn by `seed`.

    The last ones are kept as long as the images are, since many sessions see the same ones.
    """
    kept = _rows.setdefault(dataset, {})
    if (seed, each) not in kept:
        for old in list(kept)[: 1 - _MOST_KEPT]:
            kept.pop(old, None)
        kept[seed, each] = _class_rows(dataset, seed, each)
    return kept[seed, each]


def _class_rows(dataset: Dataset, seed: int, each: int) -> Sequence[ClassRow]:
    generator = np.random.default_rng(seed)
    rows = [generator.permutation(members)[:each] for members in dataset.members]
    enlarged = enlargement(dataset.input_shape)
    return tuple(ClassRow(number, strip(dataset.x_train[chosen], enlarged))
                 for number, chosen in enumerate(rows) if len(chosen))


def enlargement(shape: tuple[int, int, int]) -> int:
    """How many times larger images of `shape` are drawn: small ones most."""
    return max(1, min(_ENLARGED, _LARGE // max(shape[:2])))


@st.fragment
def class_grid(dataset: Dataset, key: str) -> None:
    """Ten training images of each class and a button that shows others.

    Args:
        dataset: what to show.
        key: where this session remembers how often the button was pressed.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(_("Ten training images of each class, drawn at random."))
        if st.button(_("Show others"), icon=":material/shuffle:", key=f"{key}.others"):
            st.session_state[f"{key}.seed"] = st.session_state.get(f"{key}.seed", 0) + 1
    rows = class_rows(dataset, st.session_state.get(f"{key}.seed", 0))
    labels = dataset.info.shown_labels
    grid = st.grid(2, min_column_width=_NARROWEST)
    for row in rows:
        with grid.cell().container(gap="xsmall"):
            label = labels[row.number]
            st.markdown(f"**{plain(label)}**")
            st.image(row.png, width="stretch", alt=_("Training images of the class {label}").format(label=label))
