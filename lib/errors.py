"""The one kind of error a user sees: where it is, what was expected, what was received."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ValidationError

from lib.i18n import N_, _

_LONGEST_VALUE: Final = 80


class _Nothing:
    """Stands for 'no value to show', since None can itself be the value received."""


NOTHING: Final = _Nothing()
RECEIVED: Final = N_("Received: {value}.")


class Words(str):
    """A gettext message id that stands where a value may: it is translated when the sentence is shown."""

    __slots__ = ()


class UserError(ValueError):
    """A mistake that a user can make and mend, said in one sentence.

    Args:
        where: the place in the user's own terms (a node id, a field, a file name); never translated.
        expected: a gettext message id that says what was expected, with `{name}` placeholders and no final stop.
        received: the value found there; left out of the sentence when not given.
        values: what fills the placeholders of `expected`. A value in `Words` is translated, any other shown as it is.

    `str(error)` is "where: expected. Received: value." in the language of the moment.
    """

    def __init__(self, where: str, expected: str, received: object = NOTHING, **values: object) -> None:
        super().__init__(where, expected)
        self.where = where
        self.expected = expected
        self.received = received if isinstance(received, _Nothing | Words) else shortened(_text(received))
        self.values = values

    def __str__(self) -> str:
        sentence = _(self.expected)
        if self.values:
            sentence = sentence.format(**{name: _said(value) for name, value in self.values.items()})
        if self.place_shown:
            sentence = f"{self.place_shown}: {sentence}"
        sentence += "."
        if isinstance(self.received, str):
            sentence += " " + _(RECEIVED).format(value=_said(self.received))
        return sentence

    @property
    def place_shown(self) -> str:
        """Where it is, as the sentence says it."""
        return self.where

    def within(self, where: str) -> UserError:
        """The same mistake, seen from outside of `where`, the part of something larger that it is in."""
        return UserError(_joined(where, self.where), self.expected, self.received, **self.values)

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal error, in any language."""
        received = self.received if isinstance(self.received, str) else None
        return {
            "where": self.where,
            "expected": self.expected,
            "received": _to_json(received),
            "values": {name: _to_json(value) for name, value in self.values.items()},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> UserError:
        """The error that `to_json` wrote."""
        received = data.get("received")
        values = {name: _from_json(value) for name, value in data["values"].items()}
        return cls(data["where"], data["expected"], NOTHING if received is None else _from_json(received), **values)

    @classmethod
    def from_validation(cls, where: str, error: ValidationError) -> UserError:
        """The first complaint of pydantic as one of our sentences; `where` is followed by the field's name."""
        first = error.errors(include_url=False)[0]
        names = [str(part) for part in first["loc"] if not isinstance(part, str) or part.isidentifier()]
        place = ".".join([where, *names] if where else names)
        if first["type"] == "extra_forbidden":
            return cls(".".join(place.split(".")[:-1]), N_("expected no field of this name"), names[-1])
        template = _COMPLAINTS.get(first["type"], N_("expected a usable value"))
        context = first.get("ctx", {})
        received = NOTHING if first["type"] == "missing" else context.get("tag", first["input"])
        inner = context.pop("error", None)
        if isinstance(inner, UserError):
            return cls(inner.where or place, inner.expected, inner.received, **inner.values)
        # `expected` is the name of an argument here.
        values = {"choices" if name == "expected" else name: _plain(value) for name, value in context.items()}
        return cls(place, template, received, **values)


_COMPLAINTS: Final = {
    "missing": N_("expected a value for this field"),
    "greater_than": N_("expected a number greater than {gt}"),
    "greater_than_equal": N_("expected a number of at least {ge}"),
    "less_than": N_("expected a number less than {lt}"),
    "less_than_equal": N_("expected a number of at most {le}"),
    "finite_number": N_("expected a finite number"),
    "int_type": N_("expected a whole number"),
    "int_from_float": N_("expected a whole number"),
    "int_parsing": N_("expected a whole number"),
    "float_type": N_("expected a number"),
    "float_parsing": N_("expected a number"),
    "bool_type": N_("expected true or false"),
    "bool_parsing": N_("expected true or false"),
    "string_type": N_("expected text"),
    "string_too_long": N_("expected at most {max_length} characters"),
    "string_too_short": N_("expected at least {min_length} characters"),
    "tuple_type": N_("expected a list"),
    "too_long": N_("expected at most {max_length} entries"),
    "too_short": N_("expected at least {min_length} entries"),
    "literal_error": N_("expected one of {choices}"),
    "union_tag_invalid": N_("expected one of {expected_tags}"),
    "union_tag_not_found": N_("expected an object with a name"),
    "model_type": N_("expected an object"),
    "model_attributes_type": N_("expected an object"),
    "dict_type": N_("expected an object"),
}


def _joined(*places: str) -> str:
    return ".".join(place for place in places if place)


def _said(value: object) -> object:
    return _(value) if isinstance(value, Words) else value


def _to_json(value: object) -> object:
    if isinstance(value, Words):
        return {"words": str(value)}
    return value if value is None or isinstance(value, int | float | str) else str(value)


def _from_json(value: Any) -> object:
    return Words(value["words"]) if isinstance(value, dict) else value


def _plain(value: object) -> object:
    """Bounds without ".0"."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(received: object) -> str:
    return received if isinstance(received, str) else repr(received)


def shortened(text: str, longest: int = _LONGEST_VALUE) -> str:
    """`text` on one line of at most `longest` characters, with its end cut off and marked where it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
