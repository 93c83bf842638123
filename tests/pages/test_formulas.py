"""The Formulas page: typing, being told, saving, and using what was made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.navigation import ROOT
from components.own_kinds import offered
from lib.arch import Architecture
from lib.own import examples
from lib.own.examples import Example
from lib.runs.store import Store
from tests.fake_runs import OWNER
from tests.pages.test_build import HOSTILE

SHOWN = offered()
EXAMPLES = [example for example in examples.EXAMPLES if example.kind != "python"]
EXAMPLES_OF = {kind: [example for example in EXAMPLES if example.kind == kind] for kind in SHOWN}


def opened(kind: str | None = None, language: str = "en") -> AppTest:
    page = AppTest.from_file(str(ROOT / "components/shell.py"), default_timeout=60)
    page.session_state["house.owner"] = OWNER
    page.session_state["house.language"] = language
    page.run()
    page.switch_page("../pages/formulas.py")
    if kind:
        page.query_params["kind"] = kind
    page.run()
    assert not page.exception
    return page


def formula(page: AppTest, kind: str = "lambda") -> Any:
    return page.text_area(key=f"formulas.text.{kind}")


def typed(page: AppTest, text: str, kind: str = "lambda") -> None:
    formula(page, kind).set_value(text).run()
    assert not page.exception


def named(page: AppTest, name: str, kind: str = "lambda") -> None:
    page.text_input(key=f"formulas.name.{kind}").set_value(name).run()


def press(page: AppTest, key: str) -> None:
    page.button(key=f"formulas.{key}").click().run()
    assert not page.exception


def beginning(page: AppTest, key: str) -> list[str]:
    """The keys of the buttons of this page that begin so, as `press` takes them."""
    keys = [str(button.key).removeprefix("formulas.") for button in page.button]
    return [each for each in keys if each.startswith(f"{key}.")]


def told(page: AppTest) -> str:
    kinds = (page.success, page.error, page.warning, page.markdown, page.caption, page.info)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "").replace("\u2060", "")


def saved(store: Store, kind: str = "lambda") -> dict[str, Any]:
    return {thing.name: json.loads(thing.body) for thing in store.own(OWNER, kind)}


@pytest.mark.parametrize("kind", SHOWN)
def test_every_kind_begins_with_an_example_that_is_accepted(kind: str) -> None:
    page = opened(kind)
    assert not page.error
    assert [element.value for element in page.success]
    assert not page.button(key="formulas.save").disabled


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{one.kind}-{one.title}" for one in EXAMPLES])
def test_every_example_can_be_taken_up(example: Example) -> None:
    page = opened(example.kind)
    number = [one for one in EXAMPLES if one.kind == example.kind].index(example)
    press(page, f"example.{example.kind}.{number}")
    assert not page.error
    assert page.text_input(key=f"formulas.name.{example.kind}").value == example.fields["name"]


def test_a_mistake_is_told_with_its_place_and_mended() -> None:
    page = opened()
    typed(page, "h = softplus(x)\nx * thanh(h)")
    assert "Line 2, column 5: expected a function of formulas (did you mean tanh?)" in told(page)
    assert "x * thanh(h)\n    ^" in "".join(str(element.value) for element in page.html)
    typed(page, "h = softplus(x)\nx * tanh(h)")
    assert "What comes out: batch × 28 × 28 × 1" in told(page)
    assert "A gradient reaches **x**." in told(page)


def test_the_shape_that_it_is_tried_with_can_be_changed() -> None:
    page = opened()
    page.text_input(key="formulas.shape.lambda").set_value("8x3").run()
    assert "batch × 8 × 3" in told(page)
    page.text_input(key="formulas.shape.lambda").set_value("0").run()
    assert "expected one to four sizes" in told(page)
    assert "batch × 8 × 3" in told(page)


def test_a_place_without_a_gradient_is_told() -> None:
    page = opened()
    typed(page, "round(x)")
    assert "No gradient reaches **x**: line 1, column 1: round lets no gradient through." in told(page)


def test_saving_renaming_duplicating_and_deleting_with_a_way_back(store: Store) -> None:
    page = opened()
    typed(page, "x * 2")
    named(page, "twice")
    press(page, "save")
    assert saved(store) == {"twice": {"name": "twice", "formula": "x * 2"}}
    assert page.button(key="formulas.save").disabled
    named(page, "double")
    assert page.button(key="formulas.save").label == "Rename and save"
    press(page, "save")
    assert saved(store) == {"double": {"name": "double", "formula": "x * 2"}}
    press(page, "duplicate")
    assert page.text_input(key="formulas.name.lambda").value == "double_2"
    typed(page, "x * 3")
    press(page, "save")
    assert set(saved(store)) == {"double", "double_2"}
    press(page, "delete")
    assert set(saved(store)) == {"double"}
    assert formula(page).value == "x * 3"
    press(page, "undelete")
    assert saved(store)["double_2"]["formula"] == "x * 3"


def test_a_name_that_is_taken_or_no_name_is_refused(store: Store) -> None:
    store.save_own(OWNER, "lambda", "mish", '{"name": "mish", "formula": "x"}')
    page = opened()
    press(page, "save")
    assert "expected a name that nothing else of this kind has" in told(page).lower()
    named(page, "two words")
    assert "expected letters, digits and _" in told(page)
    assert page.button(key="formulas.save").disabled
    assert saved(store)["mish"]["formula"] == "x"


def test_what_is_not_saved_survives_a_new_session_and_other_work(store: Store) -> None:
    page = opened()
    typed(page, "x * (half a form")
    again = opened()
    assert formula(again).value == "x * (half a form"
    press(again, "example.lambda.1")
    assert formula(again).value == "x[:, :, ::-1]"
    press(again, beginning(again, "aside")[0])
    assert formula(again).value == "x * (half a form"
    press(again, "example.lambda.1")
    press(again, beginning(again, "forget")[0])
    assert not beginning(again, "aside")


def test_what_cannot_be_read_any_more_is_told(store: Store) -> None:
    store.save_own(OWNER, "lambda", "old", '{"name": "old", "formula": "x", "gone": 1}')
    assert "lambda: expected no field of this name. Received: gone." in told(opened()).replace("Lambda", "lambda")


def test_a_lambda_is_inserted_into_the_network(store: Store) -> None:
    page = opened()
    typed(page, "x * 2")
    press(page, "use.0")
    text = page.session_state["draft.architecture"]
    blocks = [node.block for node in Architecture.from_json(text).nodes if node.block]
    assert [block.formula for block in blocks if block.name == "Lambda"] == ["x * 2"]


def test_an_activation_is_a_block_or_that_of_every_hidden_layer() -> None:
    page = opened("activation")
    assert "batch × 28 × 28 × 1" in told(page)
    press(page, "use.0")
    blocks = [node.block for node in Architecture.from_json(page.session_state["draft.architecture"]).nodes]
    assert any(block and block.name == "Activation" and block.activation.name == "my_mish" for block in blocks)
    page = opened("activation")
    press(page, "use.1")
    assert json.loads(page.session_state["draft.recipe"])["activation"] == EXAMPLES_OF["activation"][0].fields


def test_a_layer_tells_its_weights_and_is_inserted() -> None:
    page = opened("layer")
    assert "**kernel** 64 × 32, **bias** 32: 2\u202f080 parameters" in told(page)
    assert "A gradient reaches **x**, **kernel**, **bias**." in told(page)
    typed(page, "x @ self.kernel + 0 * round(self.bias)", "layer")
    assert "No gradient reaches **bias**: line 1, column 23: round lets no gradient through." in told(page)
    typed(page, "x @ self.kernle", "layer")
    assert "call: line 1, column 5: expected one of" in told(page)
    typed(page, "x @ self.kernel", "layer")
    press(page, "use.0")
    blocks = [node.block for node in Architecture.from_json(page.session_state["draft.architecture"]).nodes]
    assert any(block and block.name == "CustomLayer" and block.layer.call == "x @ self.kernel" for block in blocks)


def test_a_rule_is_told_in_words_and_trained_with() -> None:
    page = opened("rule")
    assert "At the beginning of epochs 4, 7, 9: multiply the learning rate by 0.1." in told(page)
    page.text_area(key="formulas.rule.condition").set_value("val_loss > 1").run()
    assert "drops.condition: line 1, column 1: expected what is known at the beginning of an epoch" in told(page)
    page.text_area(key="formulas.rule.condition").set_value("epoch > 1").run()
    press(page, "use.0")
    [rule] = json.loads(page.session_state["draft.recipe"])["rules"]
    assert (rule["name"], rule["epochs"], rule["condition"]) == ("drops", [4, 7, 9], "epoch > 1")


def test_a_rule_freezes_layers_of_the_network(store: Store) -> None:
    page = opened("rule")
    page.selectbox(key="formulas.rule.action").set_value("Freeze").run()
    assert "expected at least one layer" in told(page)
    page.multiselect(key="formulas.layers").set_value(["c1", "c3"]).run()
    assert not page.error
    press(page, "save")
    assert saved(store, "rule")["drops"]["action"] == {"name": "Freeze", "layers": ["c1", "c3"]}


def test_a_schedule_that_gives_no_learning_rate_is_refused_and_another_trained_with() -> None:
    page = opened("schedule")
    typed(page, "learning_rate - 1", "schedule")
    assert "expected a learning rate from 0" in told(page)
    assert "As it was before the mistake." in told(page)
    typed(page, "learning_rate / (1 + epoch)", "schedule")
    press(page, "use.0")
    assert json.loads(page.session_state["draft.recipe"])["schedule"]["formula"] == "learning_rate / (1 + epoch)"


def test_a_loss_without_a_gradient_is_refused_and_another_trained_with() -> None:
    page = opened("loss")
    assert "Accepted. One number for each image comes out." in told(page)
    assert "A gradient reaches **y_pred**." in told(page)
    typed(page, "mean(abs(y_true - round(y_pred)))", "loss")
    assert "Line 1, column 19: round lets no gradient through." in told(page)
    typed(page, "mean(abs(y_true - y_pred))", "loss")
    press(page, "use.0")
    loss = json.loads(page.session_state["draft.recipe"])["loss"]
    assert loss == {"name": "mse", "formula": "mean(abs(y_true - y_pred))"}


def test_a_metric_shows_what_a_mean_over_batches_makes_of_it() -> None:
    page = opened("metric")
    table = page.dataframe[0].value
    *batches, mean, together = table["value"]
    assert sum(batches) / len(batches) == pytest.approx(mean)
    assert mean != pytest.approx(together, abs=1e-3)
    assert "Of the whole epoch" in told(page)
    page.selectbox(key="formulas.metric.over").set_value("batches").run()
    assert "Of batches" in told(page)
    press(page, "use.0")
    [metric] = json.loads(page.session_state["draft.recipe"])["metrics"]
    assert (metric["name"], metric["over"]) == ("my_recall", "batches")


def test_a_metric_that_needs_every_image_twice_is_refused_over_the_epoch() -> None:
    page = opened("metric")
    typed(page, "mean(square(y_pred - mean(y_pred)))", "metric")
    assert "choose \"batches\"" in told(page)
    page.selectbox(key="formulas.metric.over").set_value("batches").run()
    assert not page.error


def test_an_activation_that_has_a_name_of_keras_or_changes_the_shape_is_refused() -> None:
    page = opened("activation")
    named(page, "relu", "activation")
    assert "expected a name that no activation of Keras has" in told(page)
    named(page, "mine", "activation")
    typed(page, "mean(x, axis=-1, keepdims=True) * concat([x, x], axis=-1)", "activation")
    assert "which activations keep" in told(page)


def test_what_looks_like_html_or_markdown_is_shown_as_it_was_typed() -> None:
    page = opened()
    typed(page, HOSTILE)
    named(page, HOSTILE[:40])
    shown = [*page.markdown, *page.caption, *page.warning, *page.button, *page.info, *page.error]
    texts = [str(getattr(e, "value", "")) + str(getattr(e, "label", "")) + str(getattr(e, "help", "")) for e in shown]
    assert not [text for text in texts if "http://x/y" in text or "alert(1)" in text]


@pytest.mark.parametrize("kind", SHOWN)
def test_every_kind_in_korean(kind: str, korean: None) -> None:
    page = opened(kind, "ko")
    assert page.title[0].value == "수식"
    assert not page.error


def test_the_python_is_shown() -> None:
    page = opened()
    page.session_state["formulas.python"] = True
    page.run()
    assert any("return x * ops.tanh(ops.softplus(x))" in code.value for code in page.code)


def test_every_kind_has_examples() -> None:
    for kind in SHOWN:
        assert sum(example.kind == kind for example in EXAMPLES) >= 3
