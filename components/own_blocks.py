"""The blocks that can be inserted here: those of the catalogue, and the layers in Python that were saved."""

from __future__ import annotations

from functools import lru_cache

from components.own import saved
from lib.arch import palette
from lib.arch.block import Entry, Family
from lib.arch.blocks.python_layer import PythonLayer
from lib.arch.own_python import OwnPython
from lib.i18n import _
from lib.settings import settings


def own_layers() -> tuple[OwnPython, ...]:
    """The layers in Python that were saved; none where the server does not let them run."""
    return saved("python") if settings().trusted_python else ()


def offered_blocks() -> dict[Family, tuple[Entry, ...]]:
    """What a student can insert, by family."""
    return blocks_with(own_layers())


@lru_cache(maxsize=16)
def blocks_with(own: tuple[OwnPython, ...]) -> dict[Family, tuple[Entry, ...]]:
    """The catalogue, with these layers behind those of their family."""
    found = palette()
    entries = (Entry(one.name, PythonLayer.help, PythonLayer.reference, PythonLayer(layer=one)) for one in own)
    return {**found, "custom": (*found["custom"], *entries)}


def title_of(entry: Entry) -> str:
    """What an entry is called; the name that somebody gave is no word to translate."""
    return entry.title if isinstance(entry.block, PythonLayer) else _(entry.title)


def source_of(entry: Entry) -> str:
    """Where an entry comes from: a paper, or the kind of thing that somebody made."""
    return _(PythonLayer.title) if isinstance(entry.block, PythonLayer) else entry.reference
