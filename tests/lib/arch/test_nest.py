"""Networks as blocks: counted once however often they are used, gathered, taken apart, entered and left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lib.arch import CATALOGUE, Architecture, CompositeBlock, Node, analyse, edit, nest, presets
from lib.arch.architecture import MOST_LEVELS
from lib.arch.blocks.composites.model import Model
from lib.arch.override import with_hidden_activation
from lib.errors import UserError
from tests.lib.arch.strategies import architectures

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def dense(units: int = 10) -> Any:
    return CATALOGUE["Dense"].model_validate({"units": units})


def network(*blocks: Any, inputs: dict[str, tuple[int, ...]] | None = None) -> Architecture:
    inputs = inputs or {"x": (10,)}
    nodes, source = [], next(iter(inputs))
    for number, block in enumerate(blocks, 1):
        nodes.append(Node(f"b{number}", block, (source,)))
        source = f"b{number}"
    return Architecture(inputs, tuple(nodes), {"y": source})


def alone(block: Any, shape: tuple[int, ...] = (10,)) -> Architecture:
    return Architecture({"in": shape}, (Node("n", block, ("in",)),), {"out": "n"})


@pytest.mark.parametrize(("repeat", "share", "parameters"), [(1, False, 110), (3, False, 330), (3, True, 110)])
def test_tied_weights_count_once_and_macs_each_time(repeat: int, share: bool, parameters: int) -> None:
    block = Model(architecture=network(dense()), repeat=repeat, share_weights=share)
    total = analyse(alone(block)).total
    assert (total.parameters, total.macs) == (parameters, 100 * repeat)


def test_sharing_a_network_shares_what_is_inside() -> None:
    inner = network(dense(), Model(architecture=network(dense()), repeat=2, share_weights=True))
    nodes = (Node("n", Model(architecture=inner), ("a",)), Node("again", None, ("b",), "n"))
    analysis = analyse(Architecture({"a": (10,), "b": (10,)}, nodes, {"one": "n", "two": "again"}))
    assert (analysis.total.parameters, analysis.total.macs) == (220, 600)
    assert [(layer.id, layer.shares) for layer in analysis.layers] == [
        ("n.b1", None),
        ("n.b2.1", None),
        ("n", "n.b2.1"),
        ("again.b1", "n.b1"),
        ("again.b2.1", "n.b2.1"),
        ("again", "n.b2.1"),
    ]
    assert analysis.nodes["again"].parameters_used == 330


def test_ids_of_nested_layers_never_meet() -> None:
    """A part and a part of the last part may have the same name."""
    inner = network(dense(), Model(architecture=network(dense(), dense())))
    layers = analyse(alone(Model(architecture=inner))).layers
    assert [layer.id for layer in layers] == ["n.b1", "n.b2.b1", "n"]
    assert [layer.path for layer in layers] == [("n", "b1"), ("n", "b2", "b1"), ("n", "b2", "b2")]
    assert [layer.inputs for layer in layers] == [("in",), ("n.b1",), ("n.b2.b1",)]


def test_repeated_with_several_inputs_feeds_the_first_and_gives_the_others_again() -> None:
    add = CATALOGUE["Add"]()
    inner = Architecture({"x": (4,), "skip": (4,)}, (Node("sum", add, ("x", "skip")),), {"y": "sum"})
    block = Model(architecture=inner, repeat=3)
    outer = Architecture({"a": (4,), "b": (4,)}, (Node("n", block, ("a", "b")),), {"out": "n"})
    assert [layer.inputs for layer in analyse(outer).layers] == [("a", "b"), ("n.1", "b"), ("n.2", "b")]


def test_the_inside_takes_the_shapes_that_come_in() -> None:
    block = Model(architecture=network(dense(3)))
    assert analyse(alone(block, (28, 28, 5))).nodes["n"].output_shape == (28, 28, 3)


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        (Architecture({"x": (4,)}), r"^n: expected one output of the network inside\. Received: 0"),
        (
            Architecture({"x": (4,)}, (Node("a", dense(), ("x",)), Node("b", dense(), ("x",))), {"y": "a"}),
            r"^n\.b: expected a block that reads it",
        ),
        (
            Architecture({"x": (4,)}, (Node("a", dense(), ("x",)), Node("b", dense(), ("x",))), {"y": "a", "z": "b"}),
            r"^n: expected one output of the network inside\. Received: 2",
        ),
        (Architecture({"x": (4,), "z": (4,)}, (Node("a", dense(), ("x",)),), {"y": "a"}), r"^n: expected 2 inputs"),
        (network(CATALOGUE["MaxPooling2D"]()), r"^n\.b1: expected an image"),
        (network(dense(), CATALOGUE["MaxPooling2D"]()), r"^n\.b2: expected an image"),
    ],
)
def test_a_mistake_inside_is_said_with_its_place(inner: Architecture, problem: str) -> None:
    (found,) = analyse(alone(Model(architecture=inner))).problems
    with pytest.raises(UserError, match=problem):
        raise found


def test_an_input_that_nothing_inside_reads_is_a_mistake() -> None:
    """What leads there leads nowhere, and Keras would leave it out."""
    inner = Architecture({"x": (4,), "z": (4,)}, (Node("a", dense(), ("x",)),), {"y": "a"})
    outer = Architecture({"a": (4,)}, (Node("n", Model(architecture=inner), ("a", "a")),), {"out": "n"})
    with pytest.raises(UserError, match=r"^n\.z: expected a block inside that reads this input"):
        raise analyse(outer).problems[0]


def test_weights_cannot_be_shared_where_the_shape_changes_on_the_way() -> None:
    (found,) = analyse(alone(Model(architecture=network(dense(4)), repeat=2, share_weights=True))).problems
    assert "weights of 1" in str(found)
    assert not analyse(alone(Model(architecture=network(dense(4)), repeat=2))).problems


def test_too_deep_and_too_large_is_refused() -> None:
    deep = network(dense())
    for _level in range(MOST_LEVELS - 1):
        deep = network(Model(architecture=deep))
    assert Architecture.from_json(deep.to_json()) == deep
    with pytest.raises(UserError, match="inside each other"):
        network(Model(architecture=deep))
    wide = network(Model(architecture=network(dense()), repeat=200))
    with pytest.raises(UserError, match="at most 2000 nodes"):
        network(Model(architecture=wide, repeat=200))


def test_a_hostile_inside_is_refused_in_one_sentence() -> None:
    data = json.loads(alone(Model(architecture=network(dense()))).to_json())
    inner = data["nodes"][0]["config"]["architecture"]
    inner["nodes"][0]["block"] = "Python"
    with pytest.raises(UserError, match="b1: expected a block of the catalogue"):
        Architecture.from_json(json.dumps(data))
    inner["nodes"] = 7
    with pytest.raises(UserError, match="expected a list of nodes"):
        Architecture.from_json(json.dumps(data))


def test_wrap_gathers_blocks_and_changes_nothing_else() -> None:
    lenet = presets.load("lenet5")
    ids = [node.id for node in lenet.nodes][1:4]
    wrapped = nest.wrap(lenet, ids)
    assert len(wrapped.nodes) == len(lenet.nodes) - 2
    before, after = analyse(lenet), analyse(wrapped)
    assert (before.total, before.outputs) == (after.total, after.outputs)


def test_wrap_refuses_what_cannot_be_one_block() -> None:
    both = Architecture(
        {"x": (4,)},
        (Node("a", dense(), ("x",)), Node("b", dense(), ("x",)), Node("again", None, ("b",), "a")),
        {"one": "a", "two": "b", "three": "again"},
    )
    for ids, problem in (
        (["a", "b"], "all uses of the layer of a"),
        (["a", "b", "again"], "one of the blocks to gather"),
        (["nowhere"], "at least one block"),
    ):
        with pytest.raises(UserError, match=problem):
            nest.wrap(both, ids)


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(architectures(), st.data())
def test_wrapped_and_taken_apart_again_is_the_same_network(architecture: Architecture, data: st.DataObject) -> None:
    ids = data.draw(st.sets(st.sampled_from([node.id for node in architecture.nodes]), min_size=1, max_size=4))
    try:
        wrapped = nest.wrap(architecture, ids)
    except UserError:
        assume(False)
    # A node that leads nowhere is taken in, and is a mistake there as it was outside.
    assume(analyse(wrapped).complete)
    assert analyse(wrapped).total == analyse(architecture).total
    (new,) = set(wrapped.by_id) - set(architecture.by_id)
    apart = nest.unwrap(wrapped, new)
    assert analyse(apart).total == analyse(architecture).total
    assert analyse(apart).outputs == analyse(architecture).outputs
    assert len(apart.nodes) == len(architecture.nodes)


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(architectures(), st.data())
def test_taking_a_composite_apart_changes_no_count(architecture: Architecture, data: st.DataObject) -> None:
    made = [n.id for n in architecture.nodes if isinstance(architecture.block_of(n), CompositeBlock)]
    assume(made)
    apart = nest.unwrap(architecture, data.draw(st.sampled_from(made)))
    before, after = analyse(architecture), analyse(apart)
    assert (before.total, before.outputs, before.problems) == (after.total, after.outputs, after.problems)
    assert Architecture.from_json(apart.to_json()) == apart


def test_a_plain_block_cannot_be_taken_apart() -> None:
    with pytest.raises(UserError, match="others inside"):
        nest.unwrap(presets.load("lenet5"), presets.load("lenet5").nodes[0].id)


def test_inside_and_back() -> None:
    outer = alone(Model(architecture=network(Model(architecture=network(dense(3))))), (5, 10))
    inner = nest.inside(outer, ("n", "b1"))
    assert inner.inputs == {"x": (5, 10)}
    changed = nest.with_inside(outer, ("n", "b1"), edit.insert(inner, dense(4)))
    assert analyse(changed).outputs == {"out": (5, 4)}
    assert nest.inside(changed, ()) == changed
    with pytest.raises(UserError, match="others inside"):
        nest.inside(outer, ("n", "b1", "b1"))


def test_the_inside_of_a_shared_block_is_that_of_its_owner() -> None:
    nodes = (Node("n", Model(architecture=network(dense())), ("in",)), Node("again", None, ("n",), "n"))
    outer = Architecture({"in": (10,)}, nodes, {"out": "again"})
    changed = nest.with_inside(outer, ("again",), network(dense(), dense()))
    assert analyse(changed).total.parameters == 220
    assert changed.by_id["again"].shares == "n"


def test_a_frozen_network_trains_nothing() -> None:
    frozen = edit.freeze(alone(Model(architecture=network(dense(), CATALOGUE["BatchNormalization"]()))), "n")
    total = analyse(frozen).total
    assert (total.trainable, total.non_trainable) == (0, 150)
    assert analyse(edit.freeze(frozen, "n", frozen=False)).total.trainable == 130
    assert Architecture.from_json(frozen.to_json()) == frozen
    apart = nest.unwrap(frozen, "n")
    assert analyse(apart).total == total


def test_another_activation_reaches_inside_but_not_the_answer() -> None:
    relu = CATALOGUE["Dense"].model_validate({"units": 10, "activation": "relu"})
    answer = CATALOGUE["Dense"].model_validate({"units": 10, "activation": "sigmoid"})
    inner = Model(architecture=network(relu, answer), repeat=2)
    nodes = (Node("hidden", inner, ("in",)), Node("last", Model(architecture=network(relu, answer)), ("hidden",)))
    changed = with_hidden_activation(Architecture({"in": (10,)}, nodes, {"out": "last"}), "mish")
    used = [layer.block.model_dump()["activation"] for layer in analyse(changed).layers]
    assert used == ["mish", "mish", "mish", "mish", "mish", "sigmoid"]
