"""The top of the Build page: the network's name, where to start from, files, undo and redo, and the way to Train."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from components import echo, nesting, preset_dialog, session, take_along
from components.editor_mode import mode_switch
from components.history_buttons import history_buttons
from components.kept import keep_network
from components.navigation import ROOT
from components.text import plain
from components.whole import whole
from lib.arch import Architecture, analyse, edit
from lib.arch.gather import LARGE, gathered
from lib.arch.network_file import read_file
from lib.errors import UserError
from lib.i18n import N_, _
from lib.names import slug

_NAME: Final = "build.name"
_FILE: Final = "build.file"
_UPLOADS: Final = "build.uploads"
_LARGEST_MB: Final = 100


def bar(architecture: Architecture) -> None:
    """Draw the row of controls."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="bar"):
        if session.path():
            nesting.way()
        else:
            echo.show(_NAME, architecture.name)
            st.text_input(_("Name of the network"), key=_NAME, max_chars=100, width=240, on_change=_rename,
                          label_visibility="collapsed", placeholder=_("Name of the network"))
        st.button(_("Start from"), icon=":material/auto_awesome_mosaic:", key="build.presets",
                  on_click=preset_dialog.ask, help=_("Take a ready-made network, or an empty one"))
        _file(architecture)
        history_buttons()
        mode_switch()
        st.space("stretch")
        ready = analyse(session.network()).complete
        if st.button(_("Train this"), icon=":material/play_arrow:", type="primary", key="build.train",
                     disabled=not ready, help=None if ready else _("Mend the marked blocks first")):
            st.switch_page(ROOT / "pages/train.py")
        # The field with the name stands where a title would; screen readers want a heading all the same.
        st.html(f'<h1 class="unseen">{escape(_("Build"))}</h1>')


def notices() -> None:
    """What happened since the last drawing that the user should know."""
    for sentence in session.take_notices():
        st.warning(plain(sentence), icon=":material/info:")


@whole()
def _rename() -> None:
    if echo.is_echo(_NAME):
        return
    error = session.edit(lambda a: edit.rename_architecture(a, st.session_state[_NAME]), N_("rename the network"))
    if error:
        session.add_notice(str(error))


def _file(architecture: Architecture) -> None:
    with st.popover(_("File"), icon=":material/draft:", key=_FILE, on_change="rerun"):
        st.download_button(
            _("Download as JSON"), lambda: architecture.to_json(indent=1),
            file_name=f"{slug(architecture.name, 'network')}.json", mime="application/json",
            icon=":material/download:", on_click="ignore", key="build.download", width="stretch",
        )
        st.button(_("Pictures and tables"), icon=":material/image:", key="build.take", on_click=_take_along,
                  help=_("The network as PNG or SVG; its layers as text, Markdown or LaTeX"), width="stretch")
        st.button(_("Keep a copy"), icon=":material/bookmark_add:", key="build.keep", on_click=keep_network,
                  help=_("You find it under Start from, also to be used inside a block"), width="stretch")
        # A new key empties the field after a file has been read.
        key = f"build.upload.{st.session_state.get(_UPLOADS, 0)}"
        st.file_uploader(_("Open a file"), type=["json", "keras"], key=key, max_upload_size=_LARGEST_MB,
                         on_change=_open, args=(key,),
                         help=_("JSON of Blockyard or of model.to_json() in Keras, or a .keras file: only its layers "
                                "are read, not its weights"))
        st.caption(_("The network takes the place of the present one; Undo brings that back."))


def _take_along() -> None:
    # The popover would lie over the dialog.
    st.session_state[_FILE] = False
    take_along.ask()


@whole()
def _open(key: str) -> None:
    uploaded = st.session_state[key]
    if uploaded is None:
        return
    # What is told of the file would lie under the popover.
    st.session_state[_FILE] = False
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1
    try:
        opened = read_file(uploaded, "file")
    except UserError as error:
        session.add_notice(_("This file was not opened. {problem}").format(problem=error))
        return
    # What Blockyard has written is laid out as its author wanted it.
    if session.put(opened.architecture, N_("open a file")) and opened.of_keras:
        _gather(opened.architecture)


def _gather(opened: Architecture) -> None:
    """Show a large network by its parts, as a step of its own: Undo brings the single layers back."""
    parts = gathered(opened) if len(opened.nodes) >= LARGE else opened
    if len(parts.nodes) < len(opened.nodes) and session.put(parts, N_("gather its parts")):
        session.add_notice(_("The {count} layers of this network are shown as {parts} parts. Each can be opened; Undo "
                             "shows all layers at once.").format(count=len(opened.nodes), parts=len(parts.nodes)))
