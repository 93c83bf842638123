"""Activations of one's own: where they stand, what they have to keep, how they are read and written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lib.arch import Architecture, Node, analyse, presets, read_block
from lib.arch.export import model_script
from lib.arch.override import with_hidden_activation
from lib.arch.own_activation import ACTIVATIONS, OwnActivation
from lib.arch.receptive_field import receptive_fields
from lib.errors import UserError

MISH = {"name": "my_mish", "formula": "x * tanh(softplus(x))"}
IMAGE = (8, 8, 3)


def network(block: str, shape: tuple[int | None, ...] = IMAGE, **config: Any) -> Architecture:
    return Architecture({"in": shape}, (Node("n", read_block(block, config, "n"), ("in",)),), {"out": "n"})


def problem(architecture: Architecture) -> str:
    return str(analyse(architecture).nodes["n"].problem)


@pytest.mark.parametrize(("block", "shape", "config"), [
    ("Dense", (8,), {"units": 3}),
    ("Conv2D", IMAGE, {"filters": 4, "kernel_size": 3}),
    ("Conv1DTranspose", (8, 3), {"filters": 4, "kernel_size": 3}),
    ("Activation", IMAGE, {}),
    ("LSTM", (5, 4), {"units": 3}),
    ("GRU", (5, 4), {"units": 3, "recurrent_activation": {"name": "gate", "formula": "1 / (1 + exp(-x))"}}),
    ("Residual", IMAGE, {"filters": 4}),
    ("DNNResidual", (8,), {"layers": 2, "units": 8}),
])
def test_it_stands_in_every_activation_field(block: str, shape: Any, config: dict[str, Any]) -> None:
    own, named = network(block, shape, **config, activation=MISH), network(block, shape, **config, activation="mish")
    assert analyse(own).complete
    assert analyse(own).total == analyse(named).total
    assert Architecture.from_json(own.to_json()) == own
    assert own.digest != named.digest
    if len(shape) == 3:
        assert receptive_fields(own) == receptive_fields(named)


def test_it_stands_inside_other_layers() -> None:
    own = network("TimeDistributed", (5, 8), layer={"block": "Dense", "config": {"units": 2, "activation": MISH}})
    assert analyse(own).complete
    wrong = {"name": "wrong", "formula": "x * tnah(x)"}
    broken = network("TimeDistributed", (5, 8), layer={"block": "Dense", "config": {"units": 2, "activation": wrong}})
    assert problem(broken).startswith("n.layer.activation: line 1, column 5: expected a function of formulas")
    both = network("Bidirectional", (5, 8), layer={"block": "LSTM", "config": {"units": 2, "activation": MISH}})
    assert analyse(both).complete


@pytest.mark.parametrize(("formula", "said"), [
    ("x * tnah(x)", "line 1, column 5: expected a function of formulas (did you mean tanh?)"),
    ("mean(x, axis=1)", "line 1, column 1: expected the shape that comes in, batch × 6 × 6 × 4, which"),
    ("y = x\ny[:, ::-1]", "line 2, column 1: expected an activation, which computes every position by itself"),
    ("x * (", "line 1, column 5: expected ) somewhere behind this bracket"),
    ("1 + 1", "line 1, column 1: expected a result that depends on the inputs"),
])
def test_a_mistake_is_said_at_the_field_with_its_line_and_column(formula: str, said: str) -> None:
    config = {"filters": 4, "activation": {"name": "mine", "formula": formula}}
    assert problem(network("Conv2D", **config, kernel_size=3)).startswith(f"n.activation: {said}")
    composite = problem(network("Residual", (6, 6, 4), **config))
    assert composite.startswith(f"n.activation: {said}")


@pytest.mark.parametrize("formula", ["x > 0", "softmax(x)", "x - mean(x, axis=-1, keepdims=True)", "x[..., ::-1]"])
def test_channels_may_mix_and_steps_are_allowed(formula: str) -> None:
    assert analyse(network("Activation", activation={"name": "mine", "formula": formula})).complete


def test_free_sizes_stay_free() -> None:
    own = network("Conv2D", (None, None, 3), filters=4, kernel_size=3, activation=MISH)
    assert analyse(own).outputs == {"out": (None, None, 4)}


@pytest.mark.parametrize(("value", "said"), [
    ("rlu", "n.activation: expected one of 'relu'"),
    (3, "n.activation: expected one of 'relu'"),
    ([1], "n.activation: expected one of 'relu'"),
    ({"name": "relu", "formula": "x"}, "n.activation.name: expected a name that no activation of Keras has"),
    ({"name": "1st", "formula": "x"}, "n.activation.name: expected letters, digits and _"),
    ({"name": "lambda", "formula": "x"}, "n.activation.name: expected letters, digits and _"),
    ({"name": "mine"}, "n.activation.formula: expected a value for this field"),
    ({"formula": "x"}, "n.activation.name: expected a value for this field"),
    ({"name": "mine", "formula": 3}, "n.activation.formula: expected text"),
    ({"name": "mine", "formula": "é"}, "n.activation.formula: expected plain letters"),
    ({"name": "mine", "formula": "x" * 2_001}, "n.activation.formula: expected at most 2000 characters"),
    ({"name": "mine", "formula": "x", "more": 1}, "n.activation: expected no field of this name"),
])
def test_anything_else_is_refused_in_one_sentence(value: Any, said: str) -> None:
    with pytest.raises(UserError) as caught:
        network("Conv2D", filters=4, kernel_size=3, activation=value)
    assert str(caught.value).startswith(said)


def test_it_takes_the_place_of_every_hidden_activation() -> None:
    changed = with_hidden_activation(presets.load("lenet5"), OwnActivation.model_validate(MISH))
    assert json.dumps(MISH)[1:-1] in changed.to_json()
    used = {getattr(node.block, "activation", None) for node in changed.nodes} - {None}
    assert used == {"softmax", OwnActivation.model_validate(MISH)}
    again = with_hidden_activation(changed, "relu")
    assert "my_mish" not in again.to_json()


def test_the_code_has_one_function_for_each_and_never_two_of_a_name() -> None:
    other = {"name": "my_mish", "formula": "x * 2"}
    nodes = (
        Node("a", read_block("Dense", {"units": 3, "activation": MISH}, "a"), ("in",)),
        Node("b", read_block("Dense", {"units": 3, "activation": MISH}, "b"), ("a",)),
        Node("c", read_block("Activation", {"activation": other}, "c"), ("b",)),
        Node("my_mish", read_block("Activation", {"activation": "mish"}, "my_mish"), ("c",)),
    )
    script = model_script(Architecture({"in": (4,)}, nodes, {"out": "my_mish"}))
    assert script.count("def my_mish(x):\n    return x * ops.tanh(ops.softplus(x))\n") == 1
    assert script.count("def my_mish_2(x):\n    return x * 2\n") == 1
    assert 'layers.Activation(my_mish_2, name="c")' in script


def test_every_name_of_keras_stands_alone() -> None:
    assert "threshold" not in ACTIVATIONS
    assert "glu" not in ACTIVATIONS
