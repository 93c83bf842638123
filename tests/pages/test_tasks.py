"""Tasks on the pages: chosen for the training, brought by a network to start from, and shown when they are learned."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.navigation import ROOT
from lib.arch import presets
from lib.runs.store import Store
from lib.training.recipe import Recipe
from tests import fake_runs
from tests.fake_runs import OWNER


def opened(page: str, draft: str | None = None, run: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "components/shell.py"), default_timeout=60)
    app.session_state["house.owner"] = OWNER
    if draft:
        app.query_params["draft"] = draft
    app.run()
    if run:
        app.query_params["run"] = run
    app.switch_page(f"../pages/{page}.py").run()
    assert not app.exception
    return app


def recipe_of(app: AppTest) -> Recipe:
    return Recipe.from_json(app.session_state["draft.recipe"])


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.subheader)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "").replace("\u2060", "")


@pytest.mark.parametrize("name", [name for name in presets.names() if presets.get(name).recipe])
def test_a_network_to_start_from_brings_its_task_and_can_be_trained(name: str) -> None:
    app = opened("build")
    app.button(key="build.presets").click().run()
    app.button(key=f"preset.{name}").click().run()
    assert not app.exception
    app.switch_page("../pages/train.py").run()
    assert not app.exception
    assert not app.error
    assert not app.button(key="train.start").disabled
    assert recipe_of(app).task == presets.get(name).recipe["task"]
    app.switch_page("../pages/build.py").run()
    app.button(key="build.presets").click().run()
    app.button(key="preset.lenet5").click().run()
    assert recipe_of(app).task == "classify"
    assert recipe_of(app).outputs == ()


def test_weights_and_losses_of_the_answers_are_chosen() -> None:
    recipe = Recipe.model_validate(presets.get("digit-and-parity").recipe)
    draft = Store().new_draft(OWNER, presets.load("digit-and-parity").to_json(), recipe.to_json())
    app = opened("train", draft)
    assert app.number_input(key="recipe.own.parity.weight").value == 0.5
    app.number_input(key="recipe.own.digit.weight").set_value(2.0).run()
    app.selectbox(key="recipe.own.parity.loss").set_value("MeanSquaredError").run()
    assert not app.exception
    found = {each.output: (each.weight, each.loss) for each in recipe_of(app).outputs}
    assert found == {"digit": (2.0, None), "parity": (0.5, "MeanSquaredError")}


def test_each_answer_is_measured_by_what_is_chosen_for_it() -> None:
    recipe = Recipe.model_validate(presets.get("digit-and-parity").recipe)
    draft = Store().new_draft(OWNER, presets.load("digit-and-parity").to_json(), recipe.to_json())
    app = opened("train", draft)
    digit, parity = (app.multiselect(key=f"recipe.own.{name}.metrics") for name in ("digit", "parity"))
    assert "TopKCategoricalAccuracy" in digit.options
    assert "TopKCategoricalAccuracy" not in parity.options
    digit.select("TopKCategoricalAccuracy").run()
    app.multiselect(key="recipe.own.parity.metrics").set_value(["AUC", "F1Score"]).run()
    app.number_input(key="recipe.digit.metrics.0.TopKCategoricalAccuracy.k").set_value(2).run()
    assert not app.exception
    assert not app.error
    assert not app.button(key="train.start").disabled
    told = {each.output: [metric.log_name for metric in each.metrics] for each in recipe_of(app).outputs}
    assert told == {"digit": ["top_2_accuracy"], "parity": ["auc", "f1_score"]}
    app.toggle(key="recipe.own.EarlyStopping").set_value(True).run()
    watched = app.selectbox(key="recipe.own.EarlyStopping.monitor")
    assert {"val_digit_top_2_accuracy", "val_parity_auc"} <= set(watched.options)
    watched.set_value("val_parity_auc").run()
    assert not app.error
    app.multiselect(key="recipe.own.parity.metrics").set_value(["F1Score"]).run()
    assert any("val_parity_auc" in error.value.replace("\\", "") for error in app.error)


def test_a_task_that_asks_for_another_network_is_mended_with_one_click() -> None:
    app = opened("train")
    app.button_group(key="recipe.own.task").set_value("same").run()
    assert any("expected the inputs left, right" in error.value.replace("\\", "") for error in app.error)
    repair = next(button for button in app.button if "Take the network Same or different" in button.label)
    repair.click().run()
    assert not app.exception
    assert not app.error
    assert not app.button(key="train.start").disabled
    app.button_group(key="recipe.own.task").set_value("classify").run()
    assert app.button(key="train.start").disabled


def png(shade: int) -> str:
    file = BytesIO()
    Image.new("L", (28, 28), shade).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


PICTURES = [{"inputs": [png(9)], "told": png(99), "wanted": png(9)}] * 3
OUTPUTS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "parity": ([{"name": "digit", "kind": "classes", "accuracy": 0.5, "confusion": [[5, 5], [5, 5]], "own": False,
                 "per_class": [0.5, 0.5], "labels": ["0", "1"], "metrics": {"loss": 0.25, "top_2_accuracy": 0.875}},
                {"name": "parity", "kind": "binary", "accuracy": 1.0, "confusion": [[10, 0], [0, 10]], "own": False,
                 "per_class": [1.0, 1.0], "labels": ["even", "odd"]}],
               ["**digit**: 10 of 20 examples", "**parity**: 20 of 20 examples", "`top_2_accuracy` 0.875"]),
    "sum-number": ([{"name": "sum", "kind": "number", "accuracy": 0.25, "error": 1.5}], ["off by 1.5"]),
    "reconstruct": ([{"name": "image", "kind": "image", "pictures": PICTURES}], ["right side of middle grey"]),
}


@pytest.mark.parametrize("task", OUTPUTS)
def test_what_was_learned_is_shown_for_every_answer(task: str) -> None:
    outputs, sentences = OUTPUTS[task]
    store = Store()
    run = fake_runs.started(store, recipe=Recipe.model_validate({"task": task}))
    fake_runs.tell(store, run, {"kind": "evaluation", "loss": 0.1, "accuracy": 0.5, "task": task, "outputs": outputs})
    store.finish(run.id, run.attempt, "finished", None)
    app = opened("train", run=run.id)
    assert all(sentence in texts(app) for sentence in sentences), texts(app)
    assert len(app.get("image")) == (3 if task == "reconstruct" else 0)
