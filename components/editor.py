"""The cards of the Build page: one for each input and block, of which at most one is open."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from components import actions, card_fields, own_layer_view, own_measure, palette
from components.card_list import card_list, part
from components.card_rows import rows
from components.formulas import mac_formula, parameter_formula
from components.inside import inside_section
from components.nesting import inside_buttons
from components.selection import chosen
from components.text import plain
from lib.arch import Analysis, Architecture, Node, NodeReport, analyse
from lib.arch.repair import missing_output
from lib.colours import INPUT
from lib.i18n import N_, _

_INPUT_HELP: Final = N_("Where the images come in: height × width × channels of one image.")


def cards(architecture: Architecture) -> None:
    """Draw every input and block in order, and the button that adds one."""
    analysis = analyse(architecture)
    open_one = chosen(architecture)
    with st.container(gap=None, key="cards"):
        card_list(rows(architecture, analysis, open_one), len(architecture.inputs), open_one, actions.take_event)
        part("before")
        # Always there, so that what follows keeps its place on the page.
        with st.container():
            if open_one is not None:
                _body(architecture, analysis, open_one)
        part("after")
        with st.container(gap="xsmall", key="cards-end"):
            if not architecture.nodes:
                _empty()
            _output_missing(architecture)
            st.button(_("Add a block"), icon=":material/add:", width="stretch", key="build.add", shortcut="Alt+Enter",
                      on_click=palette.ask, args=(("end", None),), help=_("Insert a block at the end"))


def _empty() -> None:
    st.info(
        _("Add a first block below: for images usually a Conv2D, or Flatten and then Dense. Or take a ready-made "
          "network under Start from, and change it."),
        title=_("Nothing is built yet"), icon=":material/deployed_code:",
    )


def _output_missing(architecture: Architecture) -> None:
    """Say that nothing is an output where blocks are, and offer the mend."""
    if mend := missing_output(architecture):
        st.warning(plain(str(analyse(architecture).problems[-1])), icon=":material/flag:")
        actions.offer_output(mend)


def _body(architecture: Architecture, analysis: Analysis, open_one: str) -> None:
    node = architecture.by_id.get(open_one)
    family = INPUT if node is None else analysis.nodes[open_one].block.family
    with st.container(key=f"open-family-{family}-{open_one}", gap="xsmall"):
        if node is None:
            input_body(architecture, open_one)
        else:
            node_body(architecture, node, analysis.nodes[open_one])


def node_body(architecture: Architecture, node: Node, report: NodeReport) -> None:
    """What can be read and set at a node: its explanation, its fields, its name, what it reads, quick actions."""
    block = report.block
    reference = f"<small>{escape(block.reference)}</small>" if block.reference else ""
    sums = {_("Parameters"): parameter_formula(report), _("MACs"): mac_formula(report)}
    bill = "".join(f"<br><small>{escape(name)}: {escape(text)}</small>" for name, text in sums.items() if text)
    st.html(f'<p class="about">{escape(_(block.help))} {reference}{bill}</p>')
    inside_section(block, report.inputs)
    inside_buttons(block, node.id)
    actions.draw_fields(node, block)
    own_layer_view.draw(report)
    own_measure.draw_in_card(report)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        card_fields.name_field(node.id)
        card_fields.sources_field(architecture, node, block)
        actions.quick_buttons(architecture, node)
    actions.show_error(node.id)


def input_body(architecture: Architecture, name: str) -> None:
    """What can be set at an input: its shape and its name."""
    st.html(f'<p class="about">{escape(_(_INPUT_HELP))}</p>')
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        card_fields.shape_fields(architecture, name)
        card_fields.name_field(name)
    actions.show_error(name)
