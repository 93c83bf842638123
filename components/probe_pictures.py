"""The same few images after every epoch, each with what the network takes it for."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from zipfile import BadZipFile, ZipFile

import numpy as np
import streamlit as st
from PIL import Image

from components.assets import joined
from components.numbers import percent
from lib.i18n import _

FILE: Final = "inside.npz"
_STYLE: Final = "probe.css"
_LARGEST: Final = 20_000_000
_Found = TypeVar("_Found")


class Pictures(NamedTuple):
    """Images as addresses that hold them, and the names of all classes (message ids)."""

    images: tuple[str, ...]
    names: tuple[str, ...]


def pictures(folder: Path) -> Pictures | None:
    """The images that the run in `folder` is looked into with; None where there are none."""
    return kept_in(folder, _pictures)


def kept_in(folder: Path, read: Callable[[Path, int], _Found]) -> _Found | None:
    """What `read` finds in the file that the run in `folder` is looked into with, given that and when it was changed;
    None where there is none, or nothing of the kind in it."""
    path = folder / FILE
    try:
        return read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def draw_pictures(shown: Pictures, predicted: Sequence[Sequence[Any]]) -> None:
    """Each image with its answer.

    Args:
        shown: the images.
        predicted: for each its class, the class told, how sure that is, and the probability of its class.
    """
    figures = "".join(_figure(image, row, shown.names) for image, row in zip(shown.images, predicted, strict=False))
    put(figures, "looks")


def put(figures: str, kind: str) -> None:
    """Show HTML of figures side by side, with their style sheet."""
    st.html(f'{_sheet()}<div class="looks-box"><div class="{kind}">{figures}</div></div>')


def name_of(names: Sequence[str], number: int) -> str:
    """The name of a class in the language of the moment; its number where it has none."""
    return _(names[number]) if number < len(names) else str(number)


@cache
def _sheet() -> str:
    return f"<style>{' '.join(joined(_STYLE).split())}</style>"


def _figure(image: str, row: Sequence[Any], names: Sequence[str]) -> str:
    label, told, share, _own = row
    right = label == told
    answer, truth = name_of(names, told), name_of(names, label)
    below = "" if right else escape(_("is {name}").format(name=truth))
    sign, kind = ("✓", "") if right else ("✗", " wrong")
    alt = _("An image of the class {name}").format(name=truth)
    return (f'<figure class="look{kind}"><img src="{image}" alt="{escape(alt)}"><figcaption>'
            f'<span class="sure"><i style="width:{100 * (share or 0):.0f}%"></i></span>'
            f'<span title="{escape(answer)}">{sign} <b>{escape(answer)}</b> {percent(share, 0)}</span>'
            f'<small title="{below}">{below}</small></figcaption></figure>')


@lru_cache(maxsize=64)
def _pictures(path: Path, _changed: int) -> Pictures:
    found = arrays(path)
    return Pictures(tuple(map(address, found["images"])), tuple(map(str, found["names"])))


def arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays that a training left in `path`, by their names; a sandboxed one may have lied about what is in it.

    Raises:
        OSError, ValueError: it cannot be read, or is too large.
    """
    try:
        with ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _LARGEST:
                raise ValueError(path.name)
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (BadZipFile, TypeError, MemoryError, OverflowError) as error:
        raise ValueError(path.name) from error


def address(image: np.ndarray) -> str:
    """An image, uint8 (height, width, 1 or 3), as an address that holds it."""
    file = BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(file, "PNG")
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
