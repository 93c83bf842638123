"""The ground that every part of a recipe stands on: frozen, strict, and free of unknown fields."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from lib.errors import UserError
from lib.i18n import N_


class Config(BaseModel):
    """A frozen group of fields; a string is not a number, nor is NaN, and an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    summary: ClassVar[str] = ""
    """One sentence that explains the choice to a student (a gettext message id)."""
    reference: ClassVar[str] = ""
    """Where the method was published; shown as it is."""


def rising(epochs: tuple[int, ...]) -> tuple[int, ...]:
    """`epochs` as they are.

    Raises:
        UserError: one stands twice, or after a later one.
    """
    if list(epochs) != sorted(set(epochs)):
        raise UserError("", N_("expected each epoch once, the first one first"), ", ".join(map(str, epochs)))
    return epochs
