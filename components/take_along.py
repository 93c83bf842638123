"""Pictures and tables of a network to take along: how they look is chosen in a dialog, which shows the picture."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Final

import streamlit as st

from components.text import plain
from lib.arch import Architecture, CompositeBlock
from lib.errors import UserError
from lib.i18n import N_, _, language, use_language
from lib.names import slug
from lib.picture import ALL, SHOWN, Detail, Direction, Format, Style, dot_text, draw
from lib.summary_table import Form, summary_table

_ASKED: Final = "picture.asked"
_DIRECTIONS: Final[dict[Direction, str]] = {"TB": N_("From top to bottom"), "LR": N_("From left to right")}
_LEVELS: Final = {0: N_("Closed"), 1: N_("One level open"), ALL: N_("All open")}
_DETAILS: Final[dict[Detail, str]] = {
    "names": N_("Names"), "shapes": N_("Shapes"), "activations": N_("Activation"), "parameters": N_("Parameters"),
    "dtypes": N_("Number types"),
}  # fmt: skip
_TABLES: Final[dict[Form, tuple[str, str, str, str]]] = {
    "text": (N_("Text"), "txt", "text/plain", ":material/notes:"),
    "markdown": ("Markdown", "md", "text/markdown", ":material/table:"),
    "latex": ("LaTeX", "tex", "application/x-tex", ":material/function:"),
}
_HEIGHT: Final = 420
_LARGEST_SHOWN: Final = 400_000
"""Bytes of an SVG that is sent to be looked at before it is taken."""


def ask() -> None:
    """Open the dialog with the next drawing of the page."""
    st.session_state[_ASKED] = True


def _close() -> None:
    st.session_state.pop(_ASKED, None)


def take_along_dialog(architecture: Architecture) -> None:
    """Draw the dialog where it has been asked for."""
    if _ASKED in st.session_state:
        st.dialog(_("Pictures and tables"), width="large", icon=":material/image:", on_dismiss=_close)(_body)(
            architecture)


def _body(architecture: Architecture) -> None:
    style = _chosen_style(architecture)
    name = slug(architecture.name, "network")
    try:
        shown = made(architecture, style, "svg", language())
    except UserError as error:
        st.warning(plain(str(error)), icon=":material/image_not_supported:")
    else:
        _pictures(architecture, style, name, shown)
        if len(shown) <= _LARGEST_SHOWN:
            with st.container(key="picture.sheet", border=True, height=_HEIGHT, horizontal_alignment="center"):
                st.image(shown.decode(), width="content")
        else:
            st.caption(_("This picture is large: look at it in a program of its own."))
    st.markdown(f"**{plain(_('Table of the layers'))}**")
    with st.container(horizontal=True, gap="small"):
        for form, (title, ending, mime, icon) in _TABLES.items():
            st.download_button(_(title), partial(_table, architecture, form, language()), f"{name}.{ending}", mime,
                               key=f"picture.table.{form}", icon=icon, on_click="ignore")


def _table(architecture: Architecture, form: Form, chosen: str) -> str:
    # It is made where nothing is known of the browser, when the button is pressed.
    use_language(chosen)
    return summary_table(architecture, form)


def _chosen_style(architecture: Architecture) -> Style:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        direction = st.segmented_control(_("Direction"), list(_DIRECTIONS), default="TB", required=True,
                                         format_func=lambda name: _(_DIRECTIONS[name]), key="picture.direction")
        levels: int | None = 0
        if any(isinstance(architecture.block_of(node), CompositeBlock) for node in architecture.nodes):
            levels = st.segmented_control(_("Composites"), list(_LEVELS), default=0, required=True,
                                          format_func=lambda level: _(_LEVELS[level]), key="picture.levels")
        shown = st.pills(_("What boxes say"), list(_DETAILS), selection_mode="multi", default=list(SHOWN),
                         format_func=lambda name: _(_DETAILS[name]), key="picture.shown")
    return Style(direction, levels or 0, frozenset(shown))


def _pictures(architecture: Architecture, style: Style, name: str, svg: bytes) -> None:
    with st.container(horizontal=True, gap="small"):
        st.download_button("SVG", svg, f"{name}.svg", "image/svg+xml",
                           key="picture.svg", icon=":material/download:", on_click="ignore",
                           help=_("Sharp at every size; for documents and the web"))
        st.download_button("PNG", partial(made, architecture, style, "png", language()), f"{name}.png", "image/png",
                           key="picture.png", icon=":material/download:", on_click="ignore",
                           help=_("Pixels; for slides"))


@lru_cache(maxsize=16)
def made(architecture: Architecture, style: Style, form: Format, chosen: str) -> bytes:
    """The picture of `architecture` as the bytes of a file.

    Raises:
        UserError: it cannot be drawn.
    """
    use_language(chosen)
    return draw(dot_text(architecture, style), form)
