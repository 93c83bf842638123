"""A mistake in a formula: at which line and column, what was expected, what was received."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from lib.errors import NOTHING, UserError
from lib.i18n import N_, _

_WHERE: Final = N_("line {line}, column {column}")


class Place(NamedTuple):
    """Where something stands in the text of a formula; both begin at 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return _(_WHERE).format(line=self.line, column=self.column)


class FormulaError(UserError):
    """What is wrong with a formula, and at which `place` of its text. Nothing else leaves `lib.formula`."""

    def __init__(self, place: Place, expected: str, received: object = NOTHING, **values: object) -> None:
        super().__init__("", expected, received, **values)
        self.place = place

    @classmethod
    def at(cls, place: Place, error: UserError) -> FormulaError:
        """The mistake `error`, which knows no place of its own, as one at `place`."""
        return cls(place, error.expected, error.received, **error.values)

    @property
    def place_shown(self) -> str:
        """The formula, where there are several, and the place in its text."""
        return f"{self.where}: {self.place}" if self.where else str(self.place)

    def within(self, where: str) -> FormulaError:
        """The same mistake at the same place of the formula that is at `where`."""
        moved = FormulaError.at(self.place, self)
        moved.where = super().within(where).where
        return moved

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal error; `UserError` reads it too."""
        return {**super().to_json(), "where": self.place_shown, "place": list(self.place), "within": self.where}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FormulaError:
        """The error that `to_json` wrote."""
        error = cls.at(Place(*data["place"]), UserError.from_json(data))
        error.where = data["within"]
        return error
