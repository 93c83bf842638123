"""Save, rename, duplicate and delete what is in work; a deleted thing can be had back."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st
from pydantic import BaseModel

from components import bench, session
from components.own import names
from components.owner import owner
from components.text import plain, sentence
from components.whole import whole
from lib.errors import UserError
from lib.i18n import _
from lib.own import kinds
from lib.runs.makings import NAME_TAKEN
from lib.runs.store import Store

_DELETED: Final = "formulas.deleted"


def draw_keep(kind: str, thing: BaseModel | UserError) -> None:
    """The row of buttons, and below it what there is to undo or to complain about."""
    work = bench.work(kind)
    failed: UserError | None = None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="formulas-keep"):
        named = None if isinstance(thing, UserError) else str(thing.name)  # type: ignore[attr-defined]
        renames = work.of is not None and named not in (None, work.of)
        if st.button(_("Rename and save") if renames else _("Save"), type="primary", icon=":material/save:",
                     key="formulas.save", disabled=named is None or (work.of is not None and not work.changed),
                     shortcut="Mod+S"):
            failed = _save(kind, thing)
            if failed is None:
                st.rerun()
        if st.button(_("Duplicate"), icon=":material/content_copy:", key="formulas.duplicate"):
            _duplicate(kind)
            st.rerun()
        if work.of is not None and st.button(_("Delete"), icon=":material/delete:", key="formulas.delete",
                                             help=_("It can be had back")):
            failed = _delete(kind, work.of)
            if failed is None:
                st.rerun()
        st.markdown(f":gray[:small[{_state(work)}]]", width="content")
    _undo(kind)
    if failed is not None:
        st.error(plain(sentence(failed)), icon=":material/error:")


def _state(work: bench.Work) -> str:
    if work.of is None:
        return _("not saved under a name yet")
    name = plain(work.of)
    return (_("{name} has changes that are not saved") if work.changed else _("{name} is saved")).format(name=name)


@whole()
def _save(kind: str, thing: Any) -> UserError | None:
    """Save it under its name; the error where that cannot be done."""
    old = bench.work(kind).of
    store = Store()
    try:
        if old is not None and old in names(kind):
            store.rename_own(owner(), kind, old, thing.name, kinds.written(thing))
        elif thing.name in names(kind):
            raise UserError("", NAME_TAKEN, thing.name)
        else:
            store.save_own(owner(), kind, thing.name, kinds.written(thing))
    except UserError as error:
        return error
    bench.saved_as(kind, thing.name)
    st.session_state.pop(_DELETED, None)
    session.add_notice(_("{name} is saved.").format(name=thing.name))
    return None


def _duplicate(kind: str) -> None:
    """Go on with a copy of it under a free name."""
    fields = bench.work(kind).fields
    base = str(fields.get("name") or "mine").rstrip("0123456789")[:30].rstrip("_")
    taken = {*names(kind), str(fields.get("name"))}
    name = next(name for number in range(2, 1000) if (name := f"{base}_{number}") not in taken)
    bench.take_up(kind, {**fields, "name": name})


@whole()
def _delete(kind: str, name: str) -> UserError | None:
    if bench.work(kind).of != name:
        # A second click: what is to be had back must not be forgotten.
        return None
    body = next((row.body for row in _rows(kind) if row.name == name), None)
    try:
        Store().delete_own(owner(), kind, name)
    except UserError as error:
        return error
    st.session_state[_DELETED] = (kind, name, body)
    bench.saved_as(kind, None)
    return None


def _undo(kind: str) -> None:
    """What was deleted last, and the way back."""
    deleted = st.session_state.get(_DELETED)
    if deleted is None or deleted[0] != kind or deleted[2] is None:
        return
    _kind, name, body = deleted
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_("{name} was deleted.").format(name=plain(name)), width="content")
        if st.button(_("Undo"), icon=":material/undo:", key="formulas.undelete"):
            failed = _have_back(kind, name, body)
            if failed is not None:
                st.error(plain(sentence(failed)), icon=":material/error:")
                return
            st.rerun()


@whole()
def _have_back(kind: str, name: str, body: str) -> UserError | None:
    """Save again what was deleted last; the error where that cannot be done."""
    if _DELETED not in st.session_state:
        return None
    try:
        if name in names(kind):
            raise UserError("", NAME_TAKEN, name)
        Store().save_own(owner(), kind, name, body)
    except UserError as error:
        return error
    del st.session_state[_DELETED]
    if bench.work(kind).of is None and bench.work(kind).fields.get("name") == name:
        bench.saved_as(kind, name)
    return None


def _rows(kind: str) -> Any:
    try:
        return Store().own(owner(), kind)
    except UserError:
        return []
