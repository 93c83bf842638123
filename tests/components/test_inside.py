"""The still picture of what is inside a composite: every one of the catalogue has one."""

from __future__ import annotations

import pytest

from components.inside import example, inside_details, inside_picture
from lib.arch import CompositeBlock, palette
from lib.arch.block import Entry

COMPOSITES = [
    entry for entries in palette().values() for entry in entries if isinstance(entry.block, CompositeBlock)
]


@pytest.mark.parametrize("entry", COMPOSITES, ids=lambda entry: entry.title)
def test_every_composite_of_the_palette_has_a_picture_of_its_parts(entry: Entry) -> None:
    assert isinstance(entry.block, CompositeBlock)
    shapes = example(entry.block)
    assert shapes, "none of our example shapes fits it"
    picture = inside_details(entry.block)
    assert picture.count('class="inside-box') == len(entry.block.parts(*shapes))
    assert picture.count('class="inside-end') == len(entry.block.input_names)
    assert "mask-image:url(data:image/svg+xml," in picture


def test_it_is_drawn_for_its_own_inputs_where_it_can_take_them() -> None:
    block = next(entry.block for entry in COMPOSITES if entry.block.name == "Residual")
    assert "20\u202f×\u202f20\u202f×\u202f5" in inside_picture(block, [(20, 20, 5)])
    for unfit in ([(3,)], [None], [(None, None, 3)], []):
        assert inside_picture(block, unfit) == inside_picture(block)


def test_a_plain_block_has_no_inside() -> None:
    plain = next(entry.block for entry in palette()["dense"])
    assert inside_picture(plain) == inside_details(plain) == ""
