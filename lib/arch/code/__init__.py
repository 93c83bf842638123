"""An architecture as code: functional, subclassed, sequential, and as the JSON of Keras."""

from __future__ import annotations

from typing import Final, Literal, get_args

Style = Literal["functional", "subclass", "sequential", "keras-json"]
"""The ways in which a network can be written."""

STYLES: Final[tuple[Style, ...]] = get_args(Style)

__all__ = ["STYLES", "Style"]
