"""The second editor of the Build page: the network on a canvas, arranged and connected by hand or by key."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from components import actions, canvas_actions, draft, inbox, session
from components.assets import joined
from components.canvas_data import blocks_json, network_json, texts_json
from components.colours import colour_css
from components.editor import input_body, node_body
from components.own_blocks import own_layers
from components.selection import chosen
from components.text import plain
from components.whole import whole
from lib.arch import Analysis, Architecture, analyse
from lib.arch.repair import missing_output
from lib.colours import INPUT
from lib.i18n import _, language

_SCRIPTS: Final = (
    "outbox", "elements", "letter", "canvas/canvas", "canvas/fold", "canvas/places", "canvas/edges", "canvas/looking",
    "canvas/drawing", "canvas/context", "canvas/palette", "canvas/pointer", "canvas/keys",
)
_CANVAS: Final = st.components.v2.component(
    "blockyard_canvas",
    html=joined("canvas/canvas.html"),
    css=f"{colour_css()}\n{joined('canvas/canvas.css')}",
    js=joined(*(f"{name}.js" for name in _SCRIPTS)),
)


def canvas(architecture: Architecture) -> None:
    """Draw the canvas, and below it the fields of the block that is chosen on it."""
    open_one = chosen(architecture)
    _CANVAS(
        key=inbox.CANVAS,
        data={
            "network": network_json(architecture, language()),
            "blocks": blocks_json(language(), own_layers()),
            "texts": texts_json(language()),
            "chosen": open_one,
            "draft": "/".join((st.query_params.get(draft.PARAMETER, ""), *session.path())),
            "answer": canvas_actions.answer(),
        },
        on_act_change=_received,
    )
    analysis = analyse(architecture)
    if mend := missing_output(architecture):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":orange[:material/flag: {plain(str(analysis.problems[-1]))}]", width="content")
            actions.offer_output(mend)
    _fields(architecture, analysis, open_one)


@whole()
def _received() -> None:
    canvas_actions.receive(inbox.sent(inbox.CANVAS))


def _fields(architecture: Architecture, analysis: Analysis, open_one: str | None) -> None:
    """The same fields that an open card has."""
    node = architecture.by_id.get(open_one or "")
    if open_one is None:
        st.caption(_("Choose a block on the canvas to see its fields here."))
        return
    family = analysis.nodes[open_one].block.family if node else INPUT
    kind = analysis.nodes[open_one].block.name if node else _("Input")
    with st.container(border=True, key=f"canvas-open-{open_one}"):
        st.html(f'<p class="canvas-head family-{family}"><span class="dot"></span> <b>{escape(open_one)}</b> '
                f'<span class="quiet">{escape(kind)}</span></p>')
        if node is None:
            input_body(architecture, open_one)
            return
        report = analysis.nodes[open_one]
        if report.problem:
            st.html(f'<p class="problem">{escape(str(report.problem))}</p>')
            if mends := actions.mends(architecture, open_one):
                actions.offer(open_one, mends)
        node_body(architecture, node, report)
