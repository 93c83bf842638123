"""A block in a few words: "32 filters, 3×3, same, relu"."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from components.form_fields import Flag, FormField, Text, Variant, form_fields
from lib.arch import Block
from lib.arch.block import FreeShape
from lib.arch.own_layer import OwnLayer
from lib.errors import shortened
from lib.i18n import N_, _, language

_PHRASES: Final[dict[str, str]] = {
    "filters": N_("{value} filters"),
    "units": N_("{value} units"),
    "strides": N_("stride {value}"),
    "dilation_rate": N_("dilation {value}"),
    "depth_multiplier": N_("depth × {value}"),
    "groups": N_("{value} groups"),
    "rate": N_("rate {value}"),
    "negative_slope": N_("slope {value}"),
    "momentum": N_("momentum {value}"),
    "scale": N_("times {value}"),
    "offset": N_("plus {value}"),
    "axis": N_("axis {value}"),
    "convolutions": N_("{value} convolutions"),
}
_LONGEST_LINE: Final = 60
_BARE: Final = {"kernel_size", "pool_size", "padding", "activation"}


def summary(block: Block) -> str:
    """What a student set: required fields always, others where they differ from their defaults."""
    return _summary(block, language())


@lru_cache(maxsize=4096)
def shown_shape(shape: FreeShape | None) -> str:
    """A shape as the screen writes it, on one line: 28 × 28 × 6; a dash where it is not known, "?" for a free size."""
    if shape is None:
        return "–"
    return "\u202f×\u202f".join("?" if size is None else str(size) for size in shape) or "()"


@lru_cache(maxsize=1024)
def _summary(block: Block, _language: str) -> str:
    phrases = (_phrase(field, getattr(block, field.name)) for field in form_fields(type(block)))
    return ", ".join(phrase for phrase in phrases if phrase)


def _phrase(field: FormField, value: Any) -> str:
    wanted = field.default is ... or field.name in _WINDOWS or value != field.default
    if not wanted or value is None:
        return ""
    text = _text((value, value) if field.name in _WINDOWS and isinstance(value, int) else value)
    if field.name in _BARE:
        return text
    if field.name == "use_bias":
        return _("no bias")
    if isinstance(field.kind, Text):
        # What the others lead to.
        return shortened(text.rstrip().rpartition("\n")[2], _LONGEST_LINE)
    if isinstance(field.kind, Flag):
        return _(field.title) if value else _("without {part}").format(part=_(field.title))
    if field.name in _PHRASES:
        return _(_PHRASES[field.name]).format(value=text)
    return text if isinstance(field.kind, Variant) else f"{_(field.title)} {text}"


_WINDOWS: Final = {"kernel_size", "pool_size"}


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    if isinstance(value, OwnLayer):
        return shortened(", ".join(map(str, (value.name, *value.weights, *value.numbers))), _LONGEST_LINE)
    if isinstance(value, Block):
        return f"{value.name} ({summary(value)})" if summary(value) else value.name
    return f"{value:g}" if isinstance(value, float) else str(getattr(value, "name", value))
