"""The catalogue: every block there is. Every file of this folder is imported, so a new block joins by existing."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages
from typing import Final

from lib.arch.block import FAMILIES, Block, CompositeBlock, Entry, Family


def _every_block(kind: type[Block]) -> list[type[Block]]:
    found = []
    for child in kind.__subclasses__():
        if "title" in vars(child):
            found.append(child)
        found.extend(_every_block(child))
    return found


for _module in walk_packages(__path__, f"{__name__}."):
    import_module(_module.name)

CATALOGUE: Final[dict[str, type[Block]]] = {block.__name__: block for block in _every_block(Block)}


def palette() -> dict[Family, tuple[Entry, ...]]:
    """What a student can insert, by family, in the order of the families and of the files.

    Composites stand in the order in which they were found: each is easier to see after those that it builds on.
    """
    found = {
        family: tuple(entry for block in CATALOGUE.values() if block.family == family for entry in block.entries())
        for family in FAMILIES
    }
    return {**found, "composite": tuple(sorted(found["composite"], key=_year))}


def _year(entry: Entry) -> int:
    years = re.findall(r"\b(?:19|20)\d\d\b", entry.reference)
    return int(years[0]) if years else 0


__all__ = ["CATALOGUE", "Block", "CompositeBlock", "palette"]
