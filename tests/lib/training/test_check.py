"""What keeps an architecture from being trained is said before it is tried."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lib.arch import Architecture, edit, presets, read_block
from lib.data import DATASETS
from lib.training.check import check
from lib.training.last_layer import output_kinds
from lib.training.recipe import Recipe

FLAT: dict[str, Any] = {"id": "flat", "block": "Flatten", "inputs": ["image"]}


def architecture(*nodes: dict[str, Any], output: str = "answer", shape: tuple[int, ...] = (28, 28, 1)) -> Architecture:
    return Architecture.from_json(json.dumps({
        "format": "blockyard/1", "name": "made up", "inputs": {"image": shape}, "nodes": nodes,
        "outputs": {"answer": output}}))


def dense(units: int = 10, source: str = "flat", name: str = "answer", **config: Any) -> dict[str, Any]:
    return {"id": name, "block": "Dense", "config": {"units": units, **config}, "inputs": [source]}


def sentences(given: Architecture, images: int | None = None, **recipe: Any) -> list[str]:
    return [str(problem) for problem in check(given, Recipe(**recipe), images)]


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.parametrize("data", sorted(DATASETS))
def test_every_preset_can_be_trained_on_every_data_set(name: str, data: str) -> None:
    if not presets.get(name).recipe:
        assert sentences(presets.load(name, DATASETS[data].input_shape), data=data) == []


def test_wrong_input_shape() -> None:
    assert sentences(architecture(FLAT, dense(), shape=(32, 32, 3))) == [
        "image: expected the shape 28 × 28 × 1 of the images of MNIST. Received: 32 × 32 × 3."]


def test_wrong_number_of_units() -> None:
    assert sentences(architecture(FLAT, dense(9))) == [
        "answer: expected 10 numbers at the end, one for each class of MNIST: set its units to 10. Received: 9."]


def test_output_with_positions() -> None:
    [sentence] = sentences(architecture(dense(source="image")))
    assert sentence.startswith("answer: expected one row of 10 numbers at the end: put Flatten or")


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "mish"])
def test_activation_that_is_no_choice(activation: str) -> None:
    [sentence] = sentences(architecture(FLAT, dense(activation=activation)))
    assert sentence == ("answer: expected softmax or linear as the activation of the last layer, to tell classes "
                        f"apart. Received: {activation}.")


def test_two_inputs_and_two_outputs() -> None:
    twins = Architecture.from_json("""{"format": "blockyard/1", "name": "twins",
     "inputs": {"left": [28, 28, 1], "right": [28, 28, 1]}, "nodes": [
      {"id": "a", "block": "Flatten", "inputs": ["left"]}, {"id": "b", "block": "Flatten", "inputs": ["right"]}],
     "outputs": {"x": "a", "y": "b"}}""")
    assert [sentence.split(",")[0] for sentence in sentences(twins)] == [
        "inputs: expected one input", "a: expected 10 numbers at the end", "b: expected 10 numbers at the end"]


def test_mistakes_of_the_architecture_come_first() -> None:
    broken = architecture({"id": "pool", "block": "MaxPooling2D", "config": {"pool_size": 99}, "inputs": ["image"]},
                          output="pool")
    assert len(sentences(broken, batch_size=10_000)) == 1
    assert sentences(broken)[0].startswith("pool")


@pytest.mark.parametrize(("recipe", "images", "sentence"), [
    ({"batch_size": 91}, 100, "batch_size: expected at most the 90 images that there are to learn from. Received: 91."),
    ({"train_images": 91}, 100, "train_images: expected from 1 to 90 images. Received: 91."),
    ({"train_images": 50_000}, 4000, "train_images: expected from 1 to 3600 images. Received: 50000."),
    ({"batch_size": 64, "train_images": 60}, 100,
     "batch_size: expected at most the 60 images that there are to learn from. Received: 64."),
    ({"validation_fraction": 0.01, "batch_size": 1}, 10,
     "validation_fraction: expected at least one of 10 images held out. Received: 0.01."),
])
def test_split(recipe: dict[str, Any], images: int, sentence: str) -> None:
    assert sentences(architecture(FLAT, dense()), images, **recipe) == [sentence]


def test_several_problems_are_told_together() -> None:
    assert len(sentences(architecture(FLAT, dense(9), shape=(8, 8, 1)), batch_size=9000, train_images=10)) == 3


@pytest.mark.parametrize(("nodes", "output", "kind"), [
    ((FLAT, dense(activation="softmax")), "answer", "probabilities"),
    ((FLAT, dense()), "answer", "logits"),
    ((FLAT, dense(activation="log_softmax")), "answer", "logits"),
    ((FLAT, dense(name="scores"),
      {"id": "answer", "block": "Activation", "config": {"activation": "softmax"}, "inputs": ["scores"]}),
     "answer", "probabilities"),
    (({"id": "scores", "block": "Conv2D", "config": {"filters": 10, "kernel_size": 1, "activation": "softmax"},
       "inputs": ["image"]},
      {"id": "answer", "block": "GlobalAveragePooling2D", "inputs": ["scores"]}), "answer", "probabilities"),
    (({"id": "scores", "block": "Conv2D", "config": {"filters": 10, "kernel_size": 1}, "inputs": ["image"]},
      {"id": "answer", "block": "GlobalAveragePooling2D", "inputs": ["scores"]}), "answer", "logits"),
])
def test_what_the_loss_has_to_know(nodes: tuple[dict[str, Any], ...], output: str, kind: str) -> None:
    given = architecture(*nodes, output=output)
    assert sentences(given) == []
    assert output_kinds(given) == [kind]


def test_every_output_has_a_kind_of_its_own() -> None:
    one = architecture(FLAT, dense(), dense(name="other", activation="softmax"))
    both = replace(one, outputs={"one": "answer", "other": "other"})
    assert check(both, Recipe()) == ()
    assert output_kinds(both) == ["logits", "probabilities"]


def test_an_input_with_free_sizes_takes_the_images() -> None:
    nodes = edit.insert(edit.blank((28, 28, 1)), read_block("GlobalAveragePooling2D", {}, ""))
    free = replace(nodes, inputs={"input": (None, None, 1)})
    free = edit.insert(free, read_block("Dense", {"units": 10, "activation": "softmax"}, ""))
    assert check(free, Recipe()) == ()
    assert check(replace(free, inputs={"input": (None, 32, 1)}), Recipe())


SOFTMAX = {"name": "mine", "formula": "y = x - max(x, axis=-1, keepdims=True)\ns = softmax(y)\ns"}
MISH = {"name": "mine", "formula": "x * tanh(softplus(x))"}


def test_an_own_activation_at_the_end_is_taken_where_it_is_known_what_it_gives() -> None:
    logits = {"name": "mine", "formula": "log_softmax(2 * x)"}
    for activation, kind in ((SOFTMAX, "probabilities"), (logits, "logits")):
        assert sentences(architecture(FLAT, dense(activation=activation))) == []
        assert output_kinds(architecture(FLAT, dense(activation=activation))) == [kind]
    [sentence] = sentences(architecture(FLAT, dense(activation=MISH)))
    assert sentence.startswith("answer: expected softmax or linear as the activation of the last layer, or one of your")
    assert sentence.endswith("Received: mine.")


@pytest.mark.parametrize(("formula", "said"), [
    ("softmax(x)", ""), ("2 * x", ""), ("relu(x)", "expected softmax or linear as the activation of the last layer")])
def test_a_formula_at_the_end_is_looked_into(formula: str, said: str) -> None:
    own = {"id": "own", "block": "Lambda", "config": {"formula": formula}, "inputs": ["answer"]}
    found = architecture(FLAT, dense(), own, output="own")
    assert said in "".join(sentences(found))
    assert bool(said) == bool(sentences(found))
    assert output_kinds(found) == ["probabilities" if formula == "softmax(x)" else "logits"] or said


def test_an_own_activation_for_hidden_layers_has_to_fit_them() -> None:
    network = architecture(FLAT, dense(20, name="hidden", activation="relu"), dense(source="hidden"))
    assert sentences(network, activation=MISH) == []
    [sentence] = sentences(network, activation={"name": "mine", "formula": "x * tnah(x)"})
    assert sentence.startswith("activation: line 1, column 5: expected a function of formulas")
