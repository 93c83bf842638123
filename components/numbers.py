"""Numbers as the screen writes them."""

from __future__ import annotations

import math
from typing import Final

from lib.i18n import _

THIN_SPACE: Final = "\u202f"
TIMES: Final = f"{THIN_SPACE}×{THIN_SPACE}"
UNKNOWN: Final = "–"

_MANY: Final = 1_000
_TOO_MANY: Final = 1e9


def grouped(number: int) -> str:
    """`number` with its thousands apart: 61 706."""
    return f"{number:,}".replace(",", THIN_SPACE)


def at_least(number: str) -> str:
    """A written number as a lower bound."""
    return f"≥{THIN_SPACE}{number}"


def percent(share: float | None, digits: int = 1) -> str:
    """`share` (0 to 1) in percent: 98.7%; a dash where it is not known."""
    return f"{share * 100:.{digits}f}%" if share is not None and math.isfinite(share) else UNKNOWN


def decimal(number: float | None, digits: int = 4) -> str:
    """`number` with `digits` significant digits: 0.04321; a dash where it is not known, NaN and infinity by name."""
    if number is None:
        return UNKNOWN
    if math.isnan(number):
        return "NaN"
    if not math.isfinite(number):
        return "∞" if number > 0 else "−∞"
    return grouped(round(number)) if _MANY <= abs(number) < _TOO_MANY else f"{number:.{digits}g}"


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: 45 s, 1 min 20 s, 2 h 5 min; a dash where it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if 0.05 <= seconds < 9.95:
        return _("{seconds} s").format(seconds=f"{seconds:.1f}")
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return _("{hours} h {minutes} min").format(hours=grouped(hours), minutes=minutes)
    if minutes:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    return _("{seconds} s").format(seconds=rest)
