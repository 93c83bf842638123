"""This browser's architecture and recipe: kept as JSON, with undo, in a draft that outlives the session.

Every page that uses them begins with `start()`. The draft's id stands in the address, so that F5, a second tab and a
restart of the server find it again; whoever comes back without an address gets the draft of the last visit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

import streamlit as st

from components.owner import owner
from components.whole import whole
from lib.arch import Architecture, nest, presets
from lib.errors import UserError
from lib.i18n import N_, _
from lib.runs.drafts import NO_DRAFT
from lib.runs.store import Draft, Store
from lib.training.recipe import Recipe

MOST_STEPS: Final = 100
PARAMETER: Final = "draft"

_ARCHITECTURE: Final = "draft.architecture"
_RECIPE: Final = "draft.recipe"
_PAST: Final = "draft.past"
_FUTURE: Final = "draft.future"
_ID: Final = "draft.id"
_SAVED: Final = "draft.saved"
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
    if _ARCHITECTURE not in st.session_state:
        _begin()
    else:
        refresh()
    _show_address()


def network() -> Architecture:
    """The whole network as it is now."""
    return _architecture(st.session_state[_ARCHITECTURE])


def architecture() -> Architecture:
    """The network that the Build page shows: the whole one, or the inside of the block that has been entered."""
    return _inside(st.session_state[_ARCHITECTURE], path())


def path() -> tuple[str, ...]:
    """The blocks that have been entered, the outermost first; a step that is gone ends it."""
    wanted: tuple[str, ...] = st.session_state.get(_PATH, ())
    for depth in range(len(wanted), 0, -1):
        try:
            _inside(st.session_state[_ARCHITECTURE], wanted[:depth])
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
    text = st.session_state[_RECIPE]
    return Recipe() if text is None else _recipe(text)


def before() -> Architecture | None:
    """The network as the page showed it before the last change, whichever way that went; None before the first."""
    shown, previous = st.session_state.get(_SHOWN, (None, None))
    present = (st.session_state[_ARCHITECTURE], path())
    if shown != present:
        # What stands inside a block is not compared with what stands outside of it.
        previous = shown if shown and shown[1] == present[1] else None
        st.session_state[_SHOWN] = (present, previous)
    return None if previous is None else _before(*previous)


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
    present = st.session_state[_ARCHITECTURE]
    if text == present:
        return
    _remember(text, changed)
    st.session_state[_PAST] = [*st.session_state[_PAST], (present, label, values)][-MOST_STEPS:]
    st.session_state[_FUTURE] = []
    st.session_state[_ARCHITECTURE] = text
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
    if text != st.session_state[_RECIPE]:
        st.session_state[_RECIPE] = text
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
    fresh = presets.load(presets.DEFAULT).to_json()
    st.session_state.update({
        _ARCHITECTURE: fresh, _RECIPE: None, _PAST: [], _FUTURE: [], _ID: None, _SAVED: (None, None),
    })
    asked = st.query_params.get(PARAMETER)
    try:
        draft = _find(asked)
        if draft:
            _adopt(draft)
        elif asked:
            add_notice(_(_NO_DRAFT))
    except UserError as error:
        add_notice(str(error))
    if asked and not st.session_state[_ID]:
        del st.query_params[PARAMETER]


def _show_address() -> None:
    """Put the draft's id into the address: a switch of pages has taken it out."""
    if st.session_state[_ID] and st.query_params.get(PARAMETER) != st.session_state[_ID]:
        st.query_params[PARAMETER] = st.session_state[_ID]


def _find(asked: str | None) -> Draft | None:
    store = Store()
    identity = asked or store.preference(owner(), PARAMETER)
    return store.load_draft(owner(), identity) if identity else None


def _adopt(draft: Draft) -> None:
    """Make the texts of `draft` the present ones.

    Raises:
        UserError: they cannot be read; nothing has changed then.
    """
    _architecture(draft.architecture)
    if draft.recipe is not None:
        _recipe(draft.recipe)
    st.session_state[_ARCHITECTURE] = draft.architecture
    st.session_state[_RECIPE] = draft.recipe
    st.session_state[_ID] = draft.id
    st.session_state[_SAVED] = (draft.architecture, draft.recipe)


@whole()
def refresh() -> None:
    """Take over what another tab wrote since this one last looked; what was here stays in the history."""
    if not st.session_state[_ID]:
        return
    try:
        draft = Store().load_draft(owner(), st.session_state[_ID])
        if draft is None or (draft.architecture, draft.recipe) == st.session_state[_SAVED]:
            return
        present = st.session_state[_ARCHITECTURE]
        _adopt(draft)
    except UserError as error:
        add_notice(str(error))
        return
    if draft.architecture != present:
        st.session_state[_PAST] = [*st.session_state[_PAST], (present, _ELSEWHERE, {})][-MOST_STEPS:]
        st.session_state[_FUTURE] = []
        add_notice(_(_TAKEN_OVER))


def _save() -> None:
    """Write the present texts to the draft, which the first change makes."""
    texts = (st.session_state[_ARCHITECTURE], st.session_state[_RECIPE])
    try:
        store = Store()
        if not (st.session_state[_ID] and _saved(store, texts)):
            st.session_state[_ID] = store.new_draft(owner(), *texts)
            store.set_preference(owner(), PARAMETER, st.session_state[_ID])
    except UserError as error:
        add_notice(_(_NOT_SAVED).format(problem=error))
        return
    st.session_state[_SAVED] = texts
    _show_address()


def _saved(store: Store, texts: tuple[str, str | None]) -> bool:
    """Write `texts` to the draft; whether it is still there."""
    try:
        store.save_draft(owner(), st.session_state[_ID], *texts)
    except UserError as error:
        if error.expected != NO_DRAFT:
            raise
        return False
    return True


def _step(source: str, target: str) -> None:
    refresh()
    if not st.session_state[source]:
        return
    *rest, (text, label, values) = st.session_state[source]
    st.session_state[target] = [*st.session_state[target], (st.session_state[_ARCHITECTURE], label, values)]
    st.session_state[source] = rest
    st.session_state[_ARCHITECTURE] = text
    _save()


def _label(history: str) -> str | None:
    steps: list[Step] = st.session_state[history]
    if not steps:
        return None
    _text, label, values = steps[-1]
    return _(label).format(**values)


_KNOWN: Final[OrderedDict[str, Architecture]] = OrderedDict()
_MOST_KNOWN: Final = 256


def _architecture(text: str) -> Architecture:
    """The network of a JSON text that was read or written lately, or the text read anew."""
    found = _KNOWN.get(text)
    return found if found is not None else _remember(text, Architecture.from_json(text))


def _remember(text: str, read: Architecture) -> Architecture:
    _KNOWN[text] = read
    while len(_KNOWN) > _MOST_KNOWN:
        # Another session may have been quicker to forget.
        with suppress(KeyError):
            _KNOWN.popitem(last=False)
    return read


@lru_cache(maxsize=256)
def _inside(text: str, way: tuple[str, ...]) -> Architecture:
    return nest.inside(_architecture(text), way)


def _before(text: str, way: tuple[str, ...]) -> Architecture | None:
    try:
        return _inside(text, way)
    except UserError:
        return None


@lru_cache(maxsize=256)
def _recipe(text: str) -> Recipe:
    return Recipe.from_json(text)
