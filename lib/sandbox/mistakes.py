"""The mistakes that a sandboxed process tells of, with words that are only shown."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError

from lib.errors import UserError
from lib.sandbox.fields import UNTRUE, Name, Told, expect_sentence


class _Error(Told):
    where: Annotated[str, Field(max_length=300)]
    expected: Annotated[str, Field(max_length=1000)]
    received: Any = None
    values: dict[Name, Any]


def error(told: object) -> UserError:
    """The mistake that the sandboxed process told of, with words that are only shown; if it is none, what to say then.
    """
    try:
        found = _Error.model_validate(told)
        values = {name: _said(value) for name, value in found.values.items()}
        expect_sentence(found.expected, {name: value["words"] if isinstance(value, dict) else value
                                         for name, value in values.items()})
        received = None if found.received is None else _said(found.received)
    except (ValidationError, ValueError, TypeError, OverflowError):
        return UserError("", UNTRUE)
    return UserError.from_json({"where": found.where, "expected": found.expected, "received": received,
                                "values": values})


def _said(value: Any) -> Any:
    """A value of a sentence: plain, or a word that is translated.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, dict) and list(value) == ["words"] and isinstance(value["words"], str):
        return {"words": value["words"][:1000]}
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return value[:1000]
    raise ValueError("not plain")
