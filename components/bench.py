"""What is being made on the Formulas page: for each kind one thing in work, and what was put aside for another.

All of it is kept with the owner's preferences at every change, so that F5, another page and a restart of the server
find it again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from components import session
from components.owner import owner
from components.whole import whole
from lib.errors import UserError
from lib.i18n import N_, _
from lib.own.examples import EXAMPLES
from lib.runs.store import Store

MOST_ASIDE: Final = 5
_LONGEST: Final = 200_000
_WORK: Final = "formulas.work"
_FRESH: Final = "formulas.fresh"
_NOT_KEPT: Final = N_("Your work is not saved at the moment. {problem}")

Fields = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """A thing in work.

    Attributes:
        fields: as JSON has them, also while they are no thing of its kind: half a formula, no name.
        start: what they were when it was taken up.
        of: the name under which it is saved, if it is.
        aside: what was left with changes for something else, the last first.
    """

    fields: Fields
    start: Fields
    of: str | None = None
    aside: tuple[Fields, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is something to lose."""
        return self.fields != self.start


def work(kind: str) -> Work:
    """What is in work of a kind; at first its first example."""
    key = f"{_WORK}.{kind}"
    if key not in st.session_state:
        st.session_state[key] = _kept(kind) or _begun(kind)
    found: Work = st.session_state[key]
    return found


@whole()
def change(kind: str, **fields: Any) -> Work:
    """Give fields of what is in work other values."""
    now = work(kind)
    changed = replace(now, fields={**now.fields, **fields})
    if changed != now:
        _put(kind, changed)
    return changed


@whole()
def take(kind: str, fields: Fields, of: str | None = None) -> None:
    """Begin to work on something else; what had changes is put aside."""
    now = work(kind)
    aside = [one for one in now.aside if one != fields]
    if now.changed and now.fields != fields:
        aside = [now.fields, *(one for one in aside if one != now.fields)][:MOST_ASIDE]
    _put(kind, Work(fields, fields, of, tuple(aside)))
    st.session_state[f"{_FRESH}.{kind}"] = True


@whole()
def take_up(kind: str, fields: Fields) -> None:
    """Go on with something that was put aside; it counts as changed."""
    take(kind, fields)
    _put(kind, replace(work(kind), start={}))


@whole()
def throw_away(kind: str, fields: Fields) -> None:
    """Forget something that was put aside."""
    now = work(kind)
    _put(kind, replace(now, aside=tuple(one for one in now.aside if one != fields)))


@whole()
def saved_as(kind: str, name: str | None) -> None:
    """What is in work is saved under this name now; None: nowhere."""
    now = work(kind)
    _put(kind, replace(now, start=now.fields if name else {}, of=name))


def fresh(kind: str) -> bool:
    """Whether something else was taken up since the last look, which the widgets do not show yet."""
    return bool(st.session_state.pop(f"{_FRESH}.{kind}", False))


def _put(kind: str, changed: Work) -> None:
    st.session_state[f"{_WORK}.{kind}"] = changed
    text = json.dumps({"fields": changed.fields, "start": changed.start, "of": changed.of, "aside": changed.aside})
    try:
        if len(text) <= _LONGEST:
            Store().set_preference(owner(), f"{_WORK}.{kind}", text)
    except UserError as error:
        session.add_notice(_(_NOT_KEPT).format(problem=error))


def _kept(kind: str) -> Work | None:
    """What was in work at the last visit; None where there is nothing that can be read."""
    try:
        text = Store().preference(owner(), f"{_WORK}.{kind}")
        match json.loads(text or "null"):
            case {"fields": dict(fields), "start": dict(start), "of": None | str() as of, "aside": list(aside)}:
                return Work(fields, start, of, tuple(one for one in aside if isinstance(one, dict)))
    except (UserError, ValueError):
        return None
    return None


def _begun(kind: str) -> Work:
    first = next(example.fields for example in EXAMPLES if example.kind == kind)
    return Work(first, first)
