"""What the cards of the Build page do: each action is one step that Undo takes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Final

import streamlit as st

from components import form, nesting, palette, session
from components.selection import choose, chosen
from components.text import plain
from components.whole import whole
from lib.arch import Architecture, Block, CompositeBlock, Node, edit, nest
from lib.arch.blocks.composites.model import Model
from lib.arch.repair import Repair, repairs
from lib.errors import UserError
from lib.i18n import N_, _

Change = Callable[[Architecture, str], Architecture]

_ERROR: Final = "build.error"
_MENU: Final = {
    "before": ("vertical_align_top", N_("Insert before")),
    "after": ("vertical_align_bottom", N_("Insert after")),
    "up": ("arrow_upward", N_("Move up")),
    "down": ("arrow_downward", N_("Move down")),
    "duplicate": ("content_copy", N_("Duplicate")),
    "reuse": ("link", N_("Use its layer again")),
    "unshare": ("link_off", N_("Give it a layer of its own")),
    "freeze": ("ac_unit", N_("Freeze")),
    "unfreeze": ("sunny", N_("Train it again")),
    "gather": ("package_2", N_("Make one block of it and others")),
    "enter": ("login", N_("Open its inside")),
    "unwrap": ("unarchive", N_("Take it apart")),
    "output": ("flag", N_("Make it the output")),
    "also": ("outlined_flag", N_("Make it one more output")),
    "no_output": ("flag_2", N_("No longer an output")),
    "add_input": ("add", N_("Add another input")),
    "remove": ("delete", N_("Delete")),
}
"""The icon and the words of each action, in no order: `node_menu` and `input_menu` say which stand where."""

STEPS: Final[dict[str, tuple[Change, str]]] = {
    "up": (lambda a, node: edit.move(a, node, -1), N_("move {id} up")),
    "down": (lambda a, node: edit.move(a, node, 1), N_("move {id} down")),
    "duplicate": (edit.duplicate, N_("duplicate {id}")),
    "reuse": (edit.reuse, N_("use the layer of {id} again")),
    "output": (edit.set_output, N_("make {id} the output")),
    "also": (edit.add_output, N_("make {id} an output")),
    "no_output": (edit.remove_output, N_("make {id} no output")),
    "unshare": (edit.unshare, N_("give {id} a layer of its own")),
    "freeze": (edit.freeze, N_("freeze {id}")),
    "unfreeze": (lambda a, node: edit.freeze(a, node, frozen=False), N_("train {id} again")),
    "unwrap": (nest.unwrap, N_("take {id} apart")),
    "add_input": (lambda a, _node: edit.add_input(a), N_("add an input")),
    "remove": (lambda a, name: (edit.remove_input if name in a.inputs else edit.remove)(a, name), N_("delete {id}")),
}
"""The actions that change the network at an input or node: each with the message id by which Undo calls it."""

_WAYS: Final[dict[str, Callable[[str], None]]] = {
    "before": lambda node: palette.ask(("before", node)),
    "after": lambda node: palette.ask(("after", node)),
    "gather": nesting.ask_gather,
    "enter": nesting.enter,
}
"""The actions that lead somewhere else and change nothing by themselves."""

_ADDING: Final = {"duplicate", "reuse"}
_REMOVING: Final = {"remove", "unwrap"}


def draw_fields(node: Node, block: Block) -> None:
    """The form of a node's block; another value of a field is a step.

    It is taken at once, not with the next drawing of the page: by then what was clicked right after it may have closed
    the card, and its fields with it.
    """
    form.draw(block, _form_key(node.id), on_change=partial(_take_fields, node.id))


def _form_key(node_id: str) -> str:
    return f"block.{node_id}"


@whole()
def _take_fields(node_id: str) -> None:
    # Fields that show less than the newest state of the network must not take that back.
    session.refresh()
    now = session.architecture()
    node = now.by_id.get(node_id)
    if node is None:
        return
    old = now.block_of(node)
    new = form.read(old, _form_key(node_id))
    if new != old:
        fields = [name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)]
        do(node_id, lambda a: edit.set_block(a, node_id, new), N_("change {field} of {id}"), id=node_id,
           field=", ".join(fields))


@lru_cache(maxsize=1024)
def node_menu(block: Block, shares: bool, trainable: bool, is_output: bool) -> tuple[str, ...]:
    """The actions in the menu of a node's card, in their order."""
    marks = ("no_output",) if is_output else ("output", "also")
    own = ("unshare",) if shares else ()
    ice = () if type(block).weights is Block.weights and not isinstance(block, CompositeBlock) else ("freeze",)
    ice = ice if trainable else ("unfreeze",)
    inside = ("enter",) if isinstance(block, Model) else ()
    apart = ("unwrap",) if isinstance(block, CompositeBlock) else ()
    return ("before", "after", "up", "down", "duplicate", "reuse", *own, *ice, *inside, *apart, "gather", *marks,
            "remove")


