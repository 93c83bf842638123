"""Rules and schedules in the exported script: plain Keras that decides and learns as the run does."""

from __future__ import annotations

import ast
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from lib.arch import presets
from lib.arch.python_code import TAKEN
from lib.formula import check_scalars, parse
from lib.formula.export import to_scalar_python
from lib.training.epoch_rates import epoch_rate
from lib.training.numbers import computed
from lib.training.recipe import Recipe
from lib.training.rules import Rule, WriteNote
from lib.training.script import training_script
from lib.training.script_by_hand import rates_by_hand
from lib.training.script_callbacks import callback_code
from lib.training.script_rules import rule_code
from tests.lib.training.attempts import network
from tests.lib.training.test_script import history_of_run, history_of_script

pytestmark = pytest.mark.filterwarnings("ignore:.*PyDataset:UserWarning")

SMALL = network('"AveragePooling2D", "config": {"pool_size": 4}', '"Flatten"', '"Dense", "config": {"units": 6, '
                '"activation": "relu"}, "trainable": false')
RULES: list[dict[str, Any]] = [
    {"name": "slower_at", "epochs": [2, 4]},
    {"name": "worse", "when": "on_epoch_end", "once": True,
     "condition": "better = val_loss / best_val_loss\nlogical_or(better < 1, val_accuracy == 2)",
     "action": {"name": "SetLearningRate", "rate": "learning_rate * where(epoch > 1, 2, 1 / 3)"}},
    {"name": "often", "when": "on_train_batch_end", "every": 3, "condition": "logical_and(loss > 0.1, step < 9)",
     "action": {"name": "MultiplyLearningRate", "factor": 1.5}},
    {"name": "let_go", "when": "on_train_batch_begin", "epochs": [3], "condition": "batch == 2",
     "action": {"name": "Unfreeze", "layers": ["n2"]}},
    {"name": "keep", "when": "on_train_begin", "action": {"name": "SaveModel"}},
    {"name": "halt", "when": "on_epoch_begin", "condition": "best_loss < 0.001 / (epoch - 1)",
     "action": {"name": "Freeze", "layers": ["n2"]}},
    {"name": "stop", "when": "on_train_batch_begin", "condition": "step >= 4.5 * batches",
     "action": {"name": "StopTraining"}},
    {"name": "sure", "when": "on_epoch_end", "condition": "val_precision >= best_val_precision",
     "action": {"name": "WriteNote", "text": "surer than before"}},
    {"name": "end", "when": "on_train_end", "condition": "logical_and(epoch == 5, precision >= 0)",
     "action": {"name": "WriteNote", "text": 'The "end"'}},
    {"name": "none", "when": "on_epoch_end",
     "condition": "float_ = 0\nlogical_and(self / 2 > float_, float < best_float)",
     "action": {"name": "WriteNote", "text": "nearer than before"}},
]
METRICS: list[dict[str, Any]] = [
    {"name": "Precision"}, {"name": "self", "formula": "mean(y_pred)"},
    {"name": "float", "formula": "mean(square(y_true - y_pred))", "over": "batches", "better": "min"},
]
"""Two of them have names that mean something in the code."""


def small(**changes: Any) -> Recipe:
    return Recipe.model_validate({"train_images": 256, "batch_size": 64, "epochs": 6, "seed": 7, **changes})


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_rules_decide_as_in_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = small(rules=RULES, metrics=METRICS)
    rows = history_of_run(SMALL, recipe, tmp_path / "run")
    history = history_of_script(training_script(SMALL, recipe), tmp_path, monkeypatch)
    assert len(rows) == 5
    for name in ("loss", "val_loss", "accuracy", "val_accuracy"):
        np.testing.assert_allclose([row[name] for row in rows], history[name], rtol=2e-4, atol=2e-4, err_msg=name)
    assert (tmp_path / "keep.saved.keras").exists()
    told = capsys.readouterr().out
    assert 'The "end"' in told
    best = [max([-1.0, *history["val_precision"][:epoch]]) for epoch in range(5)]
    assert told.count("surer") == sum(now >= before for now, before in zip(history["val_precision"], best, strict=True))
    nearest = [min([np.inf, *history["float"][:epoch]]) for epoch in range(5)]
    assert told.count("nearer") == sum(now < before for now, before in zip(history["float"], nearest, strict=True)) > 1


@pytest.mark.parametrize("schedule", [
    {"name": "CosineDecay"}, {"name": "OneCycle"},
    {"name": "mine", "formula": "warm = progress * 4\nlearning_rate * where(warm < 1, warm, 1 / epoch)"}],
    ids=["CosineDecay", "OneCycle", "own"])
