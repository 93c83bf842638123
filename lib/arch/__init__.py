"""The core: what an architecture is and what it costs, in plain arithmetic without Keras."""

from lib.arch import presets
from lib.arch.analyse import Analysis, Cost, Layer, NodeReport, analyse
from lib.arch.architecture import Architecture, Node, read_block
from lib.arch.block import Block, CompositeBlock, Shape
from lib.arch.blocks import CATALOGUE, palette

__all__ = [
    "CATALOGUE",
    "Analysis",
    "Architecture",
    "Block",
    "CompositeBlock",
    "Cost",
    "Layer",
    "Node",
    "NodeReport",
    "Shape",
    "analyse",
    "palette",
    "presets",
    "read_block",
]
