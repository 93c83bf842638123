"""Widgets for any model with fields: a block, a recipe, an optimizer, a callback.

    recipe = form.draw(recipe, "recipe")      # the widgets; a refused value keeps the old model and says why
    recipe = form.read(recipe, "recipe")      # what the widgets hold now, where nothing is to be drawn

The widgets follow the model: whoever changes it in another way (undo, another tab) finds the new values in them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeVar

import streamlit as st
from pydantic import BaseModel, ValidationError

from components import echo, form_widgets
from components.form_fields import Choice, FormField, Rows, Text, Variant, form_fields
from components.form_values import from_widget, to_widget
from components.text import plain
from components.whole import whole
from lib.errors import UserError
from lib.i18n import _

M = TypeVar("M", bound=BaseModel)

WIDTH: Final = 164
_TEXT_WIDTH: Final = 3 * WIDTH
_LETTER: Final = 8
_ARROW: Final = 48
_SHOWN: Final = "form.shown"


def read(model: M, key: str, skip: Collection[str] = ()) -> M:
    """`model` with what its widgets hold now; values that it refuses are left out."""
    return _read(model, key, skip, {})


def draw(model: M, key: str, skip: Collection[str] = (), on_change: Callable[[], None] | None = None) -> M:
    """Draw the fields of `model` except `skip`, and return the model that they describe.

    `key` names this use of the form: of two models drawn one after the other under one key, the second starts with
    its own values. A value that the model refuses leaves it as it was, and a sentence below the field says why.
    `on_change` is called before the page is drawn again for another value of a field, to `read` them all.
    """
    errors: dict[str, UserError] = {}
    model = _read(model, key, skip, errors)
    places = list(_places(model, key, on_change, skip))
    advanced = [place for place in places if place.advanced]
    groups = [(rows, list(group)) for rows, group in groupby([p for p in places if not p.advanced], _has_rows)]
    if not groups or groups[-1][0]:
        groups.append((False, []))
    for rows, group in groups:
        if rows:
            for place in group:
                _rows(place, errors)
        else:
            _fields(group, f"{key}.more", advanced if group is groups[-1][1] else [], errors)
    return model


class _Place(NamedTuple):
    """Where a field is drawn: of which model, under which key, and whether behind "More options"."""

    model: BaseModel
    field: FormField
    widget: str
    on_change: Callable[[], None] | None
    advanced: bool


def _places(
    model: BaseModel, key: str, on_change: Callable[[], None] | None, skip: Collection[str] = (), advanced: bool = False
) -> Iterator[_Place]:
    """The fields of a model in order, each followed by those of the model that is chosen in it."""
    for field in form_fields(type(model)):
        if field.name in skip:
            continue
        place = _Place(model, field, f"{key}.{field.name}", on_change, advanced or field.advanced)
        yield place
        value = getattr(model, field.name)
        if isinstance(field.kind, Variant) and field.kind.opens(value):
            yield from _places(value, _inside(place.widget, field, value), on_change, (), place.advanced)


def _inside(widget: str, field: FormField, value: BaseModel) -> str:
    """The key of the form of the model that is chosen in a field."""
    own = isinstance(field.kind, Variant) and field.kind.is_own(value)
    return f"{widget}.{'own' if own else to_widget(field, value)}"


def _has_rows(place: _Place) -> bool:
    return isinstance(place.field.kind, Rows)


def _fields(plain: list[_Place], more: str, advanced: list[_Place], errors: dict[str, UserError]) -> None:
    """Fields side by side, the advanced ones of them behind a button of the key `more`."""
    refused: list[str] = []
    with _row():
        for place in plain:
            _field(place, errors, refused)
        if advanced:
            with st.popover(_("More options"), icon=":material/tune:", type="tertiary", key=more):
                _fields(advanced, "", [], errors)
    _say(refused)


def _rows(place: _Place, errors: dict[str, UserError]) -> None:
    """Models of one kind, one below the other, each with a button that removes it, and one that adds another."""
    field, kind = place.field, place.field.kind
    assert isinstance(kind, Rows)
    rows = getattr(place.model, field.name)
    st.markdown(f"**{plain(_(field.title))}** :small[:gray[{plain(_(field.help))}]]")
    for number, row in enumerate(rows):
        key = f"{place.widget}.{number}"
        fields = list(_places(row, key, place.on_change))
        refused: list[str] = []
        with _row():
            for one in fields:
                if not one.advanced:
                    _field(one, errors, refused)
            advanced = [one for one in fields if one.advanced]
            more = _("More options")
            with st.popover(more, icon=":material/tune:", type="tertiary", key=f"row-more.{key}", help=more):
                _fields(advanced, "", [], errors)
            remove = _("Remove {name}").format(name=row.name)
            st.button(remove, icon=":material/delete:", type="tertiary", key=f"row-remove.{key}", help=remove,
                      on_click=_change, args=(place, number, len(rows)))
        _say(refused)
    st.button(_(kind.add), icon=":material/add:", key=f"{place.widget}.add", disabled=len(rows) >= kind.most,
              on_click=_change, args=(place, None, len(rows)))
    if place.widget in errors:
        _say([_refusal(field, errors[place.widget])])


@whole()
def _change(place: _Place, removed: int | None, among: int) -> None:
    """Let the next reading take a row away, which is one of so many, or add one."""
    st.session_state[f"{place.widget}.change"] = (removed, among)
    if place.on_change:
        place.on_change()


def _read_rows(model: M, field: FormField, kind: Rows, widget: str, errors: dict[str, UserError]) -> M:
    held = getattr(model, field.name)
    rows = [_read(row, f"{widget}.{number}", (), errors) for number, row in enumerate(held)]
    change = st.session_state.pop(f"{widget}.change", None)
    if change and change[0] is None:
        names = {row.name for row in rows}
        first = str(getattr(kind.model, "first_name"))  # noqa: B009
        free = next(name for name in (first, *(f"{first}{n}" for n in range(2, 99))) if name not in names)
        rows.append(kind.model.model_validate({"name": free}))
    elif change and change[1] == len(rows):
        # Of another number, one has gone with the first of two clicks: the next is not meant.
        del rows[change[0]]
    try:
        return _replaced(model, field.name, tuple(rows))
    except UserError as error:
        errors[widget] = error
        return model


def _row() -> Any:
    return st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall")


def _say(refused: list[str]) -> None:
    """Why values were refused: below the row, where a sentence has room and moves no other field."""
    for sentence in refused:
        st.markdown(f":red[:material/error: {plain(sentence)}]")


def _read(model: M, key: str, skip: Collection[str], errors: dict[str, UserError]) -> M:
    for field in form_fields(type(model)):
        if field.name not in skip:
            model = _read_field(model, field, f"{key}.{field.name}", errors)
    return model


def _read_field(model: M, field: FormField, widget: str, errors: dict[str, UserError]) -> M:
    if isinstance(field.kind, Rows):
        return _read_rows(model, field, field.kind, widget, errors)
    value = getattr(model, field.name)
    held = to_widget(field, value)
    if echo.is_echo(widget):
        st.session_state[widget] = held
    # A widget that shows another value than the model's is behind the model, not ahead of it.
    if widget in st.session_state and _shown().get(widget) == held:
        try:
            model = _replaced(model, field.name, from_widget(field, st.session_state[widget], value))
        except UserError as error:
            errors[widget] = error
            return model
        value = getattr(model, field.name)
    if isinstance(field.kind, Variant) and field.kind.opens(value):
        inner = _read(value, _inside(widget, field, value), (), errors)
        if inner != value:
            model = _replaced(model, field.name, inner)
    return model


def _replaced(model: M, name: str, value: Any) -> M:
    """`model` with another value of one field, checked as a whole."""
    if getattr(model, name) == value:
        return model
    values = {field: getattr(model, field) for field in type(model).model_fields}
    try:
        return type(model).model_validate({**values, name: value})
    except ValidationError as error:
        refused = UserError.from_validation("", error)
        raise UserError("", refused.expected, refused.received, **refused.values) from None


def _shown() -> dict[str, Any]:
    """What each widget was last told to show, by its key."""
    shown: dict[str, Any] = st.session_state.setdefault(_SHOWN, {})
    return shown


def _field(place: _Place, errors: dict[str, UserError], refused: list[str]) -> None:
    """The widget of one field; a refused value adds its sentence."""
    field, widget = place.field, place.widget
    held = to_widget(field, getattr(place.model, field.name))
    shown = _shown()
    # A value that was refused stays, for its sentence to be understood.
    if shown.get(widget) != held or st.session_state.get(widget, held) == held:
        echo.show(widget, held)
    shown[widget] = held
    with st.container(width=_width(field)):
        form_widgets.draw(field, getattr(place.model, field.name), widget, place.on_change)
    if widget in errors:
        refused.append(_refusal(field, errors[widget]))


def _width(field: FormField) -> int:
    """Wide enough for what stands in it: text, or the longest name that can be chosen."""
    if isinstance(field.kind, Text):
        return _TEXT_WIDTH
    options = field.kind.options if isinstance(field.kind, Choice | Variant) else ()
    longest = max((len(str(option)) for option in options), default=0)
    return max(WIDTH, _LETTER * longest + _ARROW)


def _refusal(field: FormField, error: UserError) -> str:
    return str(UserError(_(field.title), error.expected, error.received, **error.values))
