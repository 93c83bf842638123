"""The widget of each kind of field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from components import own_choices
from components.form_fields import Choice, Flag, FormField, Line, Number, OneOrTwo, Text, Variant
from components.form_values import step_of
from lib.errors import shortened
from lib.i18n import N_, _

_FEW: Final = 3
_LETTERS: Final = 10
_LONGEST: Final = 40
_PAIR_HELP: Final = N_("One number, or height × width as in 3 × 5.")
_SIDES_HELP: Final = N_("One number, height × width as in 1 × 2, or top, bottom × left, right as in 0, 1 × 0, 1.")


def draw(field: FormField, value: Any, widget: str, on_change: Callable[[], None] | None) -> None:
    """The widget of one field, which the session's state has given what it shows; `value` is that of the model."""
    kind = field.kind
    title, help_text = _(field.title), f"`{field.name}`: {_(field.help)}"
    if isinstance(kind, OneOrTwo):
        help_text = f"{help_text}. {_(_SIDES_HELP if kind.sides else _PAIR_HELP)}"
    common: dict[str, Any] = {"key": widget, "help": help_text, "on_change": on_change}
    if isinstance(kind, Flag):
        st.toggle(title, **common)
    elif isinstance(kind, Variant) and kind.own:
        _with_own(field, kind, value, title, common)
    elif isinstance(kind, Choice) and kind.counts:
        typed = {str(value), str(st.session_state[widget])} - set(kind.options)
        st.selectbox(title, (*kind.options, *sorted(typed)), accept_new_options=True, **common)
    elif isinstance(kind, Choice | Variant):
        _choice(title, (None, *kind.options) if field.optional else kind.options, common)
    elif isinstance(kind, Number):
        _number(field, kind, title, common)
    elif isinstance(kind, Text):
        with st.container(key=f"code-{widget}"):
            st.text_area(title, max_chars=kind.longest, height="content", **common)
    else:
        longest = kind.longest if isinstance(kind, Line) else None
        st.text_input(title, placeholder=_("none") if field.optional else None, max_chars=longest, **common)


def _choice(title: str, options: tuple[Any, ...], common: dict[str, Any]) -> None:
    none = _("none")

    def label(option: Any) -> str:
        return none if option is None else str(option)

    # In a segmented control None would mean that nothing is chosen, and it cuts off what has no room.
    if len(options) <= _FEW and None not in options and sum(map(len, map(str, options))) < _LETTERS:
        st.segmented_control(title, options, format_func=str, required=True, wrap=False, **common)
    else:
        st.selectbox(title, options, format_func=label, placeholder=none, **common)


def _with_own(field: FormField, kind: Variant, value: Any, title: str, common: dict[str, Any]) -> None:
    """A choice among names and what is of one's own; of the latter the widget holds the text."""
    assert kind.own is not None
    own = {one.model_dump_json(): one for one in own_choices.known(kind.own)}
    if kind.is_own(value):
        own.setdefault(value.model_dump_json(), value)
    none = _("none")

    def label(option: Any) -> str:
        # In no language: what the browser holds is the label, which stays when the language changes.
        if option in own:
            return f"{own[option]}: {shortened(own[option].formula, _LONGEST)}"
        return none if option is None else str(option)

    options = [*([None] if field.optional else []), *kind.options, *own]
    st.selectbox(title, options, format_func=label, placeholder=none, **common)


def _number(field: FormField, kind: Number, title: str, common: dict[str, Any]) -> None:
    number = int if kind.whole else float
    bounds: dict[str, Any] = {
        name: None if bound is None else number(bound)
        for name, bound in (("min_value", kind.least), ("max_value", kind.most))
    }
    st.number_input(
        title,
        **bounds,
        value=None if field.optional else "min",
        step=step_of(field),
        format="%d" if kind.whole else "%.6g",
        placeholder=_("none") if field.optional else None,
        **common,
    )
