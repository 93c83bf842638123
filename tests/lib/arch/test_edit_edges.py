"""Single edges and blocks that stand alone: whatever is drawn, the architecture stays whole and has no cycle."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.arch import Architecture, Node, analyse, palette, presets, read_block
from lib.arch import edit_edges as e
from lib.arch.edit import add_output, blank
from lib.errors import UserError

ENTRIES = [entry.block for family in palette().values() for entry in family]
DROPOUT = read_block("Dropout", {"rate": 0.5}, "")
ADD = read_block("Add", {}, "")
SUBTRACT = read_block("Subtract", {}, "")


def chain(*ids: str) -> Architecture:
    """input -> ids[0] -> ids[1] -> ..."""
    nodes = tuple(Node(node, DROPOUT, (source,)) for node, source in zip(ids, ["input", *ids], strict=False))
    return Architecture({"input": (8, 8, 3)}, nodes, {"out": ids[-1]})


def wiring(architecture: Architecture) -> dict[str, tuple[str, ...]]:
    return {node.id: node.inputs for node in architecture.nodes}


def test_a_block_is_added_alone_and_is_told_that_it_misses_an_input() -> None:
    changed = e.add(chain("a"), DROPOUT)
    assert wiring(changed) == {"a": ("input",), "dropout_1": ()}
    assert changed.outputs == {"out": "a"}
    assert "something that it reads" in str(analyse(changed).nodes["dropout_1"].problem)


def test_a_block_is_added_behind_another() -> None:
    assert wiring(e.add(chain("a", "b"), DROPOUT, "a")) == {"a": ("input",), "b": ("a",), "dropout_1": ("a",)}
    with pytest.raises(UserError, match="the id of an input or of a node"):
        e.add(chain("a"), DROPOUT, "nowhere")


def test_a_network_as_a_block_takes_as_many_inputs_as_it_has() -> None:
    inner = presets.load("mlp").to_json()
    grown = e.add(chain("a"), read_block("Model", {"architecture": json.loads(inner)}, ""))
    read = e.connect(e.connect(grown, "input", "model_1"), "a", "model_1")
    assert wiring(read)["model_1"] == ("a",)


def test_the_first_block_of_all_is_no_output_until_it_is_marked() -> None:
    assert e.add(blank(), DROPOUT).outputs == {}


def test_a_layer_is_used_again_alone_and_always_shares_its_owner() -> None:
    once = e.add_use(chain("a"), "a")
    twice = e.add_use(once, "a_1")
    assert [(node.id, node.shares, node.inputs) for node in twice.nodes[1:]] == [("a_1", "a", ()), ("a_2", "a", ())]


def test_one_input_is_replaced() -> None:
    assert wiring(e.connect(chain("a", "b"), "input", "b"))["b"] == ("input",)


def test_a_merge_gets_one_more_input_and_may_read_the_same_twice() -> None:
    grown = e.add(chain("a", "b"), ADD)
    for source in ("a", "b", "a"):
        grown = e.connect(grown, source, "add_1")
    assert wiring(grown)["add_1"] == ("a", "b", "a")


def test_a_block_with_all_its_inputs_takes_no_more() -> None:
    grown = e.add(chain("a", "b"), SUBTRACT)
    for source in ("a", "b"):
        grown = e.connect(grown, source, "subtract_1")
    with pytest.raises(UserError, match="at most 2 inputs: take one away first"):
        e.connect(grown, "input", "subtract_1")


def test_a_block_moves_behind_what_it_reads() -> None:
    grown = e.connect(e.add(chain("a", "b"), DROPOUT), "dropout_1", "a")
    assert wiring(grown) == {"dropout_1": (), "a": ("dropout_1",), "b": ("a",)}


def test_a_copy_has_a_layer_of_its_own_and_stands_alone() -> None:
    copied = e.copy(e.add_use(chain("a"), "a"), "a_1")
    assert copied.nodes[-1] == Node("a_2", DROPOUT)


@pytest.mark.parametrize(("source", "target"), [("b", "a"), ("a", "a"), ("c", "a")])
def test_a_cycle_is_refused_in_one_sentence(source: str, target: str) -> None:
    with pytest.raises(UserError) as refused:
        e.connect(chain("a", "b", "c"), source, target)
    assert str(refused.value) == f"{target}: expected inputs that do not themselves read {target}. Received: {source}."


def test_a_cycle_over_a_merge_is_refused() -> None:
    looped = e.connect(e.connect(e.add(chain("a"), ADD), "a", "add_1"), "input", "add_1")
    with pytest.raises(UserError, match="do not themselves read a"):
        e.connect(looped, "add_1", "a")


@pytest.mark.parametrize(("source", "target"), [("nowhere", "a"), ("a", "nowhere"), ("a", "input")])
def test_an_edge_needs_both_ends(source: str, target: str) -> None:
    with pytest.raises(UserError, match="expected the id of"):
        e.connect(chain("a"), source, target)


def test_an_edge_is_taken_away_by_its_number() -> None:
    grown = e.add(chain("a"), ADD)
    for source in ("a", "input", "a"):
        grown = e.connect(grown, source, "add_1")
    assert wiring(e.disconnect(grown, "a", "add_1", 2))["add_1"] == ("a", "input")
    assert wiring(e.disconnect(grown, "a", "add_1", 0))["add_1"] == ("input", "a")


@pytest.mark.parametrize(("source", "place"), [("a", 1), ("input", 0), ("a", -1), ("a", 10**30)])
def test_an_edge_that_is_not_there_is_not_taken_away(source: str, place: int) -> None:
    with pytest.raises(UserError, match="an edge that is there"):
        e.disconnect(chain("a", "b"), source, "b", place)
    with pytest.raises(UserError, match="an edge that is there"):
        e.insert_between(chain("a", "b"), source, "b", place, DROPOUT)


def test_a_block_goes_into_one_edge_and_leaves_the_others() -> None:
    grown = e.connect(e.connect(e.add(chain("a", "b"), ADD), "a", "add_1"), "b", "add_1")
    changed = e.insert_between(grown, "a", "add_1", 0, DROPOUT)
    assert wiring(changed) == {
        "a": ("input",), "b": ("a",), "dropout_1": ("a",), "add_1": ("dropout_1", "b"),
    }  # fmt: skip


def test_a_shared_layer_that_moves_before_its_owner_becomes_the_owner() -> None:
    shared = e.connect(e.add_use(chain("a", "b"), "b"), "input", "b_1")
    turned = e.connect(shared, "b_1", "a")
    assert [(node.id, node.shares) for node in turned.nodes] == [("b_1", None), ("a", None), ("b", "b_1")]
    assert turned.block_of(turned.by_id["b"]) == DROPOUT


EDITS: dict[str, Callable[[Architecture, str, str, int], Architecture]] = {
    "add": lambda a, source, target, number: e.add(a, ENTRIES[number % len(ENTRIES)]),
    "add behind": lambda a, source, target, number: e.add(a, ENTRIES[number % len(ENTRIES)], source),
    "copy": lambda a, source, target, number: e.copy(a, target),
    "add_use": lambda a, source, target, number: e.add_use(a, target),
    "connect": lambda a, source, target, number: e.connect(a, source, target),
    "disconnect": lambda a, source, target, number: e.disconnect(a, source, target, number % 3),
    "insert_between": lambda a, source, target, number: e.insert_between(
        a, source, target, number % 3, ENTRIES[number % len(ENTRIES)]
    ),
    "output": lambda a, source, target, number: add_output(a, target),
}


@settings(max_examples=150)
@given(data=st.data())
def test_any_drawing_stays_whole_and_is_read_back_from_its_json(data: st.DataObject) -> None:
    drawn = data.draw(st.sampled_from([blank(), presets.load("mini-inception"), chain("a", "b", "c")]))
    for _step in range(data.draw(st.integers(1, 12))):
        names = st.sampled_from([*drawn.inputs, *drawn.by_id, "nowhere"])
        step = EDITS[data.draw(st.sampled_from(list(EDITS)))]
        before = drawn.to_json()
        try:
            changed = step(drawn, data.draw(names), data.draw(names), data.draw(st.integers(0, 500)))
        except UserError as refused:
            assert str(refused).count("\n") == 0
            continue
        # Architecture itself refuses whatever reads what does not stand before it: no cycle can be.
        assert Architecture.from_json(changed.to_json()) == changed
        assert Architecture.from_json(before) == drawn
        analyse(changed)
        drawn = changed


@given(data=st.data())
def test_an_edge_that_is_drawn_and_taken_away_leaves_what_was_read(data: st.DataObject) -> None:
    start = e.add(presets.load("mini-inception"), ADD)
    source = data.draw(st.sampled_from([*start.inputs, *start.by_id]))
    target = data.draw(st.sampled_from([node.id for node in start.nodes if start.block_of(node).most_inputs is None]))
    try:
        drawn = e.connect(start, source, target)
    except UserError:
        return
    back = e.disconnect(drawn, source, target, len(drawn.by_id[target].inputs) - 1)
    assert wiring(back) == wiring(start)
    assert back.outputs == start.outputs