def test_a_schedule_is_followed_as_in_the_run(
    schedule: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small(schedule=schedule, epochs=3, optimizer={"name": "SGD", "learning_rate": 0.3, "momentum": 0.9})
    rows = history_of_run(SMALL, recipe, tmp_path / "run")
    history = history_of_script(training_script(SMALL, recipe), tmp_path, monkeypatch)
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose([row[name] for row in rows], history[name], rtol=2e-4, atol=2e-4, err_msg=name)


def test_a_rate_that_was_set_by_hand_is_set_again_at_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small(callbacks=[{"name": "LearningRateStep", "epochs": [3], "factor": 0.1}], epochs=3,
                   rules=[{"name": "slower", "when": "on_train_batch_begin", "every": 6,
                           "action": {"name": "MultiplyLearningRate", "factor": 0.5}}])
    wishes = chain([None, None, 0.02, 0.02, 0.02, 0.02], repeat(0.001))
    notes: list[dict[str, Any]] = []
    rows = history_of_run(SMALL, recipe, tmp_path / "run", lambda event: notes.append(event)
                          if event["kind"] == "note" else None, lambda: next(wishes))
    rates = rates_by_hand(notes)
    assert rates == {3: 0.02, 7: 0.001}
    script = training_script(SMALL, recipe, by_hand=rates)
    assert "        3: 0.02,  # epoch 1, batch 3\n        7: 0.001,  # epoch 2, batch 3\n" in script
    history = history_of_script(script, tmp_path, monkeypatch)
    for name in ("loss", "val_loss", "accuracy", "val_accuracy"):
        np.testing.assert_allclose([row[name] for row in rows], history[name], rtol=2e-4, atol=2e-4, err_msg=name)


def test_the_names_in_the_formula_of_an_epoch_stay_apart() -> None:
    text = "rate = 0.5\nrate_2 = 0.25\nprevious = epoch\nrate * rate_2 * learning_rate / previous"
    recipe = small(callbacks=[{"name": "LearningRateScheduler", "schedule": text}])
    scope: dict[str, Any] = {"np": np}
    exec(callback_code(recipe, str, set()).code, scope)
    rates = [epoch_rate(recipe.callbacks[0], epoch, 0.8, recipe.epochs) for epoch in range(3)]  # type: ignore[arg-type]
    assert rates == [scope["scheduled_rate"](epoch, 0.8) for epoch in range(3)] == [0.1, 0.05, pytest.approx(0.1 / 3)]


def test_the_planned_steps_look_as_if_written_by_hand() -> None:
    script = training_script(presets.load("mlp"), small(rules=[{"name": "slower", "epochs": [4, 7, 9]}]))
    written = script[script.index("class Slower"):script.index("def build_model")].strip()
    assert written == '''class Slower(keras.callbacks.Callback):
    """At the beginning of epochs 4, 7, 9: multiply the learning rate by 0.1."""

    def on_epoch_begin(self, epoch, logs=None):
        epoch += 1
        if epoch not in (4, 7, 9):
            return
        set_rate(self.model, float(self.model.optimizer.learning_rate) * 0.1)'''


@pytest.mark.parametrize("text", ['"""', "\\", "{0}", "a' + b", "end\\"])
def test_hostile_words_stay_words(text: str) -> None:
    rules = [{"name": "Batches", "when": "on_train_end", "action": {"name": "WriteNote", "text": text}},
             {"name": "main", "condition": "float = 1\nepoch > float"}]
    tree = ast.parse(training_script(SMALL, small(rules=rules)))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert len(set(names)) == len(names)
    assert any(isinstance(node, ast.Constant) and node.value == text for node in ast.walk(tree))




@pytest.mark.parametrize("ending", ["x", "N", "", '"'])
def test_a_long_word_in_a_note_can_be_cut_anywhere(ending: str) -> None:
    for before in range(0, 110, 3):
        rule = Rule(name="told", action=WriteNote(text="b" * before + "\\" * 80 + ending))
        tree = ast.parse(rule_code(SMALL, Recipe(rules=(rule,)), str, set()).code)
        assert any(isinstance(node, ast.Constant) and node.value == rule.action.text for node in ast.walk(tree))


def test_a_number_that_is_none_is_never_the_best() -> None:
    rule = Rule(name="best", when="on_epoch_end", condition="loss < best_loss", action=WriteNote(text="better"))
    space: dict[str, Any] = {"keras": SimpleNamespace(callbacks=SimpleNamespace(Callback=object)), "np": np}
    exec(compile(rule_code(SMALL, Recipe(rules=(rule,)), str, set()).code, "rule", "exec"), space)
    callback = space["Best"]()
    for loss in (np.nan, 0.5, np.nan, 0.25):
        callback.on_epoch_end(0, {"loss": loss})
    assert callback.best == {"loss": 0.25}


@pytest.mark.parametrize("name", ["ops", "layers", "keras", "np", "float", "Path"])
def test_a_loss_of_any_name_leaves_the_code_around_it_alone(name: str) -> None:
    measured = {"formula": "mean(square(y_true - y_pred))"}
    tree = ast.parse(training_script(SMALL, small(
        rules=[{"name": "true"}], loss={"name": name, **measured},
        metrics=[{"name": f"{name}2", **measured}, {"name": "false", **measured}])))
    bound = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    imported = [alias.asname or alias.name for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
                for alias in node.names]
    assert len({*bound, *imported}) == len(bound) + len(imported)
    assert not {*bound} & TAKEN


@pytest.mark.parametrize("formula", [
    "7 // (loss > 1)", "(epoch >= 1) / erf(loss)", "selu(1 % (loss > epoch))", "(loss > 1) ** -2",
    "sigmoid(where(loss < 1, 0, 7))", "where(loss > 1, loss, -1 / loss)", "rsqrt(gelu(loss))", "divide_no_nan(1, loss)",
])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_cannot_be_computed_is_the_same_in_a_script(formula: str) -> None:
    checked, values = check_scalars(parse(formula), ("loss", "epoch")), {"loss": 0.0, "epoch": 3.0}
    (_name, code), = to_scalar_python(checked, {})
    space = {"np": np, "ops": keras.ops, **{name: np.float64(value) for name, value in values.items()}}
    np.testing.assert_allclose(eval(code, space), computed(checked, values), rtol=1e-6)
