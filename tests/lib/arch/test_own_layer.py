"""Layers of one's own: weights by declared sizes, numbers with bounds, counts, gradients, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lib.arch import Architecture, Node, analyse, read_block
from lib.arch.blocks.custom_layer import CustomLayer
from lib.arch.export import model_script
from lib.arch.own_layer import OwnLayer
from lib.arch.receptive_field import receptive_fields
from lib.errors import UserError
from tests.lib.arch.custom_layers import DENSE, layer

IMAGE = (8, 8, 3)


def network(definition: dict[str, Any], *shapes: tuple[int | None, ...], trainable: bool = True) -> Architecture:
    inputs = {f"in{number}": shape for number, shape in enumerate(shapes or (IMAGE,))}
    return Architecture(inputs, (Node("n", layer(definition), tuple(inputs), trainable=trainable),), {"out": "n"})


def own(call: str, *weights: tuple[str, str], **numbers: float) -> dict[str, Any]:
    return {
        "weights": [{"name": name, "shape": shape} for name, shape in weights],
        "numbers": [{"name": name, "value": value, "whole": float(value).is_integer()}
                    for name, value in numbers.items()],
        "call": call,
    }  # fmt: skip


def problem(definition: dict[str, Any], *shapes: Any) -> str:
    return str(analyse(network(definition, *shapes)).nodes["n"].problem)


@pytest.mark.parametrize("shape", [(7,), (6, 7), IMAGE, (2, 4, 4, 3), (None, 7)])
def test_the_course_dense_costs_what_dense_costs(shape: Any) -> None:
    dense = read_block("Dense", {"units": 5, "activation": "relu"}, "n")
    built_in = Architecture({"in0": shape}, (Node("n", dense, ("in0",)),), {"out": "n"})
    mine = network(DENSE, shape)
    for one, two in ((analyse(mine), analyse(built_in)),):
        assert one.total == two.total
        assert one.outputs == two.outputs
        assert one.layers[0].weights == two.layers[0].weights
    assert receptive_fields(mine) == receptive_fields(built_in)


def test_the_palette_inserts_it_ready_to_use() -> None:
    (entry,) = CustomLayer.entries()
    assert entry.block.output_shape(IMAGE) == (8, 8, 64)
    assert entry.block.weights(IMAGE) == (("kernel", (3, 64), True), ("bias", (64,), True))


@pytest.mark.parametrize(("shape", "size"), [
    ("height, width, channels", (8, 6, 3)), ("dim1, dim2 , dim3,", (8, 6, 3)), ("", ()), ("features", (3,)),
    ("2 * self.units + 1", (9,)), ("(channels + units) // 2, width - 1", (3, 5)), ("[3, x1.height]", (3, 8)),
    ("x2.steps, x2.channels", (5, 2)),
])
def test_sizes_are_written_with_axes_and_numbers(shape: str, size: tuple[int, ...]) -> None:
    definition = OwnLayer.model_validate({**own("x + x2[:, :1, None, :1]", ("w", shape), units=4), "name": "Mine"})
    assert definition.shapes((8, 6, 3), (5, 2)) == {"w": size}


@pytest.mark.parametrize(("shape", "said"), [
    ("chanels, 2", "line 1, column 1: expected one of channels, features, height, width, dim1, dim2, dim3"),
    ("channels, 2 -", "line 1, column "),
    ("channels * 1.5", "line 1, column 12: expected whole numbers, names of axes"),
    ("channels ** 2", "line 1, column 1: expected whole numbers, names of axes"),
    ("3 - channels", "line 1, column 1: expected a size of at least 1. Received: 0."),
    ("channels // 0", "line 1, column 1: expected a finite number"),
    ("rate", "line 1, column 1: expected one of "),
    ("abs(channels)", "line 1, column 1: expected whole numbers"),
    ("n = 3\nn", "line 1, column 1: expected sizes on one line"),
    ("1, 1, 1, 1, 1, 1, 1", "line 1, column 19: expected at most 6 sizes"),
    ("2000, 2001", "expected at most 4,000,000 numbers in a weight. Received: 4002000."),
    ("steps", "line 1, column 1: expected one of "),
])
def test_a_shape_that_cannot_be_known_is_said_at_its_weight(shape: str, said: str) -> None:
    assert problem(own("x * mean(w) * rate", ("w", shape), rate=0.5)).startswith(f"n.weights.w: {said}")


def test_an_initializer_that_needs_two_sizes_gets_them() -> None:
    definition = own("x * w", ("w", "channels"))
    definition["weights"][0]["initializer"] = "orthogonal"
    assert problem(definition).startswith("n.weights.w: expected at least two sizes for the initializer orthogonal")


@pytest.mark.parametrize(("call", "shapes", "said"), [
    ("x @ self.kernal", [IMAGE], "n.call: line 1, column 5: expected one of x, kernel"),
    ("y = x * 2\nx @ kernel", [(4,)], "n.call: line 2, column 1: expected shapes that fit"),
    ("x1 @ kernel", [IMAGE, IMAGE], "n.call: line 1, column 1: expected a formula that reads x2 too"),
    ("kernel", [IMAGE], "n.call: line 1, column 1: expected a result for every example"),
    ("", [IMAGE], "n.call: line 1, column 1: expected a formula"),
    ("x", [IMAGE] * 5, "n: expected at most 4 inputs"),
])
def test_a_mistake_of_the_formula_is_said_with_line_and_column(call: str, shapes: Any, said: str) -> None:
    assert problem(own(call, ("kernel", "3, 2")), *shapes).startswith(said)


def test_weights_that_are_not_trained_come_last_and_count_apart() -> None:
    definition = own("x * a * b", ("a", "channels"), ("b", "height, 1, 1"))
    definition["weights"][0]["trainable"] = False
    report = analyse(network(definition)).nodes["n"]
    assert [weight.name for weight in report.layers[0].weights] == ["b", "a"]
    assert (report.trainable, report.non_trainable) == (8, 3)
    frozen = analyse(network(definition, trainable=False)).nodes["n"]
    assert (frozen.trainable, frozen.non_trainable) == (0, 11)


def test_it_is_shared_repeated_and_stands_in_networks() -> None:
    nodes = (Node("n", layer(DENSE), ("a",)), Node("again", None, ("b",), "n"), Node("sum", read_block("Add", {}, "s"),
             ("n", "again")))  # fmt: skip
    shared = Architecture({"a": (4,), "b": (4,)}, nodes, {"out": "sum"})
    assert analyse(shared).total.parameters == 25
    assert analyse(shared).total.macs == 40
    wrong = Architecture({"a": (4,), "b": (5,)}, nodes, {"out": "sum"})
    assert "expected an input that fits the weights of n" in str(analyse(wrong).nodes["again"].problem)
    inside = network({**DENSE, "numbers": [{"name": "units", "value": 4}]}, (4,)).to_data()
    repeated = read_block("Model", {"architecture": inside, "repeat": 3}, "m")
    assert analyse(Architecture({"a": (4,)}, (Node("m", repeated, ("a",)),), {"out": "m"})).total.parameters == 60


def test_an_axis_of_free_size_cannot_stand_in_a_shape() -> None:
    assert analyse(network(own("x * w", ("w", "channels")), (None, 4))).outputs == {"out": (None, 4)}
    assert "known size" in problem(own("x * w", ("w", "steps, 1")), (None, 4))


@pytest.mark.parametrize(("call", "learned", "said"), [
    ("relu(x @ kernel + bias)", set(), ""),
    ("relu(x @ kernel)", {"bias"}, "line 1, column 1: the result does not depend on bias"),
    ("x @ round(kernel) + bias", {"kernel"}, "line 1, column 5: round lets no gradient through"),
    ("x @ kernel + bias > 0", {"kernel", "bias"}, "line 1, column 1: greater lets no gradient through"),
])
def test_what_learns_nothing_is_known_and_why(call: str, learned: set[str], said: str) -> None:
    found = OwnLayer.model_validate({**DENSE, "call": call}).without_gradient(IMAGE)
    assert set(found) == learned
    assert all(str(reason).startswith(said) for reason in found.values())
    still = [{**weight, "trainable": False} for weight in DENSE["weights"]]  # type: ignore[attr-defined]
    assert not OwnLayer.model_validate({**DENSE, "weights": still, "call": call}).without_gradient(IMAGE)


def test_json_reads_back_and_whole_numbers_stay_whole() -> None:
    architecture = network(DENSE)
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert again.digest == architecture.digest
    assert json.loads(architecture.to_json())["nodes"][0]["config"]["layer"]["numbers"][0]["value"] == 5


WEIGHT = {"name": "w", "shape": "channels"}


@pytest.mark.parametrize(("change", "said"), [
    ({"name": "My Layer"}, "own.layer.name: expected letters, digits and _"),
    ({"name": "class"}, "own.layer.name: expected letters, digits and _"),
    ({"call": 3}, "own.layer.call: expected text"),
    ({"call": "x * é"}, "own.layer.call: expected plain letters"),
    ({"more": 1}, "own.layer: expected no field of this name. Received: more."),
    ({"weights": "kernel"}, "own.layer.weights: expected a list"),
    ({"weights": [WEIGHT] * 2}, "own.layer: expected each name once among weights and numbers. Received: w."),
    ({"weights": [{**WEIGHT, "name": f"w{n}"} for n in range(9)]}, "own.layer.weights: expected at most 8 entries"),
    ({"weights": [{**WEIGHT, "name": "trainable"}]}, "own.layer.weights.0.name: expected a name that means nothing"),
    ({"weights": [{**WEIGHT, "name": "channels"}]}, "own.layer.weights.0.name: expected a name that means nothing"),
    ({"weights": [{**WEIGHT, "name": "x2"}]}, "own.layer.weights.0.name: expected a name that means nothing"),
    ({"weights": [{**WEIGHT, "name": "__class__"}]}, "own.layer.weights.0.name: expected letters, digits and _"),
    ({"weights": [{**WEIGHT, "shape": [3]}]}, "own.layer.weights.0.shape: expected text"),
    ({"weights": [{**WEIGHT, "shape": "1" * 201}]}, "own.layer.weights.0.shape: expected at most 200 characters"),
    ({"weights": [{**WEIGHT, "initializer": "exec"}]}, "own.layer.weights.0.initializer: expected one of"),
    ({"weights": [{**WEIGHT, "trainable": 1}]}, "own.layer.weights.0.trainable: expected true or false"),
    ({"weights": [{**WEIGHT, "dtype": "int8"}]}, "own.layer.weights.0: expected no field of this name"),
    ({"numbers": [{"name": "n", "value": 0.5}]}, "own.layer.numbers.0: expected a whole number. Received: 0.5."),
    ({"numbers": [{"name": "n", "value": "3"}]}, "own.layer.numbers.0.value: expected a number"),
    ({"numbers": [{"name": "n", "value": True}]}, "own.layer.numbers.0.value: expected a number"),
    ({"numbers": [{"name": "n", "value": 9, "most": 8}]}, "own.layer.numbers.0: expected a number of at most 8"),
    ({"numbers": [{"name": "n", "value": 0, "least": 1}]}, "own.layer.numbers.0: expected a number of at least 1"),
    ({"numbers": [{"name": "n", "value": 1e7}]}, "own.layer.numbers.0.value: expected a number of at most 1000000"),
])
def test_anything_else_is_refused_in_one_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as caught:
        layer({**DENSE, "numbers": [], "weights": [], **change})
    assert str(caught.value).startswith(said)


def test_the_code_is_the_class_of_the_course() -> None:
    assert '''\
@keras.saving.register_keras_serializable(package="formulas")
class MyDense(keras.layers.Layer):
    def __init__(self, units=5, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        channels = input_shape[-1]
        self.kernel = self.add_weight(
            shape=(channels, self.units), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x):
        return ops.relu(ops.matmul(x, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
''' in model_script(network(DENSE))


@pytest.mark.parametrize(("definition", "shapes", "said"), [
    (own("x * w", ("w", "channels")), [IMAGE], "return input_shape"),
    (own("mean(x, axis=1)"), [(5, 4)], "return (input_shape[0], input_shape[2])"),
    (own("x[..., None]"), [(5,)], "return (*input_shape, 1)"),
    (own("concat([x, x], axis=-1) @ w", ("w", "2 * channels, 2 * n + 1"), n=3), [(5, 4)],
     "return (*input_shape[:-1], 2 * self.n + 1)"),
    (own("sum(x1, axis=1) @ w + mean(x2, axis=1)", ("w", "x1.channels, x2.channels")), [(5, 4), (3, 2)],
     "return (x1_shape[0], x2_shape[2])"),
    (own("concat([x, x], axis=1)"), [(5, 4)], "keras.Operation.compute_output_spec(self, keras.KerasTensor("),
])
def test_the_shape_that_comes_out_is_written_as_it_comes_about(
    definition: dict[str, Any], shapes: Any, said: str
) -> None:
    assert said in model_script(network(definition, *shapes))


def test_layers_that_differ_in_their_numbers_alone_are_of_one_class() -> None:
    wide = {**DENSE, "numbers": [{"name": "units", "value": 9, "least": 1, "most": 65_536}]}
    other = {**DENSE, "call": "tanh(tf.matmul(x, self.kernel) + self.bias)"}
    nodes = (
        Node("a", layer(DENSE), ("in",)), Node("b", layer(wide), ("a",)), Node("MyDense", layer(other), ("b",)),
    )  # fmt: skip
    script = model_script(Architecture({"in": (4,)}, nodes, {"out": "MyDense"}))
    assert script.count("class MyDense(keras.layers.Layer)") == 1
    assert script.count("class MyDense_2(keras.layers.Layer)") == 1
    assert 'MyDense(units=9, name="b")' in script
    assert 'MyDense_2(units=5, name="MyDense")' in script
