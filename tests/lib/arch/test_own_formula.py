"""The block whose function is a formula: shapes, costs, what its positions see, and what it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from math import prod
from typing import Any

import pytest

from lib.arch import Architecture, Node, analyse, read_block
from lib.arch.block import Block
from lib.arch.export import model_function
from lib.arch.receptive_field import receptive_fields
from lib.errors import UserError

MISH = "x * ops.tanh(ops.softplus(x))"


def block(formula: str) -> Block:
    return read_block("Lambda", {"formula": formula}, "own")


def network(formula: str, *shapes: tuple[int | None, ...]) -> Architecture:
    inputs = {f"in{number}": shape for number, shape in enumerate(shapes)}
    return Architecture(inputs, (Node("own", block(formula), tuple(inputs)),), {"out": "own"})


def problem(formula: str, *shapes: tuple[int | None, ...]) -> str:
    return str(analyse(network(formula, *shapes)).nodes["own"].problem)


@pytest.mark.parametrize(("formula", "shapes", "output"), [
    (MISH, [(28, 28, 1)], (28, 28, 1)),
    ("x[..., ::-1]", [(8, 3)], (8, 3)),
    ("ops.concatenate([x1, x2], axis=-1)", [(8, 3), (8, 5)], (8, 8)),
    ("x - x2", [(8, 3), (8, 3)], (8, 3)),
    ("d = inputs * 2\n\n# the mean of each channel\nK.mean(d, axis=(1, 2))", [(4, 4, 6)], (6,)),
    ("mean(x, axis=-1, keepdims=True)", [(5,)], (1,)),
    ("(x1 + x2) * x3 / (x4 + 1)", [(3,)] * 4, (3,)),
])
def test_the_shape_is_that_of_the_formula(formula: str, shapes: Any, output: tuple[int, ...]) -> None:
    report = analyse(network(formula, *shapes)).nodes["own"]
    assert report.problem is None, str(report.problem)
    assert report.output_shape == output
    assert report.parameters == report.macs == 0
    assert report.activations == prod(output)


def test_free_sizes_stay_free() -> None:
    assert analyse(network(MISH, (None, 16))).nodes["own"].output_shape == (None, 16)
    assert analyse(network("x[:, :, 2:]", (None, 16))).nodes["own"].output_shape == (None, 14)
    assert analyse(network("x[:, 1:] * 2", (None, None, 64))).nodes["own"].output_shape == (None, None, 64)


def test_large_values_are_refused_also_beside_free_sizes() -> None:
    formula = "x[:, :, None] * x[:, :, :, None]"
    assert analyse(network(formula, (None, 3000))).nodes["own"].problem
    assert analyse(network(formula, (None, 30))).complete
    assert "numbers for one example" in str(analyse(network(formula, (2, 3000))).nodes["own"].problem)


def test_a_matrix_product_costs_multiply_adds() -> None:
    formula = "a = x1 @ x2\nsoftmax(a, axis=-1) @ transpose(x2, (0, 2, 1))"
    report = analyse(network(formula, (7, 5), (5, 3))).nodes["own"]
    assert report.output_shape == (7, 5)
    assert report.macs == 7 * 5 * 3 + 7 * 3 * 5
    assert analyse(network("relu(x) * 3", (7, 5))).nodes["own"].macs == 0


@pytest.mark.parametrize("formula", [
    MISH, "softmax(x, axis=-1)", "softmax(x)", "concat([x, -x], axis=3)", "x[..., 1:]", "x[..., 0:1]",
    "m = mean(x, axis=-1, keepdims=True)\n(x - m) * (x > 0)",
])
def test_what_works_on_channels_sees_its_own_position(formula: str) -> None:
    fields = receptive_fields(network(formula, (8, 8, 3)))["own"]["in0"]
    assert [(field.size, field.stride, field.offset) for field in fields] == [(1, 1, 0)] * 2


@pytest.mark.parametrize("formula", [
    "x[:, ::-1]", "x[:, 0]", "x[..., 0]", "x[..., None]", "softmax(x, axis=1)", "mean(x, axis=-1)", "cumsum(x, axis=2)",
    "x - mean(x, axis=(1, 2), keepdims=True)", "concat([x, x], axis=1)", "transpose(x, (0, 2, 1, 3))",
    "x @ transpose(x, (0, 1, 3, 2))",
    "y = flip(x, axis=1)\nx + y", "reshape(x, (-1, 8, 8, 3))",
])
def test_of_what_moves_positions_no_window_is_known(formula: str) -> None:
    for field in receptive_fields(network(formula, (8, 8, 3)))["own"]["in0"]:
        assert field.size is None
        assert field.reason


def test_a_row_of_numbers_is_one_position() -> None:
    (field,) = receptive_fields(network("x - mean(x, axis=1, keepdims=True)", (8,)))["own"]["in0"]
    assert field.everything or field.size == 1


@pytest.mark.parametrize(("formula", "shapes", "said"), [
    ("", [(3,)], "own.formula: line 1, column 1: expected a formula"),
    ("x * ops.tnah(x)", [(3,)], "own.formula: line 1, column 5: expected a function of formulas (did you mean tanh?)"),
    ("y = x\ny * (x +", [(3,)], "own.formula: line 2, column "),
    ("x1 + x2", [(3,), (4,)], "own.formula: line 1, column 1: expected shapes that fit: batch × 3 and batch × 4"),
    ("x1 * 2", [(3,), (3,)], "own.formula: line 1, column 1: expected a formula that reads x2 too"),
    ("x2", [(3,), (3,)], "own.formula: line 1, column 1: expected a formula that reads x1 too"),
    ("x2 + x", [(3,)], "own.formula: line 1, column 1: expected one of x"),
    ("mean(x)", [(3,)], "own.formula: line 1, column 1: expected axis 0, the batch, to stay as it is"),
    ("mean(x, axis=-1)", [(3,)], "own.formula: line 1, column 1: expected at least one axis beside the batch"),
    ("1 + 1", [(3,)], "own.formula: line 1, column 1: expected a result that depends on the inputs"),
    ("x", [(3,)] * 5, "own: expected at most 4 inputs"),
])
def test_what_is_wrong_is_said_with_line_and_column(formula: str, shapes: Any, said: str) -> None:
    assert said in problem(formula, *shapes)


def test_a_half_typed_formula_is_kept_as_it_is() -> None:
    architecture = network("x * ops.tan(", (3,))
    again = Architecture.from_json(architecture.to_json())
    assert again == architecture
    assert again.by_id["own"].block == block("x * ops.tan(")


def test_lines_end_in_one_way() -> None:
    assert block("y = x\r\ny * 2") == block("y = x\ny * 2")


@pytest.mark.parametrize("formula", ["x * é", "x * \u00b2", "x\x00", "x\x07", "ｘ * 2", "x" * 2_001, 3, None, ["x"]])
def test_other_text_is_none(formula: Any) -> None:
    with pytest.raises(UserError, match=r"^own\.formula: "):
        read_block("Lambda", {"formula": formula}, "own")


HOSTILE = [
    "__import__('os').system('touch hacked')", "x.__class__.__mro__[1].__subclasses__()", "x.numpy().tofile(3)",
    "open('hacked', 'w')", "eval('1')", "(lambda: x)()", "[y for y in x]", "keras.utils.get_file(x)", "ops.map(x, x)",
    "2 ** 99999999999", "9 ** 9 ** 9 ** 9 ** 9", "x ** 1e300", "x * 10000000000000000000000", "(" * 1_500, "-" * 1_999,
    "x[" * 900, "import os\nx", "x := 3", "f'{x}'", "tf.io.read_file(x)", "np.load(x)", "tf.py_function(x, x, x)",
    "globals()", "self.__dict__", "x if x else exit()", "y = " * 400 + "x", "x" + "[..., None]" * 150,
    "transpose(x, (0,) * 9999999)", "raise x", "exec", "__builtins__", "x\n" * 900, "stack([x, x, x, x], axis=1) " * 60,
]  # fmt: skip


@pytest.fixture
def called() -> Iterator[list[str]]:
    """What is done to the machine meanwhile, as Python's own hooks tell it."""
    events: list[str] = []
    watching = True

    def hook(event: str, _arguments: tuple[Any, ...]) -> None:
        if watching and event != "os.putenv" and event.startswith(("os.", "subprocess.", "socket.", "exec", "import")):
            events.append(event)

    sys.addaudithook(hook)
    yield events
    watching = False


@pytest.mark.parametrize("formula", HOSTILE)
def test_hostile_formulas_of_a_file_are_refused_by_a_sentence(formula: str, called: list[str]) -> None:
    data = json.loads(network(MISH, (8, 3)).to_json())
    data["nodes"][0]["config"]["formula"] = formula
    architecture = Architecture.from_json(json.dumps(data))
    found = analyse(architecture).nodes["own"]
    assert found.output_shape is None
    assert str(found.problem).startswith("own.formula: line ")
    with pytest.raises(UserError):
        model_function(architecture)
    assert not called
