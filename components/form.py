"""Widgets for any model with fields: a block, a recipe, an optimizer, a callback.

    recipe = form.draw(recipe, "recipe")      # the widgets; a refused value keeps the old model and says why
    recipe = form.read(recipe, "recipe")      # what the widgets hold now, where nothing is to be drawn

The widgets follow the model: whoever changes it in another way (undo, another tab) finds the new values in them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, NamedTuple, TypeVar

import streamlit as st
from pydantic import BaseModel, ValidationError

from components import echo, form_widgets
from components.form_fields import FormField, Text, Variant, form_fields
from components.form_values import from_widget, to_widget
from components.text import plain
from lib.errors import UserError
from lib.i18n import _

M = TypeVar("M", bound=BaseModel)

WIDTH: Final = 164
_TEXT_WIDTH: Final = 3 * WIDTH
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
    refused: list[str] = []
    with _row():
        for place in places:
            if not place.advanced:
                _field(place, errors, refused)
        if advanced:
            with st.popover(_("More options"), icon=":material/tune:", type="tertiary", key=f"{key}.more"):
                _advanced(advanced, errors)
    _say(refused)
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
    return f"{widget}.{to_widget(field, value)}"


def _advanced(places: list[_Place], errors: dict[str, UserError]) -> None:
    refused: list[str] = []
    with _row():
        for place in places:
            _field(place, errors, refused)
    _say(refused)


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
    with st.container(width=_TEXT_WIDTH if isinstance(field.kind, Text) else WIDTH):
        form_widgets.draw(field, getattr(place.model, field.name), widget, place.on_change)
    if widget in errors:
        error = errors[widget]
        refused.append(str(UserError(_(field.title), error.expected, error.received, **error.values)))
