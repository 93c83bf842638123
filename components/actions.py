"""What the cards of the Build page do: each action is one step that Undo takes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from components import form, palette, session
from components.form import WIDTH
from components.selection import choose, chosen
from components.summary import shown_shape
from components.text import plain
from lib.arch import Architecture, Block, Node, edit
from lib.arch.repair import Repair
from lib.errors import UserError
from lib.i18n import N_, _

_ERROR: Final = "build.error"
_RENAME: Final = N_("rename {id} to {new}")
_MENU: Final = {
    "before": (":material/vertical_align_top:", N_("Insert before")),
    "after": (":material/vertical_align_bottom:", N_("Insert after")),
    "up": (":material/arrow_upward:", N_("Move up")),
    "down": (":material/arrow_downward:", N_("Move down")),
    "duplicate": (":material/content_copy:", N_("Duplicate")),
    "reuse": (":material/link:", N_("Use its layer again")),
    "output": (":material/flag:", N_("Make it the output")),
    "also": (":material/outlined_flag:", N_("Make it one more output")),
    "no_output": (":material/flag_2:", N_("No longer an output")),
    "unshare": (":material/link_off:", N_("Give it a layer of its own")),
    "add_input": (":material/add:", N_("Add another input")),
    "remove": (":material/delete:", N_("Delete")),
}
_STEPS: Final[dict[str, tuple[Callable[[Architecture, str], Architecture], str]]] = {
    "up": (lambda a, node: edit.move(a, node, -1), N_("move {id} up")),
    "down": (lambda a, node: edit.move(a, node, 1), N_("move {id} down")),
    "duplicate": (edit.duplicate, N_("duplicate {id}")),
    "reuse": (edit.reuse, N_("use the layer of {id} again")),
    "output": (edit.set_output, N_("make {id} the output")),
    "also": (edit.add_output, N_("make {id} an output")),
    "no_output": (edit.remove_output, N_("make {id} no output")),
    "unshare": (edit.unshare, N_("give {id} a layer of its own")),
    "add_input": (lambda a, _node: edit.add_input(a), N_("add an input")),
    "remove": (edit.remove, N_("delete {id}")),
    "remove_input": (edit.remove_input, N_("delete {id}")),
}
_INPUT_SHAPES: Final[dict[tuple[int, ...], str]] = {(28, 28, 1): "MNIST 28×28×1", (32, 32, 3): "CIFAR-10 32×32×3"}


def architecture() -> Architecture:
    """The network as it is now."""
    return session.architecture()


def form_key(node: str) -> str:
    """The key of the form of a node's block."""
    return f"block.{node}"


def take_fields(node_id: str | None) -> None:
    """Put into the network what the form of a node holds since the last run."""
    node = architecture().by_id.get(node_id) if node_id else None
    if node is None:
        return
    old = architecture().block_of(node)
    new = form.read(old, form_key(node.id))
    if new != old:
        fields = [name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)]
        _do(node.id, lambda a: edit.set_block(a, node.id, new), N_("change {field} of {id}"), id=node.id,
            field=", ".join(fields))


def act(action: str, node: str) -> None:
    """Do one action of a menu to an input or node."""
    if action in ("before", "after"):
        palette.ask((action, node))
        return
    now = architecture()
    if action == "remove" and node in now.inputs:
        action = "remove_input"
    change, label = _STEPS[action]
    place = next((i for i, other in enumerate(now.nodes) if other.id == node), 0)
    adds, removes = action in ("duplicate", "reuse"), action in ("remove", "remove_input")
    if _do(node, lambda a: change(a, node), label, id=node) and (adds or removes):
        nodes = architecture().nodes
        near = place + 1 if adds else min(place, len(nodes) - 1)
        if chosen(now) == node:
            choose(nodes[near].id if nodes else None)


def node_menu(now: Architecture, node: Node) -> None:
    """The menu at the end of a node's card."""
    is_output = node.id in now.outputs.values()
    marks = ["no_output"] if is_output else ["output", "also"]
    own = ["unshare"] if node.shares else []
    wanted = ["before", "after", "up", "down", "duplicate", "reuse", *own, *marks, "remove"]
    _menu(node.id, wanted)


def input_menu(now: Architecture, name: str) -> None:
    """The menu at the end of an input's card."""
    _menu(name, ["after", "add_input", *(["remove"] if len(now.inputs) > 1 else [])])


def _menu(node: str, wanted: Sequence[str]) -> None:
    key = f"menu.{node}"
    # The style sheet shows the icon alone; screen readers get the words.
    st.menu_button(_("Actions for {id}").format(id=node), wanted, icon=":material/more_vert:", key=key,
                   type="tertiary", format_func=_menu_label, on_click=_from_menu, args=(key, node))


def _menu_label(action: str) -> str:
    icon, label = _MENU[action]
    return f"{icon} {_(label)}"


def _from_menu(key: str, node: str) -> None:
    action = st.session_state[key]
    if action in _MENU:
        act(action, node)


def offer(place: str, mends: Sequence[Repair]) -> None:
    """A button for each mend of the mistake at `place`."""
    if not mends:
        return
    with st.container(horizontal=True, gap="xsmall", key=f"repairs-{place}"):
        for number, mend in enumerate(mends):
            st.button(plain(str(mend)), icon=":material/build:", key=f"repair.{place}.{number}", on_click=_mend,
                      args=(place, mend))


