"""Several inputs and outputs: each learns what it should, by its own loss, and goes on where it was."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib import data
from lib.arch import Architecture, presets
from lib.data import DATASETS
from lib.data.examples import View, examples
from lib.data.tasks import TASKS, TaskName
from lib.errors import UserError
from lib.keras_bridge.build import build
from lib.training.check import check
from lib.training.goals import OutputRecipe
from lib.training.recipe import Recipe
from lib.training.repair import repairs
from lib.training.script import training_script
from tests.lib.training.attempts import Attempts, at
from tests.lib.training.test_script import history_of_run, history_of_script, small

OF_DIGITS: list[TaskName] = [name for name, task in TASKS.items() if name != "classify" and
                             task.fits(DATASETS["mnist"])]


def network_for(task: TaskName, hidden: int = 8) -> Architecture:
    """The inputs as rows beside one another, and a Dense layer for each output."""
    info = DATASETS["mnist"]
    inputs, targets = TASKS[task].inputs(info), TASKS[task].targets(info)
    nodes: list[dict[str, Any]] = [{"id": f"flat_{name}", "block": "Flatten", "inputs": [name]} for name in inputs]
    source = nodes[-1]["id"]
    if len(nodes) > 1:
        nodes.append({"id": "both", "block": "Concatenate", "inputs": [node["id"] for node in nodes]})
        source = "both"
    nodes += [{"id": "hidden", "block": "Dense", "config": {"units": hidden, "activation": "relu"}, "inputs": [source]},
              {"id": "drop", "block": "Dropout", "config": {"rate": 0.2}, "inputs": ["hidden"]}]
    outputs = {}
    for name, target in targets.items():
        usual = {"classes": "softmax", "binary": "sigmoid", "number": "linear", "image": "sigmoid"}[target.kind]
        units = int(np.prod(target.shape))
        nodes.append({"id": f"tells_{name}", "block": "Dense", "config": {"units": units, "activation": usual},
                      "inputs": ["drop"]})
        outputs[name] = f"tells_{name}"
        if target.kind == "image":
            nodes.append({"id": f"drawn_{name}", "block": "Reshape", "config": {"target_shape": list(target.shape)},
                          "inputs": [outputs[name]]})
            outputs[name] = f"drawn_{name}"
    return Architecture.from_json(json.dumps({
        "format": "blockyard/1", "name": "t", "nodes": nodes, "outputs": outputs,
        "inputs": {name: list(shape) for name, shape in inputs.items()}}))


HITS = {"name": "hits", "formula": "K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0))) / K.sum(y_true)"}
MEASURED: list[dict[str, Any]] = [
    {"output": "parity", "weight": 0.5, "metrics": [{"name": "Precision"}, {"name": "AUC"}, HITS,
                                                    {"name": "F1Score", "threshold": 0.5}]},
    {"output": "digit", "metrics": [{"name": "TopKCategoricalAccuracy", "k": 2}, {"name": "F1Score"}, HITS,
                                    {"name": "Recall", "thresholds": 0.1, "class_id": 3}]}]
"""Each answer by metrics of its own, some of the same name."""


def logits(task: TaskName) -> Architecture:
    """The same with nothing after the last sums."""
    return Architecture.from_json(network_for(task).to_json().replace('"sigmoid"', '"linear"'))


def sentences(architecture: Architecture, **recipe: Any) -> list[str]:
    return [str(problem) for problem in check(architecture, Recipe.model_validate(recipe))]


@pytest.mark.parametrize("task", OF_DIGITS)
def test_every_task_is_learned_for_an_epoch_and_judged(task: TaskName, start: Callable[..., Any]) -> None:
    events, result = start(network_for(task), task=task, epochs=1)
    assert result.ended == "finished"
    told = next(event for event in events if event["kind"] == "evaluation")
    targets = TASKS[task].targets(DATASETS["mnist"])
    assert [output["name"] for output in told["outputs"]] == list(targets)
    for output, target in zip(told["outputs"], targets.values(), strict=True):
        if target.labels:
            assert np.asarray(output["confusion"]).shape == (len(target.labels),) * 2
            assert output["labels"] == list(target.labels)
        assert ("error" in output) == (target.kind == "number")
        assert ("pictures" in output) == (target.kind == "image")
    assert result.test_accuracy == told["accuracy"]


@pytest.mark.parametrize("loss", [None, "MeanSquaredError"])
def test_the_loss_is_the_weighted_sum_of_those_of_the_outputs(start: Callable[..., Any], loss: str | None) -> None:
    outputs = [{"output": "parity", "weight": 0.25, "loss": loss}, {"output": "digit", "weight": 3.0}]
    events, _result = start(network_for("parity"), task="parity", outputs=outputs, epochs=2)
    for event in (event for event in events if event["kind"] == "epoch"):
        logs = event["logs"]
        for part in ("", "val_"):
            together = 3 * logs[f"{part}digit_loss"] + 0.25 * logs[f"{part}parity_loss"]
            assert logs[f"{part}loss"] == pytest.approx(together, rel=1e-5)
            assert logs[f"{part}accuracy"] == pytest.approx(logs[f"{part}digit_accuracy"], abs=1e-6)


@pytest.mark.parametrize("task", ["parity", "same", "halves", "denoise", "sum-number"])
def test_what_is_told_of_the_validation_is_what_keras_finds(
    task: TaskName, start: Callable[..., Any], tmp_path: Path
) -> None:
    recipe = Recipe(task=task, batch_size=32, epochs=1)
    events, _result = start(network_for(task), task=task, epochs=1)
    logs = next(event for event in events if event["kind"] == "epoch")["logs"]
    model = keras.models.load_model(tmp_path / "run" / "model.keras", safe_mode=True)
    dataset = data.load("mnist")
    parts = data.split(dataset, recipe.validation_fraction, recipe.seed, None)
    made = examples(task, parts, "validation", recipe.seed)
    everything = slice(None)
    inputs = [view.take(everything) / np.float32(255) for view in made.inputs.values()]
    answers = [target.take(everything) / np.float32(255) if isinstance(target, View) else
               target if TASKS[task].targets(dataset.info)[name].kind == "classes" else target[:, None]
               for name, target in made.targets.items()]
    found = model.evaluate(inputs if len(inputs) > 1 else inputs[0], answers if len(answers) > 1 else answers[0],
                           batch_size=16, verbose=0, return_dict=True)
    assert logs["val_loss"] == pytest.approx(found["loss"], rel=1e-4)


@pytest.mark.parametrize("task", ["parity", "same", "denoise"])
def test_it_goes_on_bit_for_bit_from_the_middle_of_an_epoch(
    task: TaskName, attempts: Callable[..., Attempts]
) -> None:
    given: dict[str, Any] = {"architecture": network_for(task), "task": task, "epochs": 3,
                             "outputs": MEASURED if task == "parity" else []}
    whole, left = attempts("whole", **given), attempts("left", **given)
    assert whole().ended == "finished"
    while left(at(4, "pause")).ended != "finished":
        assert left.attempt < 40
    assert left.attempt > 2
    assert left.story == whole.story
    assert left.weights == whole.weights


def test_inputs_and_outputs_are_matched_by_name_or_in_order() -> None:
    pair = network_for("same")
    assert sentences(pair, task="same") == []
    renamed = Architecture.from_json(pair.to_json().replace('"left"', '"first"').replace('"right"', '"second"'))
    assert sentences(renamed, task="same") == []


@pytest.mark.parametrize(("architecture", "recipe", "sentence"), [
    (network_for("same"), {}, "inputs: expected one input, for MNIST has one image an example. Received: left, right."),
    (network_for("parity"), {"task": "same"},
     "inputs: expected the inputs left, right for the task Same or different?. Received: image."),
    (network_for("same"), {"task": "parity"},
     "outputs: expected the outputs digit, parity for the task Digit, and odd or even. Received: same."),
    (network_for("same"), {"task": "sum"},
     "tells_same: expected 19 numbers at the end, to tell sum: end in a Dense layer of 19 units. Received: 1."),
    (network_for("same"), {"task": "halves", "data": "mnist"}, "left: expected the shape 28 × 14 × 1 of left."),
    (network_for("same"), {"task": "sum", "data": "shapes"},
     "task: expected a data set of the digits from 0 to 9 for this task. Received: Shapes (synthetic)."),
    (network_for("same"), {"task": "same", "metrics": [{"name": "Precision"}]},
     "metrics: expected none here: in this task each answer has metrics of its own. Received: precision."),
    *((network_for(task), {"task": task, "outputs": [{"output": output, "metrics": metrics}]}, sentence)
      for task, output, metrics, sentence in [
        ("same", "same", [{"name": "TopKCategoricalAccuracy"}],
         "same.top_3_accuracy: expected one of Precision, Recall, F1Score, FBetaScore, AUC,"),
        ("sum-number", "sum", [{"name": "AUC"}],
         "sum.auc: expected one of MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, OwnMetric for such"),
        ("denoise", "image", [HITS], "image.hits: expected one of MeanSquaredError, RootMeanSquaredError"),
        ("parity", "parity", [{"name": "F1Score"}],
         "parity.f1_score: expected a threshold: of one number none is the highest. Received: none."),
        ("parity", "parity", [{"name": "Recall", "class_id": 1}],
         "parity.recall_of_1: expected a class from 0 to 0, or none. Received: 1."),
        ("parity", "digit", [{"name": "Recall", "top_k": 11}],
         "digit.recall: expected a top k of at most 10, for so many numbers are told. Received: 11."),
        ("parity", "digit", [{"name": "AUC"}, {"name": "AUC", "curve": "PR"}],
         "digit.metrics: expected metrics of different names. Received: auc, auc."),
        ("parity", "digit", [{"name": "bad", "formula": "sum(y_tru)"}], "digit.bad"),
     ]),
    (logits("parity"), {"task": "parity", "outputs": [{"output": "parity", "metrics": [{"name": "AUC"}]}]},
     "tells_parity: expected softmax or sigmoid as the activation of the last layer, for the metric parity.auc"),
    (network_for("same"), {"task": "same", "outputs": [{"output": "sum"}]},
     "outputs: expected one of same. Received: sum."),
])
def test_what_does_not_fit_a_task_is_one_sentence(
    architecture: Architecture, recipe: dict[str, Any], sentence: str
) -> None:
    assert any(found.startswith(sentence.removesuffix(".")) for found in sentences(architecture, **recipe)), sentences(
        architecture, **recipe)


@pytest.mark.parametrize(("architecture", "recipe"), [
    (network_for("same"), {"task": "sum"}),
    (network_for("sum"), {"task": "same"}),
    (network_for("same"), {"task": "halves"}),
    (network_for("parity"), {"task": "same"}),
    (network_for("reconstruct"), {"task": "reconstruct", "metrics": [{"name": "Precision"}]}),
    (network_for("same"), {"task": "same", "outputs": [{"output": "same", "metrics": [{"name": "F1Score"}]}]}),
])
def test_every_mistake_is_mended_step_by_step(architecture: Architecture, recipe: dict[str, Any]) -> None:
    now = Recipe.model_validate(recipe)
    for _step in range(8):
        if not check(architecture, now):
            return
        architecture, now = repairs(architecture, now, 60_000)[0][2:]
    raise AssertionError(check(architecture, now))


def test_presets_bring_their_task() -> None:
    for name in presets.names():
        preset = presets.get(name)
        if preset.recipe:
            assert sentences(preset.architecture, **preset.recipe) == [], name
    assert presets.get("digit-and-parity").recipe["outputs"] == [{"output": "parity", "weight": 0.5}]


def test_metrics_go_to_the_answer_that_they_suit() -> None:
    recipe = Recipe.model_validate({"task": "parity", "metrics": [{"name": "TopKCategoricalAccuracy"}]})
    first = repairs(network_for("parity"), recipe, 60_000)[0]
    assert str(first) == "Measure digit by them"
    assert "digit_top_3_accuracy" in first.recipe.monitored
    assert check(*first[2:]) == ()


def test_each_answer_is_measured_as_keras_fit_does(start: Callable[..., Any]) -> None:
    """Same names, but for those of the layers, and same numbers in training and validation."""
    plain = Architecture.from_json(network_for("parity").to_json().replace('"rate": 0.2', '"rate": 0.0'))
    events, result = start(plain, task="parity", epochs=3, batch_size=90, outputs=MEASURED,
                           optimizer={"name": "SGD", "learning_rate": 0.1},
                           callbacks=[{"name": "EarlyStopping", "monitor": "val_parity_auc", "patience": 9}])
    model, metrics = build(plain, seed=0), keras.metrics
    model.compile(
        keras.optimizers.SGD(0.1),
        {"tells_digit": keras.losses.CategoricalCrossentropy(), "tells_parity": keras.losses.BinaryCrossentropy()},
        loss_weights={"tells_digit": 1.0, "tells_parity": 0.5},
        metrics={"tells_digit": ["accuracy", metrics.TopKCategoricalAccuracy(2, name="top_2_accuracy"),
                                 metrics.F1Score("macro", name="f1_score"), metrics.Recall(name="hits"),
                                 metrics.Recall(0.1, class_id=3, name="recall_of_3")],
                 "tells_parity": ["accuracy", metrics.Precision(name="precision"), metrics.AUC(name="auc"),
                                  metrics.Recall(name="hits"), metrics.F1Score("macro", 0.5, name="f1_score")]})
    parts = data.split(data.load("mnist"), 0.1, 0)

    def made(images: Any, labels: Any) -> tuple[Any, dict[str, Any]]:
        return images / np.float32(255), {"tells_digit": np.eye(10, dtype="float32")[labels],
                                          "tells_parity": (labels % 2).astype("float32")[:, None]}

    fitted = model.fit(*made(parts.x_train, parts.y_train), batch_size=90, epochs=3, verbose=0,
                       validation_data=made(parts.x_val, parts.y_val))
    logs = [event["logs"] for event in events if event["kind"] == "epoch"]
    named = {name.replace("tells_", ""): values for name, values in fitted.history.items()}
    assert set(logs[0]) == {*named, "accuracy", "val_accuracy"} == set(result.logs)
    for name, values in named.items():
        np.testing.assert_allclose([each[name] for each in logs], values, rtol=1e-4, atol=1e-6, err_msg=name)
    told = next(event for event in events if event["kind"] == "evaluation")
    digit, parity = (output["metrics"] for output in told["outputs"])
    assert list(digit) == ["loss", "top_2_accuracy", "f1_score", "hits", "recall_of_3"]
    assert parity["auc"] == told["metrics"]["parity_auc"]


def test_several_answers_can_be_watched_each_by_itself() -> None:
    told = Recipe(task="parity").monitored
    assert told["val_parity_accuracy"] == "max"
    assert told["digit_loss"] == "min"
    assert set(Recipe(task="same").monitored) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    measured = Recipe.model_validate({"task": "same", "outputs": [{"output": "same", "metrics": [
        {"name": "MeanSquaredError"}]}]})
    assert measured.monitored["val_mean_squared_error"] == "min"


def test_recipes_keep_what_outputs_weigh_and_are_measured_by() -> None:
    recipe = Recipe.model_validate({"task": "parity", "outputs": MEASURED})
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert Recipe.from_json('{"task": "parity", "outputs": [{"output": "parity", "weight": 0.5, "loss": null}]}') == (
        Recipe(task="parity", outputs=(OutputRecipe(output="parity", weight=0.5),)))
    with pytest.raises(UserError, match="expected"):
        Recipe.from_json('{"task": "parity", "outputs": [{"output": "parity", "metrics": [{"name": "Guess"}]}]}')


@pytest.mark.slow
@pytest.mark.parametrize("task", ["same", "parity", "denoise", "sum-number", "halves"])
def test_the_exported_script_learns_the_same(
    task: TaskName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = [{"name": "EarlyStopping", "monitor": "val_digit_top_2_accuracy", "patience": 9}]
    recipe = small(task=task, **({"outputs": MEASURED, "callbacks": watching} if task == "parity" else {}))
    architecture = network_for(task)
    rows = history_of_run(architecture, recipe, tmp_path / "run")
    history = history_of_script(training_script(architecture, recipe), tmp_path, monkeypatch)
    names = {"loss": "loss", "val_loss": "val_loss"}
    if task == "parity":
        told = set(recipe.monitored) - {"accuracy", "val_accuracy"}
        names = {name: re.sub("(digit|parity)_", r"tells_\1_", name) for name in told}
        assert set(names.values()) == set(history)
    for name, of_script in names.items():
        # Of several losses each is to Keras the mean over batches, of which the last is smaller.
        near = 2e-2 if name.endswith(("digit_loss", "parity_loss")) else 2e-4
        np.testing.assert_allclose([row[name] for row in rows], history[of_script], rtol=near, atol=near, err_msg=name)


@pytest.mark.parametrize("name", [name for name in presets.names() if presets.get(name).recipe])
def test_the_script_of_a_preset_is_python(name: str) -> None:
    recipe = Recipe.model_validate({**presets.get(name).recipe, "callbacks": [{"name": "EarlyStopping"}]})
    script = training_script(presets.load(name), recipe)
    ast.parse(script)
    assert ("loss_weights=[1.0, 0.5]" in script) == (name == "digit-and-parity")


@pytest.mark.parametrize("task", OF_DIGITS)
def test_there_is_a_script_for_every_task(task: TaskName) -> None:
    ast.parse(training_script(network_for(task), Recipe(task=task)))
