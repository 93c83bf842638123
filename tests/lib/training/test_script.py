"""The exported script, run by itself, trains the model that Blockyard trains: same weights, same curve."""

from __future__ import annotations

import ast
import csv
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from lib.arch import Architecture, presets
from lib.arch.code import Style
from lib.data import DATASETS
from lib.errors import UserError
from lib.keras_bridge.radam import RAdam
from lib.training.callbacks import (
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    LearningRateStep,
    ModelCheckpoint,
    ReduceLROnPlateau,
    SwapEMAWeights,
    TensorBoard,
    TerminateOnNaN,
)
from lib.training.fit import train
from lib.training.optimizers import OPTIMIZERS
from lib.training.recipe import Recipe
from lib.training.run import Emit, RunSpec
from lib.training.script import training_script
from tests.lib.arch.custom_layers import DENSE, layer
from tests.lib.training.attempts import two_outputs
from tests.lib.training.test_twins import twins

pytestmark = pytest.mark.filterwarnings("ignore:.*PyDataset:UserWarning")


def small(**changes: Any) -> Recipe:
    return Recipe.model_validate({"train_images": 256, "batch_size": 64, "epochs": 2, "seed": 7, **changes})


def history_of_run(
    architecture: Architecture, recipe: Recipe, folder: Path, emit: Emit = lambda event: None,
    rate: Callable[[], float | None] = lambda: None,
) -> list[dict[str, float]]:
    spec = RunSpec("id", "name", architecture, recipe, folder)
    train(spec, emit, lambda: None, lambda step, write, state: None, lambda: "", rate)
    with (folder / "history.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def history_of_script(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    file = folder / "train.py"
    file.write_text(script, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["train.py"])
    # A script with RAdam registers its own class under our name: ours comes back after the test.
    monkeypatch.setitem(keras.saving.get_custom_objects(), keras.saving.get_registered_name(RAdam), RAdam)
    names = runpy.run_path(str(file), run_name="script")
    history: dict[str, list[float]] = names["main"]()
    return history


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("lenet5", {}),
        ("mnist-convnet", {"optimizer": {"name": "RAdam", "learning_rate": 0.002}, "activation": "mish"}),
        ("mini-resnet", {"data": "shapes", "normalization": "standardize",
                         "optimizer": {"name": "SGD", "learning_rate": 0.005, "momentum": 0.9}}),
        ("mlp", {"optimizer": {"name": "Adam", "use_ema": True, "ema_momentum": 0.8}, "callbacks": [
            {"name": "LearningRateStep", "epochs": [2], "factor": 0.5}, {"name": "SwapEMAWeights"},
            {"name": "CSVLogger"}, {"name": "LearningRateScheduler", "schedule": "a = 1 / 2\nlearning_rate * a"}]}),
    ],
)
def test_the_curve_is_that_of_the_run(
    preset: str, changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small(**changes)
    architecture = presets.load(preset, DATASETS[recipe.data].input_shape)
    rows = history_of_run(architecture, recipe, tmp_path / "run")
    history = history_of_script(training_script(architecture, recipe), tmp_path, monkeypatch)
    for name in ("loss", "val_loss", "accuracy", "val_accuracy"):
        np.testing.assert_allclose([row[name] for row in rows], history[name], rtol=2e-4, atol=2e-4, err_msg=name)
    assert (tmp_path / "model.keras").exists()


RECALL = "K.sum(K.round(K.clip(y_true * y_pred, 0.0, 1.0))) / (K.sum(y_true) + K.epsilon())"
OWN: dict[str, Any] = {
    "loss": {"name": "main", "formula": "p = clip(y_pred, 1e-7, 1)\n-sum(y_true * log(p), axis=-1)"},
    "metrics": [
        {"name": "hits", "formula": RECALL}, {"name": "batch_hits", "formula": RECALL, "over": "batches"},
        {"name": "Path", "formula": "counts = transpose(y_true) @ y_pred\nshare = counts[0] / sum(counts)\n"
                                    "max(share) + max(y_pred) - min(y_pred, axis=0)[1]"},
        {"name": "F1Score", "average": "macro"}, {"name": "TopKCategoricalAccuracy", "k": 2}],
    "callbacks": [{"name": "EarlyStopping", "monitor": "val_hits"}, {"name": "ModelCheckpoint", "monitor": "Path"}],
    "rules": [{"name": "slower", "when": "on_epoch_end", "condition": "val_hits > 0.01 * best_val_hits - 1",
               "action": {"name": "SetLearningRate", "rate": "learning_rate / (1 + f1_score)"}}]}


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "measures"), [
    (presets.load("mlp"), OWN),
    (presets.load("mlp"), {"metrics": [{"name": "TopKCategoricalAccuracy"}]}),
    (two_outputs(), {**OWN, "loss": {"name": "BinaryCrossentropy", "label_smoothing": 0.1}}),
])  # fmt: skip
def test_loss_and_metrics_are_those_of_the_run(
    architecture: Architecture, measures: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small(train_images=250, **measures)
    rows = history_of_run(architecture, recipe, tmp_path / "run")
    history = history_of_script(training_script(architecture, recipe), tmp_path, monkeypatch)
    several = len(architecture.outputs) > 1
    told = {name for name in rows[0] if name not in ("epoch", "learning_rate", "seconds")}
    assert told == set(recipe.monitored)
    for name in told:
        bare = name.removeprefix("val_")
        of_script = f"{name.removesuffix(bare)}n4_{bare}" if several and bare != "loss" else name
        np.testing.assert_allclose([row[name] for row in rows], history[of_script], rtol=2e-4, atol=2e-4, err_msg=name)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.loss is not None


@pytest.mark.slow
@pytest.mark.parametrize("style", ["subclass", "sequential"])
def test_the_curve_is_the_same_in_every_style(style: Style, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    architecture, recipe = presets.load("lenet5"), small()
    rows = history_of_run(architecture, recipe, tmp_path / "run")
    history = history_of_script(training_script(architecture, recipe, style=style), tmp_path, monkeypatch)
    for name in ("loss", "val_loss", "accuracy", "val_accuracy"):
        np.testing.assert_allclose([row[name] for row in rows], history[name], rtol=2e-4, atol=2e-4, err_msg=name)
    assert (tmp_path / "model.keras").exists()


def test_what_needs_the_names_of_a_functional_model_is_refused_as_a_class() -> None:
    with pytest.raises(UserError, match="outputs: expected one output: to train several"):
        training_script(two_outputs(), small(), style="subclass")
    rule = {"name": "thaw", "when": "on_epoch_end", "condition": "epoch == 1",
            "action": {"name": "Freeze", "layers": ["c1"]}}
    with pytest.raises(UserError, match=r"rules\.thaw: expected no rule that names layers"):
        training_script(presets.load("lenet5"), small(rules=[rule]), style="subclass")


@pytest.mark.slow
def test_every_output_learns_the_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is the sum of theirs, as Keras's `fit` has it, and the accuracy that of the first."""
    recipe = small(callbacks=[{"name": "EarlyStopping", "monitor": "val_accuracy"}])
    architecture = two_outputs()
    rows = history_of_run(architecture, recipe, tmp_path / "run")
    history = history_of_script(training_script(architecture, recipe), tmp_path, monkeypatch)
    for name, of_script in {"loss": "loss", "val_loss": "val_loss", "accuracy": "n4_accuracy",
                            "val_accuracy": "val_n4_accuracy"}.items():
        np.testing.assert_allclose([row[name] for row in rows], history[of_script], rtol=2e-4, atol=2e-4, err_msg=name)


@pytest.mark.slow
def test_it_runs_where_there_is_no_blockyard(tmp_path: Path) -> None:
    recipe = small(epochs=5, **{**OWN, "callbacks": [], "rules": []})
    (tmp_path / "train.py").write_text(training_script(presets.load("mlp"), recipe), encoding="utf-8")
    command = [sys.executable, "-I", "train.py", "--epochs", "1"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    assert done.stdout.count("val_accuracy") == done.stdout.count("val_batch_hits") == 1
    load = "import keras, train; print(keras.models.load_model('model.keras', safe_mode=True).loss)"
    done = subprocess.run([sys.executable, "-c", load], cwd=tmp_path, env={**environment, "PYTHONPATH": str(tmp_path)},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_full_set_is_read_from_beside_the_script() -> None:
    script = training_script(presets.load("lenet5", (32, 32, 3)), small(data="cifar10", train_images=None), "folder")
    assert 'with_name("cifar10.npz")' in script
    assert "divide(classes, 45000, 5000, SEED)" in script
    ast.parse(script)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_every_optimizer_is_spelled(name: str) -> None:
    script = training_script(presets.load("mlp"), small(optimizer={"name": name, "learning_rate": 0.003}))
    ast.parse(script)
    assert f"{name}(learning_rate=0.003)" in script
    assert ("class RAdam" in script) == (name == "RAdam")


def test_every_callback_is_spelled() -> None:
    callbacks = (EarlyStopping(), ReduceLROnPlateau(), ModelCheckpoint(), LearningRateStep(epochs=(4, 7, 9)),
                 LearningRateScheduler(schedule="0.1 / epoch"), SwapEMAWeights(), TerminateOnNaN(raise_error=True),
                 CSVLogger(separator=";"),
                 TensorBoard(update_freq=10, write_images=True, write_steps_per_second=True))
    script = training_script(presets.load("mlp"), small().model_copy(update={"callbacks": callbacks}))
    ast.parse(script)
    script = re.sub(r"\(\n +", "(", script)
    assert "rate * 0.1 if epoch + 1 in (4, 7, 9) else rate" in script
    assert script.index("SwapEMAWeights(swap_on_epoch=False)") < script.index("EarlyStopping(")
    for spelled in ("EarlyStopping(monitor=", "LearningRateScheduler(scheduled_rate)", "rate = float(0.1 / epoch)",
                    "TerminateOnNaN(raise_error=True)", 'CSVLogger(filename="log.csv", separator=";")',
                    "ReduceLROnPlateau(monitor=", "save_best_only=True",
                    "TensorBoard(log_dir=", "update_freq=10", "write_images=True", "write_steps_per_second=True",
                    "tensorboard\n"):
        assert spelled in script


@pytest.mark.parametrize("name", ['"""\nimport os\n"""', "\\", 'ends with "', "모델 🙂", "{0.__class__}"])
def test_a_hostile_name_stays_a_name(name: str) -> None:
    plain = presets.load("mlp")
    try:
        named = Architecture(plain.inputs, plain.nodes, plain.outputs, name)
    except ValueError:
        return  # refused already as a name
    tree = ast.parse(training_script(named, small()))
    assert ast.dump(ast.Module(tree.body[1:], [])) == ast.dump(
        ast.Module(ast.parse(training_script(plain, small())).body[1:], [])
    )
    assert name in (ast.get_docstring(tree, clean=False) or "")


def test_what_is_ones_own_is_called_like_nothing_else_in_the_script() -> None:
    """Names that the script has for something else; its curve is still that of the run's network."""
    wide = {"name": "divide", "formula": "x * tanh(softplus(x))"}
    network = twins(8)[0]
    mine = layer({**DENSE, "name": "Batches"})
    nodes = (replace(node, block=mine) if node.id == "hidden" else node for node in network.nodes)
    taken = replace(network, nodes=tuple(nodes))
    script = training_script(taken, small(activation=wide))
    tops = [node.name for node in ast.parse(script).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(tops) == len(set(tops))
    assert {"divide", "divide_2", "Batches", "Batches_2"} <= set(tops)


@pytest.mark.slow
def test_a_script_of_formulas_trains_as_the_run_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, recipe = twins(8)[0], small(activation={"name": "mine", "formula": "x * sigmoid(x)"})
    ran = history_of_run(network, recipe, tmp_path / "run")
    found = history_of_script(training_script(network, recipe), tmp_path, monkeypatch)
    for name in ("loss", "accuracy", "val_loss"):
        np.testing.assert_allclose(found[name], [row[name] for row in ran], atol=1e-5)