def input_menu(inputs: int) -> tuple[str, ...]:
    """The actions in the menu of an input's card, where there are so many of them."""
    return ("after", "add_input", *(("remove",) if inputs > 1 else ()))


def menu_labels() -> dict[str, tuple[str, str]]:
    """The icon and the words of every action, in the language of the moment."""
    return {action: (icon, _(label)) for action, (icon, label) in _MENU.items()}


def take_event(action: str, node_id: str, detail: Any) -> None:
    """Do what the browser asked for at a card; what cannot be meant, or is not on offer there, is left alone."""
    now = session.architecture()
    node = now.by_id.get(node_id)
    if node is None and node_id not in now.inputs:
        return
    if action == "open":
        choose(node_id)
    elif action == "close":
        if chosen(now) == node_id:
            choose(None)
    elif action == "move":
        if node is not None and isinstance(detail, int):
            _move(now, node, detail)
    elif action == "mend":
        mend = next((mend for mend in mends(now, node_id) if str(mend) == detail), None) if node else None
        if mend:
            _mend(node_id, mend)
    elif action in _menu_of(now, node):
        act(action, node_id)


def _menu_of(now: Architecture, node: Node | None) -> tuple[str, ...]:
    if node is None:
        return input_menu(len(now.inputs))
    is_output = node.id in now.outputs.values()
    return node_menu(now.block_of(node), node.shares is not None, now.is_trainable(node), is_output)


@whole()
def act(action: str, node: str) -> None:
    """Do one action of a menu to an input or node."""
    if action in _WAYS:
        _WAYS[action](node)
        return
    now = session.architecture()
    if node not in now.by_id and node not in now.inputs:
        # A second click on what is gone with the first.
        return
    change, label = STEPS[action]
    place = next((i for i, other in enumerate(now.nodes) if other.id == node), 0)
    if do(node, lambda a: change(a, node), label, id=node) and action in _ADDING | _REMOVING:
        nodes = session.architecture().nodes
        near = place + 1 if action in _ADDING else min(place, len(nodes) - 1)
        if chosen(now) == node:
            choose(nodes[near].id if nodes else None)


def _move(now: Architecture, node: Node, place: int) -> None:
    """Let a node stand at `place` in the order, or at its nearer end."""
    steps = min(max(place, 0), len(now.nodes) - 1) - now.nodes.index(node)
    if steps:
        do(node.id, lambda a: edit.move(a, node.id, steps), N_("move {id} up") if steps < 0 else N_("move {id} down"),
           id=node.id)


@lru_cache(maxsize=256)
def mends(now: Architecture, node: str) -> tuple[Repair, ...]:
    """The usual mends of the mistake at a node."""
    return repairs(now, node)


def offer(place: str, offered: Sequence[Repair]) -> None:
    """A button for each mend of the mistake at `place`, which is no card."""
    with st.container(horizontal=True, gap="xsmall", key=f"repairs-{place}"):
        for number, mend in enumerate(offered):
            st.button(plain(str(mend)), icon=":material/build:", key=f"repair.{place}.{number}", on_click=_mend,
                      args=(place, mend))


def offer_output(mend: Repair) -> None:
    """A button for the mend of a network without an output."""
    # No block can have this name.
    offer("-outputs", (mend,))


def _mend(place: str, mend: Repair) -> None:
    do(place, lambda _now: mend.architecture, N_("mend: {what}"), what=str(mend))


def quick_buttons(now: Architecture, node: Node) -> None:
    """The most used actions of the open card, with their keys."""
    first, last = now.nodes[0].id == node.id, now.nodes[-1].id == node.id
    with st.container(horizontal=True, gap="xxsmall", width="content", key="quick"):
        for action, shortcut, disabled in (
            ("up", "Alt+Up", first), ("down", "Alt+Down", last), ("duplicate", None, False),
            ("remove", "Alt+Delete", False),
        ):
            icon, label = _MENU[action]
            st.button(_(label), icon=f":material/{icon}:", key=f"quick.{action}", help=_(label), shortcut=shortcut,
                      disabled=disabled, on_click=act, args=(action, node.id))


def do(place: str, change: Callable[[Architecture], Architecture], label: str, **values: Any) -> bool:
    """Make one step; where it cannot be done, say so on the card of `place`, or above them where that is closed."""
    error = session.edit(change, label, **values)
    if error and chosen(session.architecture()) == place:
        tell(place, error)
    elif error:
        session.add_notice(str(error))
    return error is None


def tell(place: str, error: UserError) -> None:
    """Keep what could not be done, for the card of `place`."""
    st.session_state[_ERROR] = (place, error.to_json())


def show_error(place: str) -> None:
    """What could not be done at `place` in the last step, said once."""
    found = st.session_state.get(_ERROR)
    if found and found[0] == place:
        del st.session_state[_ERROR]
        st.error(plain(str(UserError.from_json(found[1]))), icon=":material/error:")
