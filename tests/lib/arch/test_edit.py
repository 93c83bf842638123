"""Edits keep an architecture whole, whatever they are and in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.arch import Architecture, Node, analyse, palette, presets, read_block
from lib.arch import edit as e
from lib.errors import UserError

ENTRIES = [entry.block for family in palette().values() for entry in family]
DROPOUT = read_block("Dropout", {"rate": 0.5}, "")
ADD = read_block("Add", {}, "")


def lenet() -> Architecture:
    return presets.load("lenet5")


def chain(*ids: str, outputs: dict[str, str] | None = None) -> Architecture:
    """input -> ids[0] -> ids[1] -> ..."""
    sources = ["input", *ids]
    nodes = tuple(Node(node, DROPOUT, (source,)) for node, source in zip(ids, sources, strict=False))
    return Architecture({"input": (8, 8, 3)}, nodes, outputs or {"out": ids[-1]})


def wiring(architecture: Architecture) -> dict[str, tuple[str, ...]]:
    return {node.id: node.inputs for node in architecture.nodes}


def test_insert_after_keeps_the_chain() -> None:
    changed = e.insert(chain("a", "b"), DROPOUT, after="a")
    assert wiring(changed) == {"a": ("input",), "dropout_1": ("a",), "b": ("dropout_1",)}
    assert list(wiring(changed)) == ["a", "dropout_1", "b"]


def test_insert_after_the_last_takes_the_output_along() -> None:
    assert e.insert(chain("a", "b"), DROPOUT).outputs == {"out": "dropout_1"}


def test_insert_after_an_input_comes_first() -> None:
    assert wiring(e.insert(chain("a"), DROPOUT, after="input")) == {"dropout_1": ("input",), "a": ("dropout_1",)}


def test_insert_before_takes_the_place_of_the_first_input() -> None:
    branched = Architecture(
        {"input": (8, 8, 3)},
        (Node("a", DROPOUT, ("input",)), Node("sum", ADD, ("a", "input"))),
        {"out": "sum"},
    )
    changed = e.insert(branched, DROPOUT, before="sum")
    assert wiring(changed) == {"a": ("input",), "dropout_1": ("a",), "sum": ("dropout_1", "input")}
    assert changed.outputs == {"out": "sum"}


def test_the_first_node_of_all_becomes_the_output() -> None:
    assert e.insert(e.blank(), DROPOUT).outputs == {"predictions": "dropout_1"}


def test_an_inserted_merge_has_one_input_and_asks_for_another() -> None:
    changed = e.insert(chain("a", "b"), ADD, after="a")
    assert changed.by_id["add_1"].inputs == ("a",)
    assert changed.by_id["b"].inputs == ("add_1",)
    problem = analyse(changed).nodes["add_1"].problem
    assert problem is not None
    assert "at least 2 inputs" in str(problem)


def test_remove_reconnects_readers_and_outputs() -> None:
    assert wiring(e.remove(chain("a", "b", "c"), "b")) == {"a": ("input",), "c": ("a",)}
    assert e.remove(chain("a", "b"), "b").outputs == {"out": "a"}
    assert e.remove(chain("a"), "a").outputs == {}


def test_remove_leaves_a_shared_layer_to_the_first_heir() -> None:
    shared = Architecture(
        {"input": (4,)},
        (
            Node("a", DROPOUT, ("input",)),
            Node("b", None, ("a",), shares="a"),
            Node("c", None, ("b",), shares="a"),
        ),
        {"out": "c"},
    )
    changed = e.remove(shared, "a")
    assert (changed.by_id["b"].block, changed.by_id["b"].shares) == (DROPOUT, None)
    assert (changed.by_id["c"].block, changed.by_id["c"].shares) == (None, "b")


def test_move_changes_places_in_the_chain() -> None:
    changed = e.move(chain("a", "b", "c"), "c", -1)
    assert wiring(changed) == {"a": ("input",), "c": ("a",), "b": ("c",)}
    assert changed.outputs == {"out": "b"}
    assert e.move(changed, "c", 1) == chain("a", "b", "c")
    assert e.move(chain("a", "b"), "a", -1) == chain("a", "b")
    assert wiring(e.move(chain("a", "b", "c"), "c", -9)) == {"c": ("input",), "a": ("c",), "b": ("a",)}


def test_move_of_neighbours_on_different_branches_keeps_the_wiring() -> None:
    branches = Architecture(
        {"input": (8,)},
        (Node("a", DROPOUT, ("input",)), Node("b", DROPOUT, ("input",)), Node("sum", ADD, ("a", "b"))),
        {"out": "sum"},
    )
    changed = e.move(branches, "b", -1)
    assert wiring(changed) == wiring(branches)
    assert [node.id for node in changed.nodes] == ["b", "a", "sum"]


def test_duplicate_has_its_own_weights_and_name() -> None:
    changed = e.duplicate(lenet(), "f6")
    assert wiring(changed)["f6_1"] == ("f6",)
    assert wiring(changed)["output"] == ("f6_1",)
    assert analyse(changed).nodes["f6_1"].parameters == 84 * 84 + 84


def test_rename_reaches_every_reference() -> None:
    changed = e.rename(e.rename(lenet(), "output", "answer"), "input", "digits")
    assert changed.outputs == {"predictions": "answer"}
    assert changed.by_id["c1"].inputs == ("digits",)
    assert e.rename(e.rename(changed, "answer", "output"), "digits", "input") == lenet()


@pytest.mark.parametrize("name", ["c1", "", "1st", "a b", "x" * 61, "input"])
def test_rename_refuses_names_that_are_taken_or_no_identifiers(name: str) -> None:
    with pytest.raises(UserError, match="expected a name"):
        e.rename(lenet(), "f6", name)


def test_set_inputs_moves_the_node_behind_what_it_reads() -> None:
    changed = e.set_inputs(chain("a", "b", "c"), "b", ("input",))
    changed = e.set_inputs(changed, "a", ("c",))
    assert [node.id for node in changed.nodes] == ["b", "c", "a"]


def test_set_inputs_refuses_a_cycle_and_strangers() -> None:
    with pytest.raises(UserError, match="do not themselves read a"):
        e.set_inputs(chain("a", "b"), "a", ("b",))
    with pytest.raises(UserError, match="expected the id"):
        e.set_inputs(chain("a", "b"), "a", ("z",))


def test_set_inputs_hands_a_shared_layer_to_the_one_that_now_comes_first() -> None:
    shared = Architecture(
        {"input": (4,)},
        (Node("a", DROPOUT, ("input",)), Node("b", None, ("input",), shares="a"), Node("c", DROPOUT, ("b",))),
        {"out": "c"},
    )
    changed = e.set_inputs(shared, "a", ("c",))
    assert changed.by_id["b"].block == DROPOUT
    assert changed.by_id["a"].shares == "b"


def test_outputs_are_marked_and_unmarked() -> None:
    two = e.add_output(lenet(), "f6")
    assert two.outputs == {"predictions": "output", "f6": "f6"}
    assert e.set_output(two, "c5").outputs == {"predictions": "c5"}
    assert e.remove_output(e.remove_output(two, "f6"), "output").outputs == {}


def test_inputs_are_added_renamed_shaped_and_removed() -> None:
    two = e.add_input(lenet())
    assert two.inputs == {"input": (28, 28, 1), "input_1": (28, 28, 1)}
    assert e.set_input_shape(two, "input_1", (5,)).inputs["input_1"] == (5,)
    assert e.remove_input(two, "input_1") == lenet()
    assert e.remove_input(two, "input").by_id["c1"].inputs == ()
    with pytest.raises(UserError, match="1 to 16 inputs"):
        e.remove_input(lenet(), "input")


def test_a_shared_layer_is_changed_for_all_or_made_ones_own() -> None:
    shared = Architecture(
        {"input": (4,)},
        (Node("a", DROPOUT, ("input",)), Node("b", None, ("a",), shares="a")),
        {"out": "b"},
    )
    other = read_block("Dropout", {"rate": 0.1}, "")
    assert e.set_block(shared, "b", other).by_id["a"].block == other
    assert e.unshare(shared, "b").by_id["b"] == Node("b", DROPOUT, ("a",))


def test_a_layer_used_again_keeps_the_chain_and_adds_no_weights() -> None:
    again = e.reuse(lenet(), "f6")
    assert again.by_id["f6_1"] == Node("f6_1", None, ("f6",), shares="f6")
    assert again.by_id["output"].inputs == ("f6_1",)
    twice = e.reuse(again, "f6_1")
    assert twice.by_id["f6_2"].shares == "f6"


EDITS: list[Callable[[Architecture, Any], Architecture]] = [
    lambda a, d: e.insert(a, d(st.sampled_from(ENTRIES)), after=d(places(a))),
    lambda a, d: e.insert(a, d(st.sampled_from(ENTRIES)), before=d(places(a))),
    lambda a, d: e.insert(a, d(st.sampled_from(ENTRIES))),
    lambda a, d: e.remove(a, d(places(a))),
    lambda a, d: e.move(a, d(places(a)), d(st.integers(-3, 3))),
    lambda a, d: e.duplicate(a, d(places(a))),
    lambda a, d: e.rename(a, d(places(a)), d(st.sampled_from(["x", "y", "conv_1", "no good", "input"]))),
    lambda a, d: e.set_block(a, d(places(a)), d(st.sampled_from(ENTRIES))),
    lambda a, d: e.unshare(a, d(places(a))),
    lambda a, d: e.reuse(a, d(places(a))),
    lambda a, d: e.set_inputs(a, d(places(a)), d(st.lists(places(a), max_size=3))),
    lambda a, d: e.add_output(a, d(places(a))),
    lambda a, d: e.set_output(a, d(places(a))),
    lambda a, d: e.remove_output(a, d(places(a))),
    lambda a, d: e.add_input(a),
    lambda a, d: e.remove_input(a, d(places(a))),
    lambda a, d: e.set_input_shape(a, d(places(a)), d(st.sampled_from([(4,), (8, 8, 3), (), (0,), (1,) * 5]))),
    lambda a, d: e.rename_architecture(a, d(st.text(max_size=120))),
]


def places(architecture: Architecture) -> st.SearchStrategy[str]:
    return st.sampled_from([*architecture.inputs, *architecture.by_id, "nowhere"])


SHARED = Architecture(
    {"input": (4,), "other": (4,)},
    (
        Node("a", DROPOUT, ("input",)),
        Node("b", None, ("other",), shares="a"),
        Node("sum", ADD, ("a", "b")),
        Node("c", None, ("sum",), shares="a"),
    ),
    {"out": "c"},
)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_edits_of_any_preset_leave_it_whole(data: Any) -> None:
    architecture = data.draw(st.sampled_from([SHARED, e.blank(), *(presets.load(name) for name in presets.names())]))
    for _step in range(data.draw(st.integers(1, 8))):
        before = architecture.to_json()
        try:
            edited = data.draw(st.sampled_from(EDITS))(architecture, data.draw)
        except UserError:
            edited = architecture
        assert architecture.to_json() == before
        architecture = edited
        assert Architecture.from_json(architecture.to_json()) == architecture
        analyse(architecture)
