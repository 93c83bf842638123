"""Mends that change a field of the block itself, or take the block of the same kind for other data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import gcd, prod
from typing import Any, NamedTuple

from pydantic import ValidationError

from lib.arch.block import Block, Shape, shown
from lib.arch.blocks import CATALOGUE
from lib.arch.inner import Inner
from lib.i18n import N_


class Change(NamedTuple):
    """Another block in the place of one that cannot take its inputs, and what is said of it."""

    label: str
    block: Block
    values: Mapping[str, object]


def changes(block: Block, shapes: tuple[Shape, ...]) -> Iterator[Change]:
    """Blocks like `block` that can take inputs of `shapes`, the nearest first."""
    for label, fields, values in _fields(block, shapes):
        changed = with_fields(block, fields) if fields.keys() <= type(block).model_fields.keys() else None
        if changed is not None and changed != block and takes(changed, shapes):
            yield Change(label, changed, values)
    yield from _inside(block, shapes)
    sibling = _sibling(block)
    if sibling is not None and takes(sibling, shapes):
        yield Change(N_("Use {block} instead"), sibling, {"block": sibling.name})


def takes(block: Block, shapes: tuple[Shape, ...]) -> bool:
    """Whether `block` can take inputs of `shapes`."""
    if len(shapes) < block.fewest_inputs or len(shapes) > (block.most_inputs or len(shapes)):
        return False
    try:
        block.output_shape(*shapes)
    except ValueError:
        return False
    return True


def with_fields(block: Block, fields: Mapping[str, Any]) -> Block | None:
    """`block` with some fields changed, or nothing where they do not allow it."""
    try:
        return type(block).model_validate({**dict(block), **fields})
    except ValidationError:
        return None


_Try = tuple[str, dict[str, Any], dict[str, object]]


def _fields(block: Block, shapes: tuple[Shape, ...]) -> Iterator[_Try]:
    """Values of fields that usually mend, whether the block has the fields or not."""
    yield N_("Set padding to same"), {"padding": "same"}, {}
    yield from _windows(block, shapes)
    yield from _divisors(block, shapes)
    yield N_("Set the dilation rate to 1"), {"dilation_rate": 1}, {}
    yield N_("Set the strides to 1"), {"strides": 1}, {}
    yield N_("Join along the last axis"), {"axis": -1}, {}
    yield from _axes(block, shapes)
    yield from _sizes(block, shapes)
    for name, value in (("output_padding", None), ("noise_shape", None), ("crop_to_aspect_ratio", False)):
        yield N_("Set {field} to {value}"), {name: value}, {"field": name, "value": _said(value)}
    yield N_("Take neither mean nor variance"), {"mean": None, "variance": None}, {}
    yield from _one_number(block)


def _said(value: object) -> str:
    """A value as the labels of mends write it: as JSON does, a list without its brackets."""
    return json.dumps(value).strip("[]")


def _windows(block: Block, shapes: tuple[Shape, ...]) -> Iterator[_Try]:
    """The largest square window that fits."""
    sizes = [size for shape in shapes for size in shape[:-1]]
    if not sizes:
        return
    rate = getattr(block, "dilation_rate", 1)
    widest = max(rate) if isinstance(rate, tuple) else rate
    label = N_("Make the window {size} × {size}") if len(shapes[0]) == 3 else N_("Make the window {size} long")
    for name, size in (("kernel_size", (min(sizes) - 1) // widest + 1), ("pool_size", min(sizes))):
        yield label, {name: size}, {"size": size}


def _divisors(block: Block, shapes: tuple[Shape, ...]) -> Iterator[_Try]:
    """The next smaller number of groups that divides, and the next larger number of filters that they divide."""
    groups, filters = getattr(block, "groups", None), getattr(block, "filters", None)
    if not isinstance(groups, int) or not shapes or not shapes[0]:
        return
    for common in dict.fromkeys((gcd(shapes[0][-1], filters or 0), filters or shapes[0][-1])):
        fitting = next(n for n in range(min(groups, common), 0, -1) if common % n == 0)
        label = N_("Take one group") if fitting == 1 else N_("Take {count} groups")
        yield label, {"groups": fitting}, {"count": fitting}
    if filters:
        more = -(-filters // groups) * groups
        yield N_("Make {count} filters"), {"filters": more}, {"count": more}


def _axes(block: Block, shapes: tuple[Shape, ...]) -> Iterator[_Try]:
    """Axes that there are."""
    rank = len(shapes[0]) if shapes else 0
    label = N_("Set {field} to {value}")
    usual: dict[str, Any] = {"axes": -1, "shared_axes": tuple(range(1, rank)) or None, "axis": -1}
    given = [axis for axis in getattr(block, "dims", ()) if axis <= rank]
    usual["dims"] = (*dict.fromkeys(given), *(axis for axis in range(1, rank + 1) if axis not in given))
    for name, value in usual.items():
        yield label, {name: value}, {"field": name, "value": _said(value)}


def _sizes(block: Block, shapes: tuple[Shape, ...]) -> Iterator[_Try]:
    """Sizes that follow from what comes in."""
    shape = shapes[0] if shapes else ()
    if not shape:
        return
    for name in ("filters", "units"):
        yield N_("Set {field} to {value}"), {name: shape[-1]}, {"field": name, "value": shape[-1]}
    border = (min(shape[:-1], default=1) - 1) // 2
    yield N_("Set {field} to {value}"), {"cropping": border}, {"field": "cropping", "value": border}
    yield N_("Make the result {size} × {size}"), {"output_size": 2}, {"size": 2}
    target = getattr(block, "target_shape", ())
    for place in range(len(target)):
        others = [size for index, size in enumerate(target) if index != place]
        # One size follows from the others, where they divide.
        if min(others, default=1) > 0 and prod(shape) % prod(others) == 0:
            sizes = (*target[:place], -1, *target[place + 1 :])
            yield N_("Let one size follow: {shape}"), {"target_shape": sizes}, {"shape": shown(sizes)}
    yield N_("Lay it out as {shape}"), {"target_shape": shape}, {"shape": shown(shape)}


def _one_number(block: Block) -> Iterator[_Try]:
    """One number for all channels, where a number for each was given."""
    lists = {name: getattr(block, name, None) for name in ("scale", "offset", "mean", "variance")}
    first = {name: value[0] for name, value in lists.items() if isinstance(value, tuple)}
    if first:
        yield N_("Take one number for all channels"), first, {}


def _inside(block: Block, shapes: tuple[Shape, ...]) -> Iterator[Change]:
    """The same for the block inside a wrapper."""
    for name, field in type(block).model_fields.items():
        if not any(isinstance(mark, Inner) for mark in field.metadata):
            continue
        inner = getattr(block, name)
        forwards = with_fields(inner, {"go_backwards": False}) if hasattr(inner, "go_backwards") else None
        tries = [Change(N_("Let it read forwards"), forwards, {})] if forwards else []
        for change in (*tries, *changes(inner, tuple(shape[1:] for shape in shapes))):
            changed = with_fields(block, {name: change.block})
            if changed is not None and changed != block and takes(changed, shapes):
                yield change._replace(block=changed)


def _sibling(block: Block) -> Block | None:
    """The block of the same kind for sequences instead of images, or the other way round, with the same fields."""
    name = block.name.replace("2D", "1D") if "2D" in block.name else block.name.replace("1D", "2D")
    kind = CATALOGUE.get(name)
    if kind is None or name == block.name:
        return None
    fields = {field: _narrowed(getattr(block, field), name) for field in type(block).model_fields}
    known = {field: value for field, value in fields.items() if field in kind.model_fields}
    for config in (known, {**known, "padding": "same"}):
        try:
            return kind.model_validate(config)
        except ValidationError:
            continue
    return None


def _narrowed(value: Any, name: str) -> Any:
    """For sequences the first of two sizes."""
    return value[0] if "1D" in name and isinstance(value, tuple) else value
