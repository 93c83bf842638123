"""The network as code beside its cards: in a style to choose, with the lines of the chosen block marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

import streamlit as st

from components.assets import joined
from components.graph import graph
from components.numbers import grouped
from components.selection import choose, chosen, toggle
from components.text import plain
from lib.arch import Architecture
from lib.arch.code import STYLES, Style
from lib.arch.code.keras_json import strangers
from lib.arch.code.lines import Line, text_of
from lib.arch.export import code, file_name
from lib.errors import UserError
from lib.i18n import N_, _

CODE: Final = "code"
PICTURE: Final = "picture"

_Name = TypeVar("_Name", bound=str)
_VIEW: Final = "build.side"
_STYLE: Final = "build.code.style"
_KEY: Final = "build.code"
_LABELS: Final = {PICTURE: N_("Picture"), CODE: N_("Code")}
_ICONS: Final = {PICTURE: ":material/account_tree:", CODE: ":material/code:"}
_NAMES: Final[dict[Style, str]] = {
    "functional": N_("Functional"), "subclass": N_("Class"), "sequential": "Sequential", "keras-json": "JSON",
}  # fmt: skip
_HELPS: Final[dict[Style, str]] = {
    "functional": N_("A function that calls one layer after the other: any network can be written so."),
    "subclass": N_("A class: its layers are made in `__init__` and called in `call`, as in research code."),
    "sequential": N_("A list of layers, for networks that are one chain."),
    "keras-json": N_("What `model.to_json()` of Keras writes: `keras.models.model_from_json` reads it."),
}
_MOST_LINES: Final = 3_000
"""So many are shown; all of them are in the file."""

_LINES: Final = st.components.v2.component(
    "blockyard_code",
    html='<div class="code"><button type="button" class="copy"></button><pre tabindex="0"><code></code></pre></div>\n',
    css=joined("code.css"),
    js=joined("code.js"),
)


def beside(architecture: Architecture) -> None:
    """Draw what stands beside the cards: the picture of the network, or its code."""
    view = _switch(_VIEW, _("Beside the cards"), _LABELS, PICTURE, _ICONS)
    if view == CODE:
        code_view(architecture)
    else:
        graph(architecture, chosen(architecture), toggle, key="build.graph")


def code_below(architecture: Architecture) -> None:
    """Draw the code under the canvas, which is the picture there, to be opened."""
    below = st.expander(_("Code"), icon=_ICONS[CODE], key="build.code.below", on_change="rerun")
    if below.open:
        with below:
            code_view(architecture)


def code_view(architecture: Architecture) -> None:
    """Draw the code with its switch and a button to take it along."""
    style = _switch(_STYLE, _("Style"), _NAMES, STYLES[0], {})
    try:
        lines = code(architecture, style)
    except UserError as error:
        st.info(plain(str(error)), icon=":material/code_off:")
        return
    names = strangers(architecture) if style == "keras-json" else ()
    if names:
        st.caption(_("Keras alone cannot load this: {names} compute formulas, whose layers are Blockyard's.").format(
            names=plain(", ".join(names))))
    _draw(architecture, lines, style)
    if len(lines) > _MOST_LINES:
        st.caption(_("{shown} of {all} lines are shown. The file has all of them.").format(
            shown=grouped(_MOST_LINES), all=grouped(len(lines))))
    file = file_name(architecture, style)
    mime = "application/json" if style == "keras-json" else "text/x-python"
    st.download_button(_("Download {file}").format(file=plain(file)), lambda: text_of(lines), file, mime,
                       key="build.code.download", icon=":material/download:", on_click="ignore", help=_(_HELPS[style]))


def _draw(architecture: Architecture, lines: tuple[Line, ...], style: Style) -> None:
    shown = lines[:_MOST_LINES]
    nodes = {node: number for number, node in enumerate([*architecture.inputs, *architecture.by_id])}

    def picked() -> None:
        node = st.session_state[_KEY].get("pick")
        if isinstance(node, str) and node in nodes:
            choose(node)

    _LINES(
        key=_KEY,
        data={
            "text": "\n".join(line.text for line in shown),
            "owners": [sorted(nodes[node] for node in line.nodes if node in nodes) for line in shown],
            "nodes": list(nodes),
            "kind": "json" if style == "keras-json" else "python",
            "chosen": chosen(architecture),
            "texts": {"code": _("Code"), "copy": _("Copy"), "copied": _("Copied")},
        },
        on_pick_change=picked,
    )


def _switch(key: str, label: str, names: Mapping[_Name, str], first: _Name, icons: Mapping[_Name, str]) -> _Name:
    """A choice that outlives a visit to another page."""
    return st.segmented_control(
        label, list(names), key=key, default=first, required=True, label_visibility="collapsed", wrap=False,
        format_func=lambda name: f"{icons.get(name, '')} {_(names[name])}".strip(), persist_state="session",
    ) or first  # fmt: skip
