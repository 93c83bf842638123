"""This browser's network and recipe: what is shown of them, every step with undo, and what there is to tell.

Every page that uses them begins with `start()`. They are kept as JSON in a draft that outlives the session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from components import draft, parsed
from components.draft import ARCHITECTURE, RECIPE
from components.whole import whole
from lib.arch import Architecture, nest, presets
from lib.errors import UserError
from lib.i18n import N_, _
from lib.training.recipe import Recipe

MOST_STEPS: Final = 100

_PAST: Final = "draft.past"
_FUTURE: Final = "draft.future"
_SHOWN: Final = "draft.shown"
_PATH: Final = "draft.path"
_NOTICES: Final = "draft.notices"
_ELSEWHERE: Final = N_("take over what another tab did")
_TAKEN_OVER: Final = N_("Another tab changed this network. You see its newest state; Undo brings back yours.")
_NOT_SAVED: Final = N_("Your work is not saved at the moment. {problem}")
_NO_DRAFT: Final = N_("This address names a draft that this browser does not have. You see a fresh start instead.")

Step = tuple[str, str, dict[str, Any]]
"""The JSON to go back (or forward) to, and the label of the step: a message id and its values."""


@whole()
def start() -> None:
    """Load this browser's draft at the first run of a session, and later what other tabs did to it."""
    if draft.has_begun():
        refresh()
    else:
        _begin()
    draft.show_address()


@whole()
def refresh() -> None:
    """Take over what another tab did since this one last looked; what was here stays in the history."""
    present = st.session_state[ARCHITECTURE]
    try:
        draft.take_newer()
    except UserError as error:
        add_notice(str(error))
    if st.session_state[ARCHITECTURE] != present:
        _remember_step(present, _ELSEWHERE, {})
        add_notice(_(_TAKEN_OVER))


def network() -> Architecture:
    """The whole network as it is now."""
    return parsed.network(st.session_state[ARCHITECTURE])


def architecture() -> Architecture:
    """The network that the Build page shows: the whole one, or the inside of the block that has been entered."""
    return parsed.inside(st.session_state[ARCHITECTURE], path())


def path() -> tuple[str, ...]:
    """The blocks that have been entered, the outermost first; a step that is gone ends it."""
    wanted: tuple[str, ...] = st.session_state.get(_PATH, ())
    for depth in range(len(wanted), 0, -1):
        try:
            parsed.inside(st.session_state[ARCHITECTURE], wanted[:depth])
        except UserError:
            continue
        return wanted[:depth]
    return ()


def enter(node_id: str) -> None:
    """Show the network inside a block of the one that is shown."""
    st.session_state[_PATH] = (*path(), node_id)


def leave(depth: int = 0) -> None:
    """Show the network `depth` blocks deep again: at 0 the whole one."""
    st.session_state[_PATH] = path()[:depth]


def recipe() -> Recipe:
    """The recipe as it is now."""
    text = st.session_state[RECIPE]
    return Recipe() if text is None else parsed.recipe(text)


def before() -> Architecture | None:
    """The network as the page showed it before the last change, whichever way that went; None before the first."""
    shown, previous = st.session_state.get(_SHOWN, (None, None))
    present = (st.session_state[ARCHITECTURE], path())
    if shown != present:
        # What stands inside a block is not compared with what stands outside of it.
        previous = shown if shown and shown[1] == present[1] else None
        st.session_state[_SHOWN] = (present, previous)
    try:
        return None if previous is None else parsed.inside(*previous)
    except UserError:
        return None


def put(changed: Architecture, label: str, **values: Any) -> bool:
    """Make `changed` the network that is shown, as a step that Undo can take back and calls by the message id `label`.

    Where it does not fit into the block that has been entered, a notice says so, nothing changes, and the answer is no.
    """
    error = edit(lambda _shown: changed, label, **values)
    if error:
        add_notice(str(error))
    return error is None


@whole()
def put_network(changed: Architecture, label: str, **values: Any) -> None:
    """Make `changed` the whole network, as `put` does; whatever has been entered is left."""
    leave()
    _put(changed, label, values)


def _put(changed: Architecture, label: str, values: dict[str, Any]) -> None:
    text = changed.to_json()
    present = st.session_state[ARCHITECTURE]
    if text == present:
        return
    parsed.remember(text, changed)
    _remember_step(present, label, values)
    st.session_state[ARCHITECTURE] = text
    _save()


@whole()
def edit(change: Callable[[Architecture], Architecture], label: str, **values: Any) -> UserError | None:
    """Apply `change` to the newest state of the network; the error where it cannot be done, and nothing changes."""
    refresh()
    try:
        _put(nest.with_inside(network(), path(), change(architecture())), label, values)
    except UserError as error:
        return error
    return None


@whole()
def put_recipe(changed: Recipe) -> None:
    """Make `changed` the present recipe."""
    text = changed.to_json()
    if text != st.session_state[RECIPE]:
        st.session_state[RECIPE] = text
        _save()


@whole()
def undo() -> None:
    """Go back one step, if there is one."""
    _step(_PAST, _FUTURE)


@whole()
def redo() -> None:
    """Go forward one step that was undone, if there is one."""
    _step(_FUTURE, _PAST)


def undo_label() -> str | None:
    """What Undo would take back, in the language of the moment; None when there is nothing."""
    return _label(_PAST)


def redo_label() -> str | None:
    """What Redo would do again; None when there is nothing."""
    return _label(_FUTURE)


def add_notice(sentence: str) -> None:
    """Keep a sentence for the next drawing of the page."""
    st.session_state.setdefault(_NOTICES, []).append(sentence)


def take_notices() -> list[str]:
    """The sentences since the last time, each told once."""
    notices = list(dict.fromkeys(st.session_state.get(_NOTICES, [])))
    st.session_state[_NOTICES] = []
    return notices


def _begin() -> None:
    st.session_state.update({_PAST: [], _FUTURE: []})
    try:
        if not draft.begin(presets.load(presets.DEFAULT).to_json()):
            add_notice(_(_NO_DRAFT))
    except UserError as error:
        add_notice(str(error))


def _remember_step(before: str, label: str, values: dict[str, Any]) -> None:
    """Let Undo go back to the network `before` this step, and Redo nowhere."""
    st.session_state[_PAST] = [*st.session_state[_PAST], (before, label, values)][-MOST_STEPS:]
    st.session_state[_FUTURE] = []


def _save() -> None:
    try:
        draft.save()
    except UserError as error:
        add_notice(_(_NOT_SAVED).format(problem=error))


def _step(source: str, target: str) -> None:
    refresh()
    if not st.session_state[source]:
        return
    *rest, (text, label, values) = st.session_state[source]
    st.session_state[target] = [*st.session_state[target], (st.session_state[ARCHITECTURE], label, values)]
    st.session_state[source] = rest
    st.session_state[ARCHITECTURE] = text
    _save()


def _label(history: str) -> str | None:
    steps: list[Step] = st.session_state[history]
    if not steps:
        return None
    _text, label, values = steps[-1]
    return _(label).format(**values)
