"""What is done on the canvas: each action is one step that Undo takes back. What no canvas would send is not done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, NamedTuple

import streamlit as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from components import inbox, session
from components.actions import STEPS
from components.own_blocks import offered_blocks
from components.palette import INSERT
from components.selection import choose, chosen
from lib.arch import Architecture, Block, edit, edit_edges
from lib.arch.blocks.composites.model import Model
from lib.i18n import N_, _

_SEEN: Final = "canvas.seen"
_MADE: Final = "canvas.made"
_SAID: Final = "canvas.said"
_MOST_AT_ONCE: Final = 50

_Name = Annotated[str, Field(max_length=60)]


class Action(BaseModel):
    """One action of the browser: what to do, and the names and numbers that it needs."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    n: int = Field(ge=1, lt=2**53)
    do: Literal[
        "pick", "open", "add", "between", "use", "copy", "connect", "disconnect", "remove", "output", "no_output",
        "unshare", "freeze", "thaw", "add_input",
    ]
    id: _Name = ""
    source: _Name = ""
    target: _Name = ""
    place: int = Field(0, ge=0, lt=2**31)
    family: _Name = ""
    entry: int = Field(0, ge=0, lt=2**31)

    @property
    def block(self) -> Block | None:
        """The block of the entry of the palette that it names."""
        entries = offered_blocks().get(self.family, ())  # type: ignore[call-overload]
        return entries[self.entry].block if self.entry < len(entries) else None


class Sent(BaseModel):
    """The actions that a canvas sends at once; `who` tells one canvas from another, older one of the same page, and
    `drawn` is the state of the network that it showed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    who: Annotated[str, Field(max_length=40)]
    actions: Annotated[list[Action], Field(max_length=_MOST_AT_ONCE)]
    drawn: int = 0


class _Step(NamedTuple):
    """How an action changes the network, how Undo calls it, and what the canvas says when it is done."""

    change: Callable[[Architecture, Action], Architecture]
    label: str
    done: str


_ALONE: Final = N_("{new} added; it reads nothing yet.")


def _as_on_cards(action: str, done: str) -> _Step:
    change, label = STEPS[action]
    return _Step(lambda a, act: change(a, act.id), label, done)


_STEPS: Final[dict[str, _Step]] = {
    "use": _Step(lambda a, act: edit_edges.add_use(a, act.id), N_("use the layer of {id} again"),
                 N_("{new} uses the layer of {id}; it reads nothing yet.")),
    "copy": _Step(lambda a, act: edit_edges.copy(a, act.id), N_("copy {id}"), _ALONE),
    "connect": _Step(lambda a, act: edit_edges.connect(a, act.source, act.target), N_("connect {source} to {target}"),
                     N_("{target} reads {source}.")),
    "disconnect": _Step(lambda a, act: edit_edges.disconnect(a, act.source, act.target, act.place),
                        N_("take the edge from {source} to {target} away"), N_("{target} no longer reads {source}.")),
    "output": _as_on_cards("also", N_("{id} is an output.")),
    "no_output": _as_on_cards("no_output", N_("{id} is no output any more.")),
    "unshare": _as_on_cards("unshare", N_("{id} has a layer of its own.")),
    "freeze": _as_on_cards("freeze", N_("{id} is frozen.")),
    "thaw": _as_on_cards("unfreeze", N_("{id} is trained again.")),
    "add_input": _as_on_cards("add_input", N_("The input {new} added.")),
    "remove": _as_on_cards("remove", N_("{id} deleted.")),
}
_ADD_READING: Final = N_("{new} added; it reads {source}.")


def receive(event: object) -> None:
    """Do what the browser sent, in its order, as far as it has not been done yet."""
    try:
        sent = Sent.model_validate(event)
    except ValidationError:
        return
    st.session_state[_MADE] = {}
    for action in inbox.unseen(_SEEN, sent.who, [(action.n, action) for action in sent.actions]):
        _perform(action)


def answer() -> dict[str, Any]:
    """What the browser is told about its actions: the last one done, what they made, and the last sentence."""
    who, seen = inbox.seen(_SEEN)
    return {"who": who, "seen": seen, "made": st.session_state.get(_MADE, {}),
            "said": st.session_state.get(_SAID)}


def _perform(action: Action) -> None:
    if action.do == "pick":
        choose(action.id or None)
        return
    if action.do == "open":
        _open(action.id)
        return
    step = _added(action) if action.do in ("add", "between") else _STEPS[action.do]
    if step is None:
        return
    new: list[str] = []

    def change(now: Architecture) -> Architecture:
        changed = step.change(now, action)
        new.extend(name for name in (*changed.inputs, *changed.by_id) if name not in now.inputs | now.by_id.keys())
        return changed

    names = {"id": action.id, "source": action.source, "target": action.target}
    block = action.block
    if block is not None:
        names["id"] = edit.unique_id(session.architecture(), block)
    error = session.edit(change, step.label, **names)
    if error is None:
        _follow(action, new)
    _say(str(error) if error else _(step.done).format(**{**names, "new": "".join(new)}), wrong=error is not None)


def _open(node_id: str) -> None:
    """Show the network inside a block, where it has one."""
    now = session.architecture()
    node = now.by_id.get(node_id)
    if node is not None and isinstance(now.block_of(node), Model):
        session.enter(node_id)


def _added(action: Action) -> _Step | None:
    """Adding a block of the palette: into an edge, to be read by nothing yet, or alone."""
    block = action.block
    if block is None:
        return None
    if action.do == "between":
        return _Step(lambda a, act: edit_edges.insert_between(a, act.source, act.target, act.place, block), INSERT,
                     _ADD_READING)
    if action.source:
        return _Step(lambda a, act: edit_edges.add(a, block, act.source), INSERT, _ADD_READING)
    return _Step(lambda a, _act: edit_edges.add(a, block), INSERT, _ALONE)


def _follow(action: Action, new: list[str]) -> None:
    """Choose what was made, and let go of what was deleted."""
    if new:
        choose(new[-1])
        st.session_state[_MADE][str(action.n)] = new[-1]
    elif action.do == "remove" and chosen(session.architecture()) in (None, action.id):
        choose(None)


def _say(sentence: str, *, wrong: bool) -> None:
    number = (st.session_state.get(_SAID) or {"number": 0})["number"] + 1
    st.session_state[_SAID] = {"number": number, "text": sentence, "wrong": wrong}
