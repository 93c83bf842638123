"""Data sets of this browser's own: how one comes in, gets another name, and goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.numbers import grouped
from components.owner import owner
from components.text import plain
from components.units import compact
from components.whole import whole
from lib.data import DatasetInfo, own, uploads
from lib.errors import UserError
from lib.i18n import _
from lib.settings import settings

NEXT: Final = "data.next"
"""Session state: the set to be shown next, for a widget's value cannot be set once it is drawn."""
_ASKED: Final = "data.own.asked"
_COUNT: Final = "data.own.count"
_SIDES: Final = (None, 28, 32, 48, 64, 96)
_TREE: Final = """\
pets.zip
├── {first}/    1.png   2.jpg   …
└── {second}/    1.png   2.jpg   …"""
_ARRAYS: Final = """\
np.savez("pets.npz", x_train=images, y_train=labels)"""


def ask() -> None:
    """Open the dialog with this drawing of the page."""
    st.session_state[_ASKED] = True


def _close() -> None:
    st.session_state.pop(_ASKED, None)


def dialog() -> None:
    """Draw the dialog that takes a file, where it has been asked for."""
    if _ASKED in st.session_state:
        st.dialog(_("Add your own images"), width="medium", icon=":material/upload:", on_dismiss=_close)(_body)()


def _body() -> None:
    _guide()
    key = f"data.own.file.{st.session_state.get(_COUNT, 0)}"
    file = st.file_uploader(_("A .zip or .npz file"), type=list(uploads.ENDINGS), key=key)
    stem = PurePath(file.name).stem if file else ""
    title = st.text_input(_("Name"), placeholder=stem, max_chars=own.LONGEST_TITLE, key="data.own.title").strip()
    place = st.segmented_control(
        _("Size of the images"), list(range(len(_SIDES))), default=0, required=True, key="data.own.side",
        format_func=_side,
        help=_("All images get one size: the most frequent one, at most {side} pixels a side, or a square of your "
               "choice. They keep their proportions; what juts out is cut off.").format(side=uploads.LARGEST_SIDE))
    most = settings()
    st.caption(_("Only this browser lists them. It may keep {sets} data sets, of {size} together.").format(
        sets=most.owner_datasets, size=compact(most.owner_datasets_disk * 1_000_000, "B")))
    ready = file is not None
    if st.button(_("Add them"), type="primary", icon=":material/add:", key="data.own.add", disabled=not ready) and file:
        _add(file, title or stem, _SIDES[place or 0])


def _guide() -> None:
    """What the file has to look like."""
    st.markdown(_("A zip with one folder for each class, named as the class. Folders train and test may stand above "
                  "them; otherwise a sixth of the images is held out to test with."))
    st.code(_TREE.format(first=_("cat"), second=_("dog")), language=None)
    with st.expander(_("Or NumPy arrays"), icon=":material/data_array:"):
        st.markdown(_("An .npz with x_train and y_train, with or without x_test and y_test. Images have the shape (N, "
                      "height, width) or (N, height, width, 3) and numbers from 0 to 255 or from 0 to 1; labels are "
                      "whole numbers or words."))
        st.code(_ARRAYS, language="python")


def _side(place: int) -> str:
    return f"{_SIDES[place]} × {_SIDES[place]}" if _SIDES[place] else _("as most are")


def _add(file: UploadedFile, title: str, side: int | None) -> None:
    """Read the file, keep what is in it, and show it; or say in one sentence why not."""
    bar = st.progress(0, text=_("Reading the images"))
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        if int(100 * share) > told:
            told = int(100 * share)
            bar.progress(told, text=_("Reading the images"))

    try:
        upload = uploads.read(file, file.name, side, tell)
        with whole():
            info = own.add(owner(), title, upload.arrays, upload.labels)
            st.session_state.update({NEXT: info.name, _COUNT: st.session_state.get(_COUNT, 0) + 1})
            _close()
    except UserError as error:
        bar.empty()
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.rerun()


def manage(info: DatasetInfo) -> None:
    """What this set is, and the ways to rename and to delete it."""
    images = grouped(info.train_images + info.test_images)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_("{images} images of {classes} classes, brought by you.").format(
            images=images, classes=info.classes), width="content")
        with st.popover(_("Rename"), icon=":material/edit:", key="data.own.rename", type="tertiary"):
            title = st.text_input(_("Name"), info.title, max_chars=own.LONGEST_TITLE, key=f"{info.name}.title")
            if st.button(_("Rename"), key=f"{info.name}.rename", disabled=not title or title == info.title):
                _do(lambda: own.rename(owner(), info.name, title))
        st.download_button(_("Download"), lambda: _content(info), own.file_name(info), icon=":material/download:",
                           type="tertiary", key=f"{info.name}.download", on_click="ignore",
                           help=_("The images and labels as an .npz, which exported scripts read"))
        with st.popover(_("Delete"), icon=":material/delete:", key="data.own.delete", type="tertiary"):
            st.markdown(_("The images go for good. Runs that learned from them keep what they have learned."))
            if st.button(_("Delete {title}").format(title=plain(info.title)), type="primary",
                         key=f"{info.name}.delete"):
                _do(lambda: own.delete(owner(), info.name))


def _content(info: DatasetInfo) -> bytes:
    path = own.file(info.name)
    return path.read_bytes() if path else b""


def _do(deed: Callable[[], None]) -> None:
    try:
        deed()
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.rerun()
