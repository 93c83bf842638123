"""Reading JSON that a stranger wrote: everything that Python's reader lets through and we do not want is refused."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, Final

from lib.errors import UserError, Words
from lib.i18n import N_

LONGEST: Final = 1_000_000
DEEPEST: Final = 32
_MOST_DIGITS: Final = 18
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def read(text: str | bytes, where: str, longest: int = LONGEST, *, lines: bool = False) -> Any:
    """The value that the JSON `text` describes.

    Refused besides broken JSON: more than `longest` characters, nesting deeper than `DEEPEST`, a key that stands
    twice in one object, NaN and infinities, integers of more than 18 digits, and strings that cannot be shown
    (control characters, lone surrogates, marks that turn the direction of writing). With `lines` a value may be text of
    several lines, with tabs in them.

    Raises:
        UserError: with `where` as its place.
    """
    if isinstance(text, bytes):
        text = _decoded(text, where)
    if len(text) > longest:
        raise UserError(where, N_("expected at most {longest} characters"), f"{len(text)}", longest=f"{longest:,}")
    reader = _Reader(where)
    try:
        value = json.loads(
            text,
            object_pairs_hook=reader.pairs,
            parse_constant=reader.constant,
            parse_float=reader.decimal,
            parse_int=reader.integer,
        )
    except json.JSONDecodeError as error:
        found = text[error.pos : error.pos + 20] or Words(N_("the end of the text"))
        raise UserError(
            where,
            N_("expected JSON, but line {line}, column {column} cannot be read"),
            found,
            line=error.lineno,
            column=error.colno,
        ) from None
    except RecursionError:
        raise _too_deep(where) from None
    _check(value, where, "\n\t" if lines else "")
    return value


def unprintable(text: str) -> bool:
    """Whether `text` has a character that cannot be shown as it is: controls, surrogates, direction marks."""
    return _UNPRINTABLE.search(text) is not None


class _Reader:
    """The hooks of `json.loads`, which know where to say that the mistake is."""

    def __init__(self, where: str) -> None:
        self.where = where

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            counts = Counter(name for name, _value in pairs)
            twice = next(name for name, count in counts.items() if count > 1)
            raise UserError(self.where, N_("expected each key once in an object"), twice)
        return result

    def constant(self, text: str) -> Any:
        raise UserError(self.where, N_("expected a finite number"), text)

    def decimal(self, text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise UserError(self.where, N_("expected a finite number"), text)
        return number

    def integer(self, text: str) -> int:
        if len(text.lstrip("-")) > _MOST_DIGITS:
            raise UserError(
                self.where, N_("expected whole numbers of at most {digits} digits"), text, digits=_MOST_DIGITS
            )
        return int(text)


def _decoded(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(where, N_("expected text in UTF-8"), raw[error.start : error.start + 4]) from None


def _too_deep(where: str) -> UserError:
    return UserError(where, N_("expected at most {deepest} levels of nesting"), deepest=DEEPEST)


def _check(value: Any, where: str, allowed: str) -> None:
    """Refuse deep nesting and unprintable strings, without recursion; values may have the characters `allowed`."""
    removed = str.maketrans("", "", allowed)
    level = [value]
    for _depth in range(DEEPEST):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                for key in item:
                    _check_text(key, where)
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
            elif isinstance(item, str):
                _check_text(item.translate(removed), where)
        if not inner:
            return
        level = inner
    raise _too_deep(where)


def _check_text(text: str, where: str) -> None:
    if unprintable(text):
        raise UserError(where, N_("expected text without control characters"), ascii(text))
