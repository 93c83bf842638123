"""The fields of an open card beside those of its block: its name, what it reads, the shape of an input."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from components import echo, session
from components.actions import do, tell
from components.form import WIDTH
from components.image_shapes import SHAPES, labelled
from components.numbers import THIN_SPACE
from components.selection import choose
from components.summary import shown_shape
from components.whole import whole
from lib.arch import Architecture, Block, Node, edit, edit_edges
from lib.arch.block import FreeShape
from lib.errors import UserError
from lib.i18n import N_, _

_RENAME: Final = N_("rename {id} to {new}")
_QUICK: Final = {labelled(name): shape for name, shape in SHAPES.items()}


def name_field(node: str) -> None:
    """The name of an input or node, to be changed."""
    key = f"name.{node}"
    st.session_state[key] = node
    st.text_input(_("Name"), key=key, max_chars=60, width=WIDTH, on_change=_rename, args=(key, node),
                  help=_("Letters, digits and _; starts with a letter. The layer's name in Keras."))


@whole()
def _rename(key: str, old: str) -> None:
    new = str(st.session_state[key]).strip()
    if do(old, lambda a: edit.rename(a, old, new), _RENAME, id=old, new=new):
        choose(new)


def sources_field(now: Architecture, node: Node, block: Block) -> None:
    """What a node reads: one choice, or several for a block that merges, which may read the same more than once."""
    later = _readers_of(now, node.id)
    options = [*now.inputs, *(other.id for other in now.nodes if other.id not in later)]
    key = f"reads.{node.id}"
    changed: dict[str, Any] = {"on_change": _reads, "args": (key, node.id), "key": key}
    if edit_edges.most_inputs(block) == 1 and len(node.inputs) <= 1:
        echo.show(key, next(iter(node.inputs), None))
        st.selectbox(_("Reads"), options, width=WIDTH, placeholder=_("nothing"), help=_("What comes into it"),
                     **changed)
    else:
        echo.show(key, _numbered(node.inputs))
        again = [_use(source, count) for source, count in Counter(node.inputs).items()]
        st.multiselect(_("Reads"), [*options, *_repeated(node.inputs), *again], width=2 * WIDTH,
                       placeholder=_("nothing"), format_func=_use_label, help=_("What comes into it, in this order"),
                       **changed)


def _use(source: str, earlier: int) -> str:
    """An option for reading `source` after it has been read so many times; no name has a space."""
    return f"{source} {earlier + 1}" if earlier else source


def _use_label(option: str) -> str:
    source, _space, number = option.partition(" ")
    return _("{id} again ({number})").format(id=source, number=number) if number else source


def _numbered(sources: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    found = []
    for source in sources:
        found.append(_use(source, seen[source]))
        seen[source] += 1
    return found


def _repeated(sources: Sequence[str]) -> list[str]:
    return [option for option in _numbered(sources) if " " in option]


def _readers_of(now: Architecture, node_id: str) -> set[str]:
    """A node and everything that follows from it: what it cannot read."""
    found = {node_id}
    for node in now.nodes:
        if not found.isdisjoint(node.inputs):
            found.add(node.id)
    return found


@whole()
def _reads(key: str, node: str) -> None:
    if echo.is_echo(key):
        return
    held = st.session_state[key]
    uses = held if isinstance(held, list) else [held] if held else []
    sources = [use.partition(" ")[0] for use in uses]
    do(node, lambda a: edit.set_inputs(a, node, sources), N_("let {id} read {sources}"), id=node,
       sources=", ".join(sources) or "–")


def shape_fields(now: Architecture, name: str) -> None:
    """The shape of an input: one of the data sets' or any other; inside a block, that which comes in."""
    shape = now.inputs[name]
    if session.path():
        st.text_input(_("Shape"), shown_shape(shape), key=f"shape.{name}.given", width=WIDTH, disabled=True,
                      help=_("It is what the block gets from outside"))
        return
    quick, free = f"shape.{name}.quick", f"shape.{name}"
    echo.show(quick, next((label for label, offered in _QUICK.items() if offered == shape), None))
    st.segmented_control(_("Images of"), list(_QUICK), key=quick, on_change=_quick_shape,
                         args=(quick, name), wrap=False)
    echo.show(free, shown_shape(shape).replace(THIN_SPACE, " "))
    st.text_input(_("Shape"), key=free, width=WIDTH, on_change=_free_shape, args=(free, name),
                  help=_("Height × width × channels, as in 28 × 28 × 1; ? for a size that is known only later"))


@whole()
def _quick_shape(key: str, name: str) -> None:
    shape = _QUICK.get(st.session_state[key])
    if shape and not echo.is_echo(key):
        _shape(name, shape)


@whole()
def _free_shape(key: str, name: str) -> None:
    if echo.is_echo(key):
        return
    text = str(st.session_state[key]).strip()
    sizes = re.split(r"\s*[x×X*,;]\s*|\s+", text)
    if all(re.fullmatch(r"\d{1,9}|\?", size) for size in sizes):
        _shape(name, tuple(None if size == "?" else int(size) for size in sizes))
    else:
        tell(name, UserError(f"inputs.{name}", N_("expected sizes as in 28 × 28 × 1"), text))


def _shape(name: str, shape: FreeShape) -> None:
    do(name, partial(edit.set_input_shape, name=name, shape=shape), N_("give {id} the shape {shape}"), id=name,
       shape=shown_shape(shape))
