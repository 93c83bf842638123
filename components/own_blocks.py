"""The blocks that can be inserted here: those of the catalogue, and the layers in Python that were saved."""

from __future__ import annotations

from components.own import saved
from lib.arch import palette
from lib.arch.block import Entry, Family
from lib.arch.blocks.python_layer import PythonLayer
from lib.settings import settings


def offered_blocks() -> dict[Family, tuple[Entry, ...]]:
    """What a student can insert, by family."""
    found = palette()
    if not settings().trusted_python:
        return found
    own = tuple(Entry(one.name, PythonLayer.help, PythonLayer.title, PythonLayer(layer=one)) for one in saved("python"))
    return {**found, "custom": (*found["custom"], *own)}
