"""The numbers of a block as the sums that they are: "5 × 5 × 1 × 6 + 6 = 156"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from components.numbers import grouped
from lib.arch import Layer, NodeReport

_TIMES: Final = "\u202f×\u202f"
_MOST_TERMS: Final = 8


def parameter_formula(report: NodeReport) -> str:
    """How the parameters that a block uses come about: by its weights, or by its layers; "" where it has none."""
    if len(report.layers) == 1:
        return _sum(map(_product, (weight.shape for weight in report.layers[0].weights)), report.parameters_used)
    return _sum((grouped(n) for layer in report.layers if (n := layer.parameters_used)), report.parameters_used)


def mac_formula(report: NodeReport) -> str:
    """How the multiply-adds for one example come about; "" where there are none, or a size is free."""
    if report.cost.at_least:
        return ""
    if len(report.layers) == 1:
        return _sum(map(_product, _products(report.layers[0])), report.macs)
    return _sum((grouped(layer.cost.macs) for layer in report.layers if layer.cost.macs), report.macs)


def _products(layer: Layer) -> tuple[tuple[int, ...], ...]:
    inputs = tuple(tuple(size or 0 for size in shape) for shape in layer.input_shapes)
    return layer.block.products(inputs, tuple(size or 0 for size in layer.output_shape), layer.weights)


def _product(factors: tuple[int, ...]) -> str:
    return _TIMES.join(map(str, factors)) or "1"


def _sum(terms: Iterable[str], total: int) -> str:
    listed = list(terms)
    if not total:
        return ""
    if len(listed) > _MOST_TERMS:
        listed = [*listed[: _MOST_TERMS - 2], "…", listed[-1]]
    return f"{' + '.join(listed)} = {grouped(total)}"
