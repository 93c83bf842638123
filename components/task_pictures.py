"""The same few examples of a task after every epoch, each with what the network says or makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import Image

from components.numbers import decimal, percent
from components.probe_pictures import address, arrays, kept_in, name_of, put
from lib.i18n import _

MADE: Final = "made-{epoch}.png"
_LARGEST: Final = 4_000_000


class Kept(NamedTuple):
    """Images as addresses that hold them: of each example those that go in and the one that is wanted, where one is;
    and the names of the classes of each output (message ids)."""

    inputs: tuple[tuple[str, ...], ...]
    wanted: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]


def kept(folder: Path) -> Kept | None:
    """The examples that the run in `folder` is looked into with; None where there are none."""
    return kept_in(folder, _kept)


def makes_images(probe: Mapping[str, Any]) -> bool:
    """Whether the network makes images, by one look at it."""
    return any(output["kind"] == "image" for output in probe.get("outputs", ()))


def draw_examples(folder: Path, shown: Kept, probe: Mapping[str, Any]) -> None:
    """Each example with what the network made of it at the look `probe`, of the run in `folder`."""
    made = _made(folder / MADE.format(epoch=probe["epoch"]), len(shown.inputs)) if makes_images(probe) else ()
    figures = [_figure(shown, probe, number, made) for number in range(len(shown.inputs))]
    put("".join(figures), "looks several" if made or len(shown.inputs[0]) > 1 else "looks")


def caption(shown: Kept, probe: Mapping[str, Any]) -> str:
    """What is to be seen in the pictures."""
    if not makes_images(probe):
        return _("The same held-out examples every time, with what the network answers and how sure it is.")
    if _wanted_is_given(shown):
        return _("The same held-out images every time: left what goes in, right what the network makes of it.")
    return _("The same held-out images every time: left what goes in, in the middle what the network makes of it, "
             "right what it should be.")


def _wanted_is_given(shown: Kept) -> bool:
    return all(inputs == (wanted,) for inputs, wanted in zip(shown.inputs, shown.wanted, strict=False))


def _figure(shown: Kept, probe: Mapping[str, Any], number: int, made: tuple[str, ...]) -> str:
    told = [_("Example {number}: input").format(number=number + 1)] * len(shown.inputs[number])
    images = [*zip(shown.inputs[number], told, strict=True)]
    if number < len(made):
        images.append((made[number], _("Example {number}: what the network made").format(number=number + 1)))
        if not _wanted_is_given(shown):
            images.append((shown.wanted[number], _("Example {number}: what it should be").format(number=number + 1)))
    row = "".join(f'<img src="{source}" alt="{escape(words)}">' for source, words in images)
    lines = [line for output in probe["outputs"] for line in _lines(output, shown, number)]
    kind = "plain" if number < len(made) else "wrong" if any(not right for right, _text in lines) else ""
    below = "".join(f'<span title="{escape(text)}">{escape(text)}</span>' for _right, text in lines)
    return (f'<figure class="look {kind}"><div class="row">{row}</div>'
            f"<figcaption>{below}</figcaption></figure>")


def _lines(output: Mapping[str, Any], shown: Kept, number: int) -> Iterator[tuple[bool, str]]:
    """What an output says of an example: whether that is right, and in words."""
    rows = output.get("predicted") or output.get("told") or output.get("off") or []
    if number >= len(rows):
        return
    if output["kind"] == "image":
        if rows[number] is not None:
            yield True, _("off by {share}").format(share=percent(rows[number]))
        return
    if output["kind"] == "number":
        true, told = rows[number]
        right = told is not None and round(told) == true
        words = _("{sign} {answer} (is {true})").format(sign=_sign(right), answer=decimal(told), true=decimal(true))
        yield right, words
        return
    label, told, share, _own = rows[number]
    names, right = shown.names.get(output["name"], ()), label == told
    yield right, f"{_sign(right)} {name_of(names, told)} {percent(share, 0)}"
    if not right:
        yield right, _("is {name}").format(name=name_of(names, label))


def _sign(right: bool) -> str:
    return "✓" if right else "✗"


@lru_cache(maxsize=64)
def _kept(path: Path, _changed: int) -> Kept:
    found = arrays(path)
    inputs = [[address(image) for image in found[name]] for name in sorted(found) if name.startswith("input.")]
    names = {name.removeprefix("names."): tuple(map(str, told)) for name, told in found.items()
             if name.startswith("names.")}
    if not inputs:
        raise ValueError(path)
    return Kept(tuple(zip(*inputs, strict=True)), tuple(address(image) for image in found.get("wanted", ())), names)


@lru_cache(maxsize=256)
def _made(path: Path, count: int) -> tuple[str, ...]:
    """The images of a column, as addresses; none where the file is not there (any more).

    A look at an epoch that comes again after a kill makes the same images, so that its file never changes.
    """
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        with Image.open(BytesIO(path.read_bytes()), formats=("PNG",)) as image:
            # A sandboxed training wrote it, which may have drawn anything.
            if image.width * image.height > _LARGEST or image.mode not in ("L", "RGB"):
                return ()
            column = np.asarray(image, np.uint8)
        images = column.reshape(count, column.shape[0] // count, *column.shape[1:])
    except (OSError, ValueError, SyntaxError):
        return ()
    return tuple(address(each if each.ndim == 3 else each[..., np.newaxis]) for each in images)
