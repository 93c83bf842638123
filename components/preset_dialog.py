"""Networks to start from: each with its story, its source and its counts, and the empty one."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from components import session
from components.image_shapes import SHAPES, labelled
from components.kept import kept_networks
from components.navigation import ROOT
from components.numbers import grouped
from components.offers import counts, frame, take
from components.summary import shown_shape
from components.whole import whole
from lib.arch import analyse, edit, presets
from lib.arch.block import FreeShape
from lib.i18n import N_, _
from lib.training.recipe import Recipe

_ASKED: Final = "build.presets.asked"
_SHAPE: Final = "build.presets.shape"
_NO_TASK: Final = {"task": "classify", "outputs": ()}


def ask() -> None:
    """Open the dialog with the next drawing of the page."""
    st.session_state[_ASKED] = True


def _close() -> None:
    st.session_state.pop(_ASKED, None)


def preset_dialog() -> None:
    """Draw the dialog where it has been asked for."""
    if _ASKED in st.session_state:
        way = session.path()
        title = _("Fill {id} with").format(id=way[-1]) if way else _("Start from")
        st.dialog(title, width="large", icon=":material/auto_awesome_mosaic:", on_dismiss=_close)(_body)()


def _body() -> None:
    shape = _inner_shape() if session.path() else _chosen_shape()
    with st.container(horizontal=True, gap="xsmall", key="presets"):
        for name in presets.names():
            _preset(name, shape)
        with frame("preset-blank"):
            if st.button(_("Empty"), icon=":material/check_box_outline_blank:", type="tertiary", key="preset.blank",
                         on_click=begin, args=(None, shape)):
                st.rerun()
            st.html(f'<p class="entry">{escape(_("Only the input: build your own, block by block."))}</p>')
    if kept_networks(_close):
        st.rerun()
    if not session.path() and st.button(_("Large networks stand in the gallery"), type="tertiary",
                                        icon=":material/collections_bookmark:", key="preset.gallery"):
        st.switch_page(ROOT / "pages/gallery.py")


def _chosen_shape() -> FreeShape:
    st.caption(_("It takes the place of the present network; Undo brings that back."))
    data = st.segmented_control(_("Images of"), list(SHAPES), default="MNIST", required=True, key=_SHAPE,
                                format_func=labelled)
    return SHAPES[data or "MNIST"]


def _inner_shape() -> FreeShape:
    """The shape that comes into the block that is to be filled."""
    shape = next(iter(session.architecture().inputs.values()))
    said = _("It takes the place of what is inside {id}, for the {shape} that come in there; Undo brings that back.")
    st.caption(said.format(id=session.path()[-1], shape=shown_shape(shape)))
    return shape


def _preset(name: str, shape: FreeShape) -> None:
    preset = presets.get(name)
    analysis = analyse(presets.load(name, shape))
    size = counts(analysis.total) if analysis.complete else _("Needs changes: {problem}").format(
        problem=analysis.problems[0])
    if preset.published and shape in SHAPES.values():
        size += _(" (published: {count})").format(count=grouped(preset.published))
    with frame(f"preset-{name}"):
        if st.button(_(preset.title), icon=":material/deployed_code:", type="tertiary", key=f"preset.{name}",
                     on_click=begin, args=(name, shape)):
            st.rerun()
        st.html(
            f'<p class="entry">{escape(_(preset.story))}<b>{escape(size)}</b>'
            f"<small>{escape(preset.source)}</small></p>"
        )


@whole()
def begin(name: str | None, shape: FreeShape) -> None:
    """Take the preset `name`, or the empty network, for images of `shape`."""
    new = presets.load(name, shape) if name else edit.blank(shape)
    label = N_("start from {title}") if name else N_("start empty")
    if not session.path():
        of_network = dict(presets.get(name).recipe) if name else {}
        session.put_recipe(Recipe.model_validate({**dict(session.recipe()), **_NO_TASK, **of_network}))
    take(new, label, **({"title": _(presets.get(name).title)} if name else {}))
    _close()
