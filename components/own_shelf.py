"""What there is to take up on the Formulas page: what is saved, what was put aside, and ready examples."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final

import streamlit as st

from components import bench
from components.own import saved, unreadable
from components.text import plain, sentence
from lib.errors import shortened
from lib.i18n import _
from lib.own import kinds
from lib.own.examples import EXAMPLES

_LONGEST: Final = 30


def draw_shelf(kind: str) -> None:
    """Three lists: one's own, what is not saved, examples."""
    with st.container(gap="xxsmall", key="formulas-shelf"):
        _lists(kind, bench.work(kind))


def _lists(kind: str, work: bench.Work) -> None:
    st.subheader(_("What you have made"), anchor=False)
    things = saved(kind)
    if not things:
        st.caption(_("What you save stands here, and wherever its like can be chosen."))
    for thing in things:
        here = work.of == thing.name
        if st.button(plain(thing.name), key=f"formulas.take.{thing.name}", disabled=here, type="tertiary",
                     icon=":material/edit:" if here else ":material/bookmark:"):
            bench.take(kind, json.loads(kinds.written(thing)), thing.name)
            st.rerun()
    for name, error in unreadable(kind).items():
        st.markdown(f":orange[:material/warning: **{plain(name)}**] :small[{plain(sentence(error))}]")
    _aside(kind, work)
    st.subheader(_("Examples"), anchor=False)
    for number, example in enumerate(one for one in EXAMPLES if one.kind == kind):
        if st.button(plain(_(example.title)), key=f"formulas.example.{kind}.{number}", type="tertiary",
                     icon=":material/science:"):
            bench.take(kind, dict(example.fields))
            st.rerun()


def _aside(kind: str, work: bench.Work) -> None:
    """What was left with changes."""
    if not work.aside:
        return
    st.subheader(_("Not saved"), anchor=False)
    for fields in work.aside:
        # Not its number, which another one has once it is gone: a second click must not mean that.
        tag = sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(plain(_label(fields)), key=f"formulas.aside.{tag}", type="tertiary",
                         icon=":material/history:", help=_("Go on with it")):
                bench.take_up(kind, fields)
                st.rerun()
            if st.button(_("Throw away"), key=f"formulas.forget.{tag}", type="tertiary", icon=":material/close:"):
                bench.throw_away(kind, fields)
                st.rerun()


def _label(fields: dict[str, Any]) -> str:
    text = str(fields.get("formula", fields.get("call", "")))
    return f"{fields.get('name') or '?'}: {shortened(text, _LONGEST)}".rstrip(": ")
