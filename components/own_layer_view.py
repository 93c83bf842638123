"""What comes of a layer of one's own: the shape of its result, and of every weight whether it learns."""

from __future__ import annotations

from html import escape
from math import prod

import streamlit as st

from components.numbers import TIMES, grouped
from components.summary import shown_shape
from lib.arch import NodeReport
from lib.arch.block import FreeShape, Shape
from lib.arch.blocks.custom_layer import CustomLayer
from lib.arch.own_layer import OwnLayer, OwnWeight
from lib.arch.own_layer_shape import Axis, Size, result_sizes
from lib.arch.own_sizes import axes, bare
from lib.formula.export import static_to_python
from lib.formula.language import Name, walk
from lib.i18n import _


def draw(report: NodeReport) -> None:
    """What is known of the layer of an open card; nothing where its block is none, or has a mistake."""
    block = report.block
    inputs = tuple(shape for shape in report.inputs if shape is not None)
    if not isinstance(block, CustomLayer) or report.problem or report.output_shape is None:
        return
    result = f"<code>compute_output_shape</code>: {escape(_result(block.layer, inputs))}"
    shapes = block.layer.shapes(*inputs)
    weights = "".join(f"<li>{_weight(weight, shapes[weight.name], block.layer, inputs)}</li>"
                      for weight in block.layer.weights)  # fmt: skip
    st.html(f'<div class="own-layer">{result} → {escape(shown_shape(report.output_shape))}<ul>{weights}</ul></div>')


def _weight(weight: OwnWeight, shape: Shape, layer: OwnLayer, inputs: tuple[FreeShape, ...]) -> str:
    """A weight with its size, and whether training moves it, or why it does not."""
    count = f"{TIMES.join(map(str, shape))} = {grouped(prod(shape))}" if len(shape) > 1 else grouped(prod(shape))
    why_not = layer.without_gradient(*inputs).get(weight.name)
    if why_not is not None:
        learns = "⚠ " + _("gets no gradient, so it does not learn. {why}").format(why=str(why_not.within("call")))
    else:
        learns = _("is learned") if weight.trainable else _("is not trained")
    return f"<code>{escape(weight.name)}</code> {escape(count)}: {escape(learns)}"


def _result(layer: OwnLayer, inputs: tuple[FreeShape, ...]) -> str:
    """The sizes of the result by their names, as "batch, height, width, units"."""
    sizes = result_sizes(layer, inputs)
    if sizes is None:
        return _("as the formula makes it")
    return f"({', '.join(['batch', *(_size(size, inputs) for size in sizes)])})"


def _size(size: Size, inputs: tuple[FreeShape, ...]) -> str:
    if isinstance(size, Axis):
        name = next(name for name, axis in axes(len(inputs[size.input])).items() if axis == size.axis)
        return f"x{size.input + 1}.{name}" if size.input else name
    return static_to_python(size, {node.name: bare(node.name) for node in walk(size) if isinstance(node, Name)})