def _mend(place: str, mend: Repair) -> None:
    _do(place, lambda _now: mend.architecture, N_("mend: {what}"), what=str(mend))


def quick_buttons(now: Architecture, node: Node) -> None:
    """The most used actions of the open card, with their keys."""
    first, last = now.nodes[0].id == node.id, now.nodes[-1].id == node.id
    with st.container(horizontal=True, gap="xxsmall", width="content", key="quick"):
        for action, shortcut, disabled in (
            ("up", "Alt+Up", first), ("down", "Alt+Down", last), ("duplicate", None, False),
            ("remove", "Alt+Delete", False),
        ):
            icon, label = _MENU[action]
            st.button(_(label), icon=icon, key=f"quick.{action}", help=_(label), shortcut=shortcut,
                      disabled=disabled, on_click=act, args=(action, node.id))


def name_field(node: str) -> None:
    """The name of an input or node, to be changed."""
    key = f"name.{node}"
    st.session_state[key] = node
    st.text_input(_("Name"), key=key, max_chars=60, width=WIDTH, on_change=_rename, args=(key, node),
                  help=_("Letters, digits and _; starts with a letter. The layer's name in Keras."))


def _rename(key: str, old: str) -> None:
    new = str(st.session_state[key]).strip()
    if _do(old, lambda a: edit.rename(a, old, new), _RENAME, id=old, new=new):
        choose(new)


def sources_field(now: Architecture, node: Node, block: Block) -> None:
    """What a node reads: one choice, or several for a block that merges."""
    later = _readers_of(now, node.id)
    options = [*now.inputs, *(other.id for other in now.nodes if other.id not in later)]
    key = f"reads.{node.id}"
    changed: dict[str, Any] = {"on_change": _reads, "args": (key, node.id), "key": key}
    if block.most_inputs == 1 and len(node.inputs) <= 1:
        st.session_state[key] = next(iter(node.inputs), None)
        st.selectbox(_("Reads"), options, width=WIDTH, placeholder=_("nothing"), help=_("What comes into it"),
                     **changed)
    else:
        st.session_state[key] = list(dict.fromkeys(node.inputs))
        st.multiselect(_("Reads"), options, width=2 * WIDTH, placeholder=_("nothing"),
                       help=_("What comes into it, in this order"), **changed)


def _readers_of(now: Architecture, node_id: str) -> set[str]:
    """A node and everything that follows from it: what it cannot read."""
    found = {node_id}
    for node in now.nodes:
        if not found.isdisjoint(node.inputs):
            found.add(node.id)
    return found


def _reads(key: str, node: str) -> None:
    held = st.session_state[key]
    sources = held if isinstance(held, list) else [held] if held else []
    _do(node, lambda a: edit.set_inputs(a, node, sources), N_("let {id} read {sources}"), id=node,
        sources=", ".join(sources) or "–")


def shape_fields(now: Architecture, name: str) -> None:
    """The shape of an input: one of the data sets' or any other."""
    shape = now.inputs[name]
    quick, free = f"shape.{name}.quick", f"shape.{name}"
    st.session_state[quick] = _INPUT_SHAPES.get(shape)
    st.segmented_control(_("Images of"), list(_INPUT_SHAPES.values()), key=quick, on_change=_quick_shape,
                         args=(quick, name), wrap=False)
    st.session_state[free] = shown_shape(shape).replace("\u202f", " ")
    st.text_input(_("Shape"), key=free, width=WIDTH, on_change=_free_shape, args=(free, name),
                  help=_("Height × width × channels, as in 28 × 28 × 1"))


def _quick_shape(key: str, name: str) -> None:
    shape = next((shape for shape, label in _INPUT_SHAPES.items() if label == st.session_state[key]), None)
    if shape:
        _shape(name, shape)


def _free_shape(key: str, name: str) -> None:
    text = str(st.session_state[key]).strip()
    sizes = re.split(r"\s*[x×X*,;]\s*|\s+", text)
    if all(re.fullmatch(r"\d{1,9}", size) for size in sizes):
        _shape(name, tuple(map(int, sizes)))
    else:
        _tell(name, UserError(f"inputs.{name}", N_("expected sizes as in 28 × 28 × 1"), text))


def _shape(name: str, shape: tuple[int, ...]) -> None:
    _do(name, partial(edit.set_input_shape, name=name, shape=shape), N_("give {id} the shape {shape}"), id=name,
        shape=shown_shape(shape))


def _do(place: str, change: Callable[[Architecture], Architecture], label: str, **values: Any) -> bool:
    """Make one step; where it cannot be done, say so on the card of `place`."""
    error = session.edit(change, label, **values)
    if error:
        _tell(place, error)
    return error is None


def _tell(place: str, error: UserError) -> None:
    st.session_state[_ERROR] = (place, error.to_json())


def show_error(place: str) -> None:
    """What could not be done at `place` in the last step, said once."""
    found = st.session_state.get(_ERROR)
    if found and found[0] == place:
        del st.session_state[_ERROR]
        st.error(plain(str(UserError.from_json(found[1]))), icon=":material/error:")
