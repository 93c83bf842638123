"""The numbers of a block as the sums that they are: "5 × 5 × 1 × 6 + 6 = 156"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from components.numbers import TIMES, grouped
from lib.arch import Layer, NodeReport

_MOST_TERMS: Final = 8


def parameter_formula(report: NodeReport) -> str:
    """How the parameters that a block uses come about: by its weights, or by its layers; "" where it has none.

    What is used several times counts once.
    """
    layers = {layer.shares or layer.id: layer for layer in report.layers if layer.parameters_used}.values()
    total = sum(layer.parameters_used for layer in layers)
    if len(layers) == 1:
        return _sum(map(_product, (weight.shape for layer in layers for weight in layer.weights)), total)
    return _sum(_runs(layer.parameters_used for layer in layers), total)


def mac_formula(report: NodeReport) -> str:
    """How the multiply-adds for one example come about; "" where there are none, or a size is free."""
    if report.cost.at_least:
        return ""
    layers = [layer for layer in report.layers if layer.cost.macs]
    if len(layers) == 1:
        return _sum(map(_product, _products(layers[0])), report.macs)
    return _sum(_runs(layer.cost.macs for layer in layers), report.macs)


def _products(layer: Layer) -> tuple[tuple[int, ...], ...]:
    inputs = tuple(tuple(size or 0 for size in shape) for shape in layer.input_shapes)
    return layer.block.products(inputs, tuple(size or 0 for size in layer.output_shape), layer.weights)


def _product(factors: tuple[int, ...]) -> str:
    return TIMES.join(map(str, factors)) or "1"


def _runs(numbers: Iterable[int]) -> Iterator[str]:
    """The numbers, where one follows itself as a product."""
    for number, same in groupby(numbers):
        times = len(list(same))
        yield f"{times}{TIMES}{grouped(number)}" if times > 1 else grouped(number)


def _sum(terms: Iterable[str], total: int) -> str:
    listed = list(terms)
    if not total:
        return ""
    if len(listed) > _MOST_TERMS:
        listed = [*listed[: _MOST_TERMS - 2], "…", listed[-1]]
    return f"{' + '.join(listed)} = {grouped(total)}"
