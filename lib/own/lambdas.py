"""A Lambda that was given a name, to be used again."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from lib.formula.fields import FormulaText, OwnName


class OwnLambda(BaseModel):
    """The formula of a block Lambda under a name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: OwnName
    formula: FormulaText
