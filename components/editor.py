"""The cards of the Build page: one for each input and block, of which at most one is open."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Final

import streamlit as st

from components import actions, form, palette
from components.colours import INPUT
from components.numbers import grouped
from components.selection import chosen, toggle
from components.summary import parameter_formula, shown_shape, summary
from lib.arch import Analysis, Architecture, Node, NodeReport, analyse
from lib.arch.repair import missing_output, repairs
from lib.i18n import N_, _, language

_INPUT_ICON: Final = ":material/input:"
_SHAPES: Final = {"MNIST": (28, 28, 1), "CIFAR-10": (32, 32, 3)}
_INPUT_HELP: Final = N_("Where the images come in: height × width × channels of one image.")


def take_changes() -> None:
    """Put into the network what the fields of the open card hold since the last run, before anything is drawn."""
    actions.take_fields(chosen(actions.architecture()))


def cards(architecture: Architecture) -> None:
    """Draw every input and block in order, and the button that adds one."""
    analysis = analyse(architecture)
    open_one = chosen(architecture)
    with st.container(gap="xxsmall", key="cards"):
        for name in architecture.inputs:
            _input_card(architecture, name, name == open_one)
        for node in architecture.nodes:
            _node_card(architecture, analysis, node, node.id == open_one)
        if not architecture.nodes:
            _empty()
        output_missing(architecture)
        st.button(_("Add a block"), icon=":material/add:", width="stretch", key="build.add", shortcut="Ctrl+Enter",
                  on_click=palette.ask, args=(("end", None),), help=_("Insert a block at the end"))


def output_missing(architecture: Architecture) -> None:
    """Say that nothing is an output where blocks are, and offer the mend."""
    if mend := missing_output(architecture):
        st.warning(str(analyse(architecture).problems[-1]), icon=":material/flag:")
        # No block can have this name.
        actions.offer("-outputs", (mend,))


def _empty() -> None:
    st.info(
        _("Add a first block below: for images usually a Conv2D, or Flatten and then Dense. Or take a ready-made "
          "network under Start from, and change it."),
        title=_("Nothing is built yet"), icon=":material/deployed_code:",
    )


def _node_card(architecture: Architecture, analysis: Analysis, node: Node, is_open: bool) -> None:
    report = analysis.nodes[node.id]
    outputs = tuple(name for name, target in architecture.outputs.items() if target == node.id)
    with _card(report.block.family, node.id):
        _head(node.id, report.block.icon)
        st.html(_node_line(node, report, outputs, language()))
        actions.node_menu(architecture, node)
        if report.problem:
            actions.offer(node.id, repairs(architecture, node.id))
        if is_open:
            with st.container(key=f"open-{node.id}", gap="xsmall"):
                node_body(architecture, node, report)


def _card(family: str, node: str) -> st.delta_generator.DeltaGenerator:
    return st.container(border=True, horizontal=True, vertical_alignment="center", gap="xsmall",
                        key=f"card-family-{family}-{node}")


def _head(node: str, icon: str) -> None:
    """The name, which opens and closes the card."""
    st.button(f"**{node}**", icon=icon, type="tertiary", key=f"head.{node}", on_click=toggle, args=(node,))


@lru_cache(maxsize=4096)
def _node_line(node: Node, report: NodeReport, outputs: tuple[str, ...], _language: str) -> str:
    """The closed card in one line: what it is, the shape after it, its parameters; and what is wrong with it."""
    words = summary(report.block)
    what = f"<b>{escape(report.block.name)}</b>" + (f' <span class="quiet">· {escape(words)}</span>' if words else "")
    if node.shares:
        what += f' <span class="badge">{escape(_("shares {owner}").format(owner=node.shares))}</span>'
    what += "".join(f'<span class="badge" title="{escape(name)}">{escape(_("output"))}</span>' for name in outputs)
    count = grouped(report.parameters) if report.output_shape is not None else ""
    wrong = f'<p class="problem">{escape(str(report.problem))}</p>' if report.problem else ""
    return _line(what, shown_shape(report.output_shape), count) + wrong


def _line(what: str, shape: str, count: str) -> str:
    title = escape(_("Parameters"))
    quiet = " none" if count == "0" else ""
    return (
        f'<div class="line"><span class="what">{what}</span><span class="shape">{shape}</span>'
        f'<span class="count{quiet}" title="{title}">{count}</span></div>'
    )


def node_body(architecture: Architecture, node: Node, report: NodeReport) -> None:
    """What an open block shows: what it is for, its fields, its name and what it reads."""
    block = report.block
    reference = f"<small>{escape(block.reference)}</small>" if block.reference else ""
    formula = parameter_formula(report)
    bill = f"<br><small>{escape(_('Parameters'))}: {escape(formula)}</small>" if formula else ""
    st.html(f'<p class="about">{escape(_(block.help))} {reference}{bill}</p>')
    form.draw(block, actions.form_key(node.id))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        actions.name_field(node.id)
        actions.sources_field(architecture, node, block)
        actions.quick_buttons(architecture, node)
    actions.show_error(node.id)


def _input_card(architecture: Architecture, name: str, is_open: bool) -> None:
    with _card(INPUT, name):
        _head(name, _INPUT_ICON)
        st.html(_line(f"<b>{escape(_('Input'))}</b>", shown_shape(architecture.inputs[name]), ""))
        actions.input_menu(architecture, name)
        if is_open:
            with st.container(key=f"open-{name}", gap="xsmall"):
                input_body(architecture, name)


def input_body(architecture: Architecture, name: str) -> None:
    """What an open input shows: its shape and its name."""
    st.html(f'<p class="about">{escape(_(_INPUT_HELP))}</p>')
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        actions.shape_fields(architecture, name)
        actions.name_field(name)
    actions.show_error(name)
