"""JSON texts of networks and recipes, read once: every run of a page asks for the same ones again."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from typing import Final

from lib.arch import Architecture, nest
from lib.training.recipe import Recipe

_KNOWN: Final[OrderedDict[str, Architecture]] = OrderedDict()
_MOST_KNOWN: Final = 256


def network(text: str) -> Architecture:
    """The network of a JSON text that was read or written lately, or the text read anew.

    Raises:
        UserError: it cannot be read.
    """
    found = _KNOWN.get(text)
    return found if found is not None else remember(text, Architecture.from_json(text))


def remember(text: str, network: Architecture) -> Architecture:
    """Know `network`, whose JSON text is `text`, without reading that."""
    _KNOWN[text] = network
    while len(_KNOWN) > _MOST_KNOWN:
        # Another session may have been quicker to forget.
        with suppress(KeyError):
            _KNOWN.popitem(last=False)
    return network


@lru_cache(maxsize=256)
def inside(text: str, way: tuple[str, ...]) -> Architecture:
    """What is inside the block at the end of `way`, which leads from the outermost one inwards.

    Raises:
        UserError: a step of the way is gone, or the text cannot be read.
    """
    return nest.inside(network(text), way)


@lru_cache(maxsize=256)
def recipe(text: str) -> Recipe:
    """The recipe of a JSON text.

    Raises:
        UserError: it cannot be read.
    """
    return Recipe.from_json(text)
