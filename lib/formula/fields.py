"""Types of the fields in which formulas, and the names of what is made of them, are kept."""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from lib.errors import UserError
from lib.formula.language import MOST_CHARACTERS
from lib.i18n import N_

LONGEST_NAME: Final = 40
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _plain_text(text: str) -> str:
    """`text` with the ends of lines that we use; a formula that is half typed is text as well."""
    text = text.replace("\r\n", "\n")
    for letter in text:
        if letter not in "\t\n" and not " " <= letter <= "~":
            raise UserError("", N_("expected plain letters, digits and signs (ASCII)"), ascii(letter).strip("'"))
    return text


def _name(text: str) -> str:
    """`text` as something that exported Python can be called."""
    if not _NAME.fullmatch(text) or keyword.iskeyword(text):
        raise UserError("", N_("expected letters, digits and _ that start with a letter, and no word of Python"), text)
    return text


FormulaText = Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(_plain_text)]
"""The text of a formula as it was typed; whether it can be used is for `lib.formula.check` to say."""

OwnName = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_name)]
"""What a student calls something of their own: the name of a function or class in the exported code."""
