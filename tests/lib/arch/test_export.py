"""Exported code builds the model that the bridge builds: same layers, same parameters, same outputs."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from lib.arch import CATALOGUE, Architecture, Node, presets, read_block
from lib.arch.code import STYLES, Style
from lib.arch.export import code, model_function, model_script
from lib.errors import UserError
from lib.keras_bridge import build
from lib.keras_bridge.build import make
from tests.lib.arch.executed import assert_same_model, executed
from tests.lib.arch.strategies import PLAIN, architectures

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*softmax over axis:UserWarning")


@pytest.mark.parametrize("name", presets.names())
def test_presets(name: str) -> None:
    architecture = presets.load(name)
    ours = assert_same_model(architecture, "functional")
    assert_same_model(architecture, "subclass", ours)


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
          phases=[Phase.explicit, Phase.reuse, Phase.generate])  # fmt: skip
@given(architectures())
def test_random_architectures(architecture: Architecture) -> None:
    ours = assert_same_model(architecture, "functional")
    assert_same_model(architecture, "subclass", ours)


@pytest.mark.parametrize("kind", PLAIN)
def test_what_is_left_out_are_the_defaults_of_keras(kind: type[Any]) -> None:
    """The code leaves out fields at our defaults, so those have to be Keras's own."""
    block = kind(**kind.first_config)
    layer = type(make(block.keras()))
    given = {name: make(value) for name, value in block.keras().arguments.items()}
    required = {name: value for name, value in given.items() if kind.model_fields[name].is_required()}
    bare = layer(**required, name="same").get_config()
    defaults = {name: kind.model_fields[name].default for name in given if name not in required}
    assert layer(**required, **defaults, name="same").get_config() == bare


def test_names_that_clash_stay_apart() -> None:
    flatten = CATALOGUE["Flatten"]()
    nodes = (
        Node("list", flatten, ("import",)),
        Node("x", flatten, ("class",)),
        Node("both", CATALOGUE["Concatenate"](), ("list", "x")),
    )
    architecture = Architecture({"import": (3,), "class": (2,)}, nodes, {"both": "both", "list": "list"})
    assert_same_model(architecture, "functional")


def test_a_shared_layer_is_one_object() -> None:
    dense = CATALOGUE["Dense"].model_validate({"units": 3})
    nodes = (Node("tower", dense, ("a",)), Node("again", None, ("b",), "tower"))
    architecture = Architecture({"a": (4,), "b": (4,)}, nodes, {"one": "tower", "two": "again"})
    source = model_function(architecture)
    assert source.count("layers.Dense(") == 1
    assert_same_model(architecture, "functional")


def test_a_mistake_is_said() -> None:
    with pytest.raises(UserError, match="outputs: expected at least one output"):
        model_function(Architecture({"in": (3,)}))


def chain(*blocks: tuple[str, str, dict[str, Any]], trainable: bool = True) -> Architecture:
    """A chain of blocks, each with a name and its fields, over images of 8 × 8 × 3."""
    nodes: list[Node] = []
    for name, kind, config in blocks:
        before = nodes[-1].id if nodes else "in"
        nodes.append(Node(name, read_block(kind, config, name), (before,), trainable=trainable))
    return Architecture({"in": (8, 8, 3)}, tuple(nodes), {"out": nodes[-1].id}, "my net")


def stacked() -> Architecture:
    """Three times a convolution and a pooling, and two residuals that differ in a number."""
    pairs = [
        (f"{name}{number}", kind, config)
        for number in (1, 2, 3)
        for name, kind, config in (
            ("conv", "Conv2D", {"filters": 2 * number, "kernel_size": 3, "padding": "same"}),
            ("drop", "Dropout", {"rate": 0.1}),
        )
    ]
    residuals = [(f"res_{letter}", "Residual", {"filters": width}) for letter, width in (("a", 8), ("b", 10))]
    ends = [("mean", "GlobalAveragePooling2D", {}), ("answer", "Dense", {"units": 4, "activation": "softmax"})]
    return chain(*pairs, *residuals, *ends)


def test_stacks_are_loops_and_composites_are_written_once() -> None:
    source = model_script(stacked())
    assert "for n, filters in enumerate((2, 4, 6), 1):" in source
    assert source.count("layers.Conv2D(") == 1 + 3, "one in the loop, three in the residual"
    assert 'x = residual(x, filters=8, name="res_a")  # 8 × 8 × 8' in source
    assert_same_model(stacked(), "functional")


def test_a_class_has_lists_parameters_and_classes_of_its_own() -> None:
    source = model_script(stacked(), "subclass")
    assert "class MyNet(keras.Model):" in source
    assert "def __init__(self, classes=4, **kwargs):" in source
    assert "class Residual(keras.layers.Layer):" in source
    assert "for layer in self.stack:" in source
    assert 'self.answer = layers.Dense(classes, activation="softmax", name="answer")' in source
    assert_same_model(stacked(), "subclass")


def test_a_network_that_is_called_again_is_a_loop_in_the_call() -> None:
    inside = chain(("a", "Dense", {"units": 3}), ("b", "Dense", {"units": 3, "activation": "relu"}))
    again = {"architecture": inside.to_data(), "repeat": 3, "share_weights": True}
    architecture = chain(("twice", "Model", again), ("flat", "Flatten", {}))
    source = model_script(architecture, "subclass")
    assert "for _ in range(3):" in source
    assert source.count("layers.Dense(") == 2
    assert_same_model(architecture, "subclass")
    assert "for _ in range(3):" in model_script(architecture)
    assert_same_model(architecture, "functional")


@pytest.mark.parametrize("style", ["functional", "subclass", "sequential"])
def test_what_is_frozen_is_frozen_in_the_code(style: Style) -> None:
    attention = {"architecture": chain(("lstm", "LSTM", {"units": 2})).to_data() | {"inputs": {"in": [24, 8]}}}
    blocks = [("conv", "Conv2D", {"filters": 8, "kernel_size": 1}), ("rows", "Reshape", {"target_shape": [64, 8]}),
              ("inner", "Model", attention)]  # fmt: skip
    assert_same_model(chain(*blocks, trainable=False), style)


@pytest.mark.parametrize("style", ["functional", "subclass", "sequential"])
def test_first_weights_are_those_of_a_run(style: Style) -> None:
    keras.utils.set_random_seed(3)
    other = executed(model_function(presets.load("lenet5"), (), style))
    for one, two in zip(build(presets.load("lenet5"), seed=3).weights, other.weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_chain_is_a_sequential_model_and_what_is_none_says_where() -> None:
    assert_same_model(presets.load("lenet5"), "sequential")
    assert_same_model(presets.load("mlp"), "sequential")
    with pytest.raises(UserError, match=r"^block1\.add: expected one input at every layer of a Sequential model"):
        model_script(presets.load("mini-resnet"), "sequential")
    with pytest.raises(UserError, match=r"^inputs: expected one input for a Sequential model\. Received: 2"):
        model_script(presets.load("same-or-different"), "sequential")
    with pytest.raises(UserError, match=r"^outputs: expected one output for a Sequential model\. Received: 2"):
        model_script(presets.load("digit-and-parity"), "sequential")


@pytest.mark.parametrize("style", STYLES)
def test_every_line_knows_its_nodes(style: Style) -> None:
    architecture = presets.load("lenet5")
    lines = code(architecture, style)
    assert {node for line in lines for node in line.nodes} == {*architecture.inputs, *architecture.by_id}
    assert model_script(architecture, style) == "".join(f"{line.text}\n" for line in lines)
    assert max(len(line.text) for line in lines) <= 120
