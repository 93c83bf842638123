"""What of one's own can be chosen in a field: what is saved, and what the network and the recipe have already."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from components import draft, own, session
from lib.arch import Architecture
from lib.own.kinds import KINDS


def known(kind: type[BaseModel]) -> tuple[Any, ...]:
    """Everything of this `kind` that there is, each once, by its name."""
    names = [name for name, model in KINDS.items() if model is kind]
    saved = [thing for name in names for thing in own.saved(name)]
    used = (*_in_network(session.network(), kind), *_inside(session.recipe(), kind)) if draft.has_begun() else ()
    return tuple(sorted(dict.fromkeys([*saved, *used]), key=lambda one: (str(one), one.model_dump_json())))


@lru_cache(maxsize=64)
def _in_network(network: Architecture, kind: type[BaseModel]) -> tuple[Any, ...]:
    return tuple(_inside(network, kind))


def _inside(value: Any, kind: type[BaseModel]) -> Iterator[Any]:
    """Those of a `kind` in a value and all that it holds."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, Architecture):
        value = [node.block for node in value.nodes]
    elif isinstance(value, BaseModel):
        value = [getattr(value, field) for field in type(value).model_fields]
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _inside(inner, kind)
