"""This browser's draft: the JSON texts of its network and recipe, in the session and, from the first change on, kept.

Its id stands in the address, so that F5, a second tab and a restart of the server find it again; whoever comes back
without an address gets the draft of the last visit.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from components import parsed
from components.owner import owner
from lib.errors import UserError
from lib.runs.drafts import NO_DRAFT
from lib.runs.store import Draft, Store

PARAMETER: Final = "draft"
ARCHITECTURE: Final = "draft.architecture"
RECIPE: Final = "draft.recipe"

_ID: Final = "draft.id"
_SAVED: Final = "draft.saved"


def has_begun() -> bool:
    """Whether this session has its draft already."""
    return ARCHITECTURE in st.session_state


def begin(fresh: str) -> bool:
    """Begin with the draft that the address names or that of the last visit, else with `fresh` as the network.

    Returns:
        Whether there is what the address names, if it names anything.

    Raises:
        UserError: the draft cannot be read, and the session begins with `fresh`.
    """
    st.session_state.update({ARCHITECTURE: fresh, RECIPE: None, _ID: None, _SAVED: (None, None)})
    asked = st.query_params.get(PARAMETER)
    try:
        found = _find(asked)
        if found:
            _adopt(found)
        return found is not None or not asked
    finally:
        if asked and not st.session_state[_ID]:
            del st.query_params[PARAMETER]


def take_newer() -> None:
    """Make what another tab wrote since the last look the present texts.

    Raises:
        UserError: it cannot be read; nothing has changed then.
    """
    if not st.session_state[_ID]:
        return
    found = Store().load_draft(owner(), st.session_state[_ID])
    if found is not None and (found.architecture, found.recipe) != st.session_state[_SAVED]:
        _adopt(found)


def save() -> None:
    """Write the present texts to the draft, which the first change makes.

    Raises:
        UserError: the store cannot be written.
    """
    texts = (st.session_state[ARCHITECTURE], st.session_state[RECIPE])
    store = Store()
    if not (st.session_state[_ID] and _saved(store, texts)):
        st.session_state[_ID] = store.new_draft(owner(), *texts)
        store.set_preference(owner(), PARAMETER, st.session_state[_ID])
    st.session_state[_SAVED] = texts
    show_address()


def show_address() -> None:
    """Put the draft's id into the address: a switch of pages has taken it out."""
    if st.session_state[_ID] and st.query_params.get(PARAMETER) != st.session_state[_ID]:
        st.query_params[PARAMETER] = st.session_state[_ID]


def _find(asked: str | None) -> Draft | None:
    store = Store()
    identity = asked or store.preference(owner(), PARAMETER)
    return store.load_draft(owner(), identity) if identity else None


def _adopt(draft: Draft) -> None:
    # Both are read before anything changes.
    parsed.network(draft.architecture)
    if draft.recipe is not None:
        parsed.recipe(draft.recipe)
    st.session_state[ARCHITECTURE] = draft.architecture
    st.session_state[RECIPE] = draft.recipe
    st.session_state[_ID] = draft.id
    st.session_state[_SAVED] = (draft.architecture, draft.recipe)


def _saved(store: Store, texts: tuple[str, str | None]) -> bool:
    """Write `texts` to the draft; whether it is still there."""
    try:
        store.save_draft(owner(), st.session_state[_ID], *texts)
    except UserError as error:
        if error.expected != NO_DRAFT:
            raise
        return False
    return True
