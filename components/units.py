"""Large numbers in few digits, with their unit."""

from __future__ import annotations

from typing import Final

from components.numbers import THIN_SPACE

_PREFIXES: Final = ("", "k", "M", "G", "T")


def compact(number: float, unit: str = "") -> str:
    """`number` in three digits: 416 520 is 417 k, and with the unit B 417 kB."""
    value = float(number)
    for prefix in _PREFIXES:
        if abs(value) < 999.5 or prefix == _PREFIXES[-1]:
            break
        value /= 1000
    digits = f"{value:.3g}" if prefix else f"{value:.0f}"
    return f"{digits}{THIN_SPACE}{prefix}{unit}".rstrip(THIN_SPACE)
