"""One contract that every block of the catalogue keeps: a new one is covered by existing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.arch import CATALOGUE, Block, palette, read_block
from lib.arch.block import FAMILIES
from lib.errors import UserError
from tests.lib.arch.strategies import UNKNOWN, blocks, shapes

every_block = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=list(CATALOGUE))


@every_block
def test_it_says_what_it_is(kind: type[Block]) -> None:
    assert kind.family in FAMILIES
    assert kind.title
    assert kind.help.endswith((".", "?"))
    assert kind.icon.startswith(":material/")
    assert kind.__doc__
    for name, field in kind.model_fields.items():
        assert field.title, name
        assert field.description, name


@every_block
def test_it_stands_in_the_palette_ready_to_use(kind: type[Block]) -> None:
    entries = [entry for entry in palette()[kind.family] if type(entry.block) is kind]
    # What nobody knows is nothing to start with.
    assert bool(entries) != (kind in UNKNOWN)
    assert len({entry.title for entry in entries}) == len(entries)


@every_block
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_its_json_reads_back_and_it_measures_or_refuses(kind: type[Block], data: st.DataObject) -> None:
    block = data.draw(blocks(kind))
    assert read_block(block.name, block.config(), "here") == block
    inputs = data.draw(st.lists(shapes, min_size=kind.fewest_inputs, max_size=kind.most_inputs or 3))
    try:
        output = block.output_shape(*inputs)
    except UserError:
        return
    assert all(isinstance(size, int) and size >= 1 for size in output)
    assert all(weight.size >= 1 for weight in block.weights(*inputs))


def test_the_1x1_convolution_is_an_entry_of_its_own() -> None:
    entry = next(entry for entry in palette()["conv"] if entry.title.startswith("1×1"))
    assert entry.block.model_dump()["kernel_size"] == 1
