"""The thing in work: its name, its formula, its other fields, and the shape that it is tried with."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import streamlit as st
from pydantic import BaseModel

from components import bench, form, session
from components.own_kinds import CLASSED, SHAPED
from components.summary import shown_shape
from components.text import plain
from lib.arch import analyse
from lib.arch.own_python import LONGEST
from lib.errors import UserError
from lib.formula.fields import LONGEST_NAME
from lib.formula.language import MOST_CHARACTERS
from lib.i18n import N_, _
from lib.own import kinds
from lib.own.examples import EXAMPLES
from lib.training.rule_check import freezable

Shape = tuple[int, ...]

DEFAULT_CLASSES: Final = 10
DEFAULT_EPOCHS: Final = 10
MOST_AXES: Final = 4
LARGEST_SIZE: Final = 4096
FORMULAS: Final = {"layer": "call", "python": "code", "rule": None}
"""The field of the formula, where it is not "formula"; of a rule the conditions are fields among others."""
_FOUND: Final = "measured"
"""What is found and not typed."""
_SHAPE: Final = "formulas.shape"
_CLASSES: Final = "formulas.classes"
_EPOCHS: Final = "formulas.epochs"
_LAYERS: Final = "formulas.layers"
_SHAPE_RULE: Final = N_("expected one to four sizes from 1 to 4,096, as in 28 × 28 × 1")


def present(kind: str) -> BaseModel | UserError:
    """The thing in work, or why it is none yet."""
    return _read(kind, bench.work(kind).fields)


def draw_editor(kind: str) -> Shape:
    """Draw the fields, take over what is typed into them, and return the shape to try it with."""
    fresh = bench.fresh(kind)
    with st.container(border=True, key="formulas-editor"):
        with st.container(horizontal=True, vertical_alignment="top", gap="small"):
            _name(kind, fresh)
            size = _size(kind, fresh)
        _formula(kind, fresh)
        _others(kind)
    return size


def _name(kind: str, fresh: bool) -> None:
    key = f"formulas.name.{kind}"
    _hold(key, bench.work(kind).fields.get("name", ""), fresh)
    typed = st.text_input(_("Name"), key=key, max_chars=LONGEST_NAME, live=True, width=form.WIDTH + 60,
                          help=_("What it is called, in the exported code too: letters, digits and _"))
    bench.change(kind, name=(typed or "").strip())


def _formula(kind: str, fresh: bool) -> None:
    field = FORMULAS.get(kind, "formula")
    if field is None:
        return
    key = f"formulas.text.{kind}"
    _hold(key, bench.work(kind).fields.get(field, ""), fresh)
    with st.container(key="code-formulas"):
        typed = _code(key) if kind == "python" else st.text_area(
            _("Formula"), key=key, max_chars=MOST_CHARACTERS, height="content",
            help=_("It is checked at every pause. Lines before the last one name what it uses."))
    bench.change(kind, **{field: (typed or "").replace("\r\n", "\n")})


def _code(key: str) -> str | None:
    return st.text_area(_("Python code"), key=key, max_chars=LONGEST, height="content",
                        help=_("A class of `keras.layers.Layer`; `keras`, `layers` and `ops` are there, anything else "
                               "is to be imported"))


def _others(kind: str) -> None:
    """The fields besides name and formula, where the model has some."""
    edited = {"name": "mine", FORMULAS.get(kind, "formula"): "x"}
    fields = bench.work(kind).fields
    others = [name for name in kinds.KINDS[kind].model_fields if name not in edited and name != _FOUND]
    # A name or a formula that is half typed is no reason not to show the others.
    whole = _read(kind, {**fields, **{name: text for name, text in edited.items() if name}})
    if not others or isinstance(whole, UserError):
        return
    drawn = form.draw(whole, f"formulas.{kind}", skip=tuple(name for name in edited if name))
    changed = drawn.model_dump(mode="json")
    if kind == "rule" and "layers" in changed["action"]:
        changed["action"]["layers"] = _layers(changed["action"]["layers"])
    bench.change(kind, **{name: changed[name] for name in others})


def _layers(present: list[str]) -> list[str]:
    """The layers that a rule freezes or lets learn: those of the network that has been built."""
    network = session.network()
    there = () if analyse(network).problems else freezable(network)
    return st.multiselect(_("Layers"), list(dict.fromkeys([*there, *present])), present, key=_LAYERS,
                          help=_("Layers of your network that have weights"))


def _size(kind: str, fresh: bool) -> Shape:
    if kind in SHAPED:
        return _shape(kind, fresh)
    if kind in CLASSED:
        return (int(st.number_input(_("Tried with so many classes"), 1, 1000, DEFAULT_CLASSES, key=_CLASSES,
                                    width=form.WIDTH, persist_state="session")),)
    if kind == "schedule":
        return (int(st.number_input(_("Tried with so many epochs"), 1, 1000, DEFAULT_EPOCHS, key=_EPOCHS,
                                    width=form.WIDTH, persist_state="session")),)
    return ()


def _shape(kind: str, fresh: bool) -> Shape:
    key = f"{_SHAPE}.{kind}"
    last: Shape = st.session_state.setdefault(f"{key}.last", _suits(kind))
    if fresh and (suits := _example(kind)):
        last = suits
    _hold(key, shown_shape(last).replace("\u202f", " "), fresh)
    typed = st.text_input(_("Tried with an input of"), key=key, width=form.WIDTH, live=True,
                          help=_("Height × width × channels of one image, or fewer sizes, as in 28 × 28 × 1 or 64"))
    sizes = [int(size) for size in re.findall(r"\d{1,9}", typed or "")]
    if 1 <= len(sizes) <= MOST_AXES and all(1 <= size <= LARGEST_SIZE for size in sizes):
        last = tuple(sizes)
    else:
        st.markdown(f":red[:material/error: {plain(str(UserError(_('Shape'), _SHAPE_RULE, typed)))}]")
    st.session_state[f"{key}.last"] = last
    return last


def _suits(kind: str) -> Shape:
    return _example(kind) or next(example.shape for example in EXAMPLES if example.kind == kind)


def _example(kind: str) -> Shape | None:
    """The shape that the example in work asks for."""
    fields = bench.work(kind).fields
    return next((one.shape for one in EXAMPLES if one.kind == kind and one.fields == fields), None)


def _read(kind: str, fields: dict[str, Any]) -> BaseModel | UserError:
    try:
        return kinds.read(kind, json.dumps(fields))
    except UserError as error:
        return error


def _hold(key: str, value: Any, fresh: bool) -> None:
    """Let a widget show `value` when it appears and when something else was taken up; else it has what is typed."""
    if fresh or key not in st.session_state:
        st.session_state[key] = value
