"""The fields of what a sandboxed process tells, none of them without a limit."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from lib.i18n import N_

UNTRUE: Final = N_("the sandboxed process told something that no training tells")
_PLACE: Final = re.compile(r"\{([a-z_]{1,40})(:[,]?(\.\d)?[defg%]?)?\}")
MOST: Final = 10**12

Count = Annotated[int, Field(ge=0, le=MOST)]
Number = float | None
Finite = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=100)]
Row = Annotated[list[Number], Field(max_length=10_000)]
Plain = Annotated[str, Field(max_length=300)] | bool | int | float | None


class Told(BaseModel):
    """Something that is told: its fields and no others, each of its type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def expect_sentence(text: str, values: dict[str, Any]) -> None:
    """Expect a `text` that can be filled in with `values` when it is shown, and looks into none of them.

    Raises:
        ValueError: it is none.
    """
    names = {found[1] for found in _PLACE.finditer(text)}
    rest = _PLACE.sub("", text)
    if names - set(values) or "{" in rest or "}" in rest or len(text.format(**values)) > 10_000:
        raise ValueError("not a sentence")
