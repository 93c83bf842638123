"""Between a field's value and what its widget holds."""

from __future__ import annotations

import re
from math import floor, log10
from typing import Any, Final

from pydantic import BaseModel

from components.form_fields import Choice, Flag, FormField, Kind, Line, Number, OneOrTwo, Several, Text, Variant
from lib.errors import UserError
from lib.i18n import N_

_DIGITS: Final = 12
_NUMBERS: Final = re.compile(r"-?\d{1,9}")
_PAIR: Final = re.compile(r"\s*-?\d{1,9}\s*(?:[x×X*,; ]\s*-?\d{1,9}\s*)?")
_SIDES: Final = re.compile(r"\s*\d{1,9}\s*,\s*\d{1,9}\s*[x×X*]\s*\d{1,9}\s*,\s*\d{1,9}\s*")


def to_widget(field: FormField, value: Any) -> Any:
    """What the widget of `field` holds for `value`."""
    kind = field.kind
    if isinstance(kind, Variant):
        return value.model_dump_json() if kind.is_own(value) else getattr(value, "name", value)
    if isinstance(kind, OneOrTwo):
        return "" if value is None else " × ".join(map(_side, value if isinstance(value, tuple) else (value,)))
    if isinstance(kind, Several):
        numbers = () if value is None else value if isinstance(value, tuple) else (value,)
        return ", ".join("?" if number is None else f"{number:.{_DIGITS}g}" for number in numbers)
    if isinstance(kind, Choice) and kind.counts and value is not None:
        return str(value)
    if isinstance(kind, Number) and value is not None:
        return int(value) if kind.whole else float(value)
    return value


def from_widget(field: FormField, held: Any, value: Any) -> Any:
    """The value of `field` that its widget stands for; `value` is the one before.

    Raises:
        UserError: text that cannot be read. Whether the value suits the model is the model's matter.
    """
    kind = field.kind
    if isinstance(kind, Variant):
        return value if to_widget(field, value) == held else _chosen(kind, held)
    if isinstance(kind, Flag):
        return bool(held)
    if isinstance(kind, Text):
        return held or ""
    if isinstance(kind, Line) and not field.optional:
        return (held or "").strip()
    if held is None or (isinstance(held, str) and not held.strip()):
        if field.optional:
            return None
        raise UserError("", N_("expected a value for this field"))
    if isinstance(kind, OneOrTwo):
        return _sides(str(held)) if kind.sides and "," in str(held) else _pair(str(held))
    if isinstance(kind, Several):
        numbers = _several(str(held), kind.gaps) if kind.whole else _decimals(str(held))
        return numbers[0] if kind.single and len(numbers) == 1 else numbers
    if isinstance(kind, Number):
        # The browser counts in binary: three steps of 0.1 give 0.30000000000000004.
        return int(held) if kind.whole else float(f"{held:.{_DIGITS}g}")
    return _typed(kind, held.strip()) if isinstance(held, str) else held


def _typed(kind: Kind, text: str) -> int | str:
    """Text as it stands, but for a whole number where the field counts."""
    return int(text) if isinstance(kind, Choice) and kind.counts and _NUMBERS.fullmatch(text) else text


def step_of(field: FormField) -> float:
    """How far one click on + or - goes: fine enough for the field's usual values."""
    kind = field.kind
    assert isinstance(kind, Number)
    if kind.whole:
        return 1
    usual = abs(float(field.default)) if isinstance(field.default, int | float) else 0.0
    if usual == 0:
        return 0.05 if kind.most is not None and kind.most <= 1 else 0.1
    if usual < 0.01:
        return float(10.0 ** (floor(log10(usual)) - 1))
    decimals = len(f"{usual:g}".partition(".")[2])
    return 0.05 if decimals <= 1 and usual < 1 else float(10.0 ** -max(decimals, 1))


def _chosen(kind: Variant, name: str | None) -> BaseModel | str | None:
    """A choice: one of one's own as its text says, any other as it is at first."""
    if name is None or name in kind.plain:
        return name
    if kind.own is not None and name not in kind.models:
        return kind.own.model_validate_json(name)
    model = kind.models[name]
    return model(**getattr(model, "first_config", {}))


def _pair(text: str) -> int | tuple[int, int]:
    if not _PAIR.fullmatch(text):
        raise UserError("", N_("expected one whole number, or two as in 3 × 5"), text)
    numbers = [int(found) for found in _NUMBERS.findall(text)]
    if len(numbers) == 1 or numbers[0] == numbers[1]:
        return numbers[0]
    return numbers[0], numbers[1]


def _side(value: int | tuple[int, int]) -> str:
    """A margin: of both sides as one number, of each as in "0, 1"."""
    return str(value) if isinstance(value, int) else f"{value[0]}, {value[1]}"


def _sides(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    if not _SIDES.fullmatch(text):
        raise UserError("", N_("expected top, bottom × left, right, as in 0, 1 × 0, 1"), text)
    top, bottom, left, right = (int(found) for found in _NUMBERS.findall(text))
    return (top, bottom), (left, right)


def _decimals(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in re.split(r"[\s,;]+", text.strip(" ,;")))
    except ValueError:
        raise UserError("", N_("expected numbers, as in 0, 0.5"), text) from None


def _several(text: str, gaps: bool) -> tuple[int | None, ...]:
    parts = [part for part in re.split(r"[\s,;]+", text) if part]
    if not all(_NUMBERS.fullmatch(part) or (gaps and part == "?") for part in parts):
        if gaps:
            raise UserError("", N_("expected whole numbers and ?, as in ?, 1, 1"), text)
        raise UserError("", N_("expected whole numbers, as in 4, 7, 9"), text)
    return tuple(None if part == "?" else int(part) for part in parts)
