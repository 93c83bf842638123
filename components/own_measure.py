"""Measuring a layer in Python: the button that has the sandbox build it, on the Formulas page and in its card."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from components import bench, session
from components.text import plain, sentence
from lib.arch import Architecture, NodeReport, edit
from lib.arch.block import Shape
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.own_python import OwnPython
from lib.arch.parts import whole_shapes
from lib.errors import UserError
from lib.i18n import N_, _
from lib.sandbox import launch
from lib.sandbox.measure import measured
from lib.settings import settings

_MEASURE: Final = N_("measure {id}")


def draw_measure(thing: Any, shape: Shape, known: bool) -> None:
    """On the Formulas page: where it is not known what comes out of the layer in work, a button to find out."""
    lacking = launch.problem()
    if lacking is not None:
        st.error(plain(sentence(UserError("", launch.LACKS, problem=lacking))), icon=":material/block:")
    elif isinstance(thing, OwnPython) and not known:
        found = _asked(thing, (shape,), "formulas.measure")
        if found is not None:
            bench.change("python", measured=[one.model_dump(mode="json") for one in found.measured])
            st.rerun()


def draw_in_card(report: NodeReport) -> None:
    """In the card of such a layer: the same for the shapes that come into it there."""
    block, shapes = report.block, whole_shapes(report.inputs)
    if not isinstance(block, PythonLayer) or report.output_shape is not None or not shapes:
        return
    if not settings().trusted_python:
        return
    found = _asked(block.layer, shapes, f"build.measure.{report.id}")
    if found is not None:
        _put(report.id, PythonLayer(layer=found))


def _asked(own: OwnPython, shapes: tuple[Shape, ...], key: str) -> OwnPython | None:
    """The layer with what was found of it; None while nobody asks, or where nothing was."""
    if not st.button(_("Measure"), key=key, icon=":material/straighten:", type="primary",
                     help=_("The sandbox builds it once, to see its output and its weights; that takes some seconds")):
        return None
    try:
        with st.spinner(_("The sandbox builds it …")):
            return own.with_measured(measured(own, shapes))
    except UserError as error:
        st.error(plain(sentence(error)), icon=":material/error:")
        return None


def _put(node: str, block: PythonLayer) -> None:
    def change(architecture: Architecture) -> Architecture:
        return edit.set_block(architecture, node, block)

    error = session.edit(change, _MEASURE, id=node)
    if error is not None:
        session.add_notice(str(error))
    st.rerun()
