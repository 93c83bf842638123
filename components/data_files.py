"""How the full data sets come in: by hand, or by a download on request."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from components.numbers import grouped
from components.text import plain
from lib.data import DATASETS, DatasetInfo, available, background, data_file
from lib.data.remote import REMOTES
from lib.i18n import _
from lib.settings import settings

_ASKED: Final = "data.asked"
_TICK: Final = 0.5
_SCRIPT: Final = """\
import keras
import numpy as np

(x_train, y_train), (x_test, y_test) = keras.datasets.{name}.load_data()
np.savez("{file}", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
"""


def say_missing(info: DatasetInfo, choice: str) -> None:
    """Say that the images of `info` are not here, and offer the synthetic set instead.

    Args:
        info: the set that is missing.
        choice: the key of the widget that chooses a set.
    """
    meanwhile = next(other for other in DATASETS.values() if other.synthetic)
    st.info(_("Its images are not on this computer yet; below is how to add them. Until then you can work with "
              "{title}: images of the same size that Blockyard draws itself.").format(title=_(meanwhile.title)),
            title=_("{title} is missing").format(title=_(info.title)), icon=":material/image_not_supported:")
    st.button(_("Look at {title}").format(title=_(meanwhile.title)), icon=":material/draw:", key="data.meanwhile",
              on_click=st.session_state.__setitem__, args=(choice, meanwhile.name))


def files(info: DatasetInfo) -> None:
    """Where the file of `info` belongs, what it holds and how it is made; nothing for a set that needs none."""
    path = data_file(info.name)
    if path is None:
        return
    full = available(info.name) in ("folder", "keras cache")
    st.subheader(_("The full set"))
    if not full:
        _download(info)
    with st.expander(_("Add or replace the file by hand"), icon=":material/folder:"):
        st.markdown(_("Put the file here. It is found at once, without a restart:"))
        st.code(str(path), language=None, wrap_lines=True)
        st.markdown(_("It is a NumPy archive of these arrays, whose values are whole numbers from 0 to 255 (uint8):"))
        st.table(_arrays(info), alt=_("Arrays of the file"), width="content")
        st.markdown(_("Wherever Keras and a network are at hand, these lines make it:"))
        st.code(_SCRIPT.format(name=info.name, file=path.name), language="python", wrap_lines=True)


def _arrays(info: DatasetInfo) -> list[dict[str, str]]:
    shape = "".join(f", {size}" for size in info.input_shape if size > 1)
    rows = [
        (f"{kind}_{part}", f"({images}{shape})" if kind == "x" else f"({images},)", kind == "x")
        for part, images in (("train", info.train_images), ("test", info.test_images))
        for kind in "xy"
    ]
    labels = _("labels from 0 to {largest}").format(largest=info.classes - 1)
    return [{_("Array"): name, _("Shape"): size, _("Holds"): _("images") if is_image else labels}
            for name, size, is_image in rows]


def _download(info: DatasetInfo) -> None:
    """A button that fetches the set, and how far that is."""
    job = background.latest(info.name)
    running = job is not None and job.running
    st.fragment(_progress if running else _offer, run_every=_TICK if running else None)(info)


def _offer(info: DatasetInfo) -> None:
    remote, offline = REMOTES[info.name], settings().offline
    job = background.latest(info.name)
    if job and job.error and st.session_state.get(_ASKED) == info.name:
        st.error(plain(str(job.error)), icon=":material/cloud_off:")
    size = round(remote.size / 1e6)
    label = _("Download {title} ({size} MB)").format(title=_(info.title), size=size)
    if st.button(label, icon=":material/download:", key="data.download", disabled=offline):
        st.session_state[_ASKED] = info.name
        background.start(info.name).wait(_TICK)
        st.rerun()
    st.caption(
        _("Downloads are switched off on this computer (BLOCKYARD_OFFLINE).") if offline else
        _("{images} images from {host}, into the data folder for everyone who uses this Blockyard.").format(
            images=grouped(info.train_images + info.test_images), host=plain(urlsplit(remote.url).hostname or ""))
    )


def _progress(info: DatasetInfo) -> None:
    job = background.latest(info.name)
    if job is None or not job.running:
        st.rerun()
    st.progress(min(job.progress.fraction, 1.0), text=str(job.progress))
