"""The form draws every model that a student can set, follows it, and refuses what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.form_fields import form_fields
from components.form_values import from_widget
from lib.arch import CATALOGUE, palette
from lib.training.recipe import CALLBACKS, OPTIMIZERS, Recipe


def page() -> None:
    import streamlit as st

    from components import form
    from lib.arch import read_block
    from lib.training.recipe import CALLBACKS, OPTIMIZERS, Recipe

    kind, config = st.session_state["model"]
    known = {**CALLBACKS, **OPTIMIZERS, "Recipe": Recipe}
    model = known[kind].model_validate(config) if kind in known else read_block(kind, config, "block")
    model = form.draw(model, "form")
    st.session_state["model"] = (kind, model.model_dump(mode="json"))


def drawn(kind: str, config: dict[str, Any] | None = None) -> AppTest:
    test = AppTest.from_function(page, default_timeout=30)
    test.session_state["model"] = (kind, config or {})
    test.run()
    assert not test.exception
    return test


def held(test: AppTest) -> dict[str, Any]:
    return dict(test.session_state["model"][1])


@pytest.mark.parametrize("entry", [entry for family in palette().values() for entry in family], ids=lambda e: e.title)
def test_every_block_is_drawn_and_drawing_changes_nothing(entry: Any) -> None:
    test = drawn(entry.block.name, entry.block.config())
    test.run()
    assert held(test) == entry.block.model_dump(mode="json")


@pytest.mark.parametrize("kind", [*OPTIMIZERS, *CALLBACKS, "Recipe"])
def test_every_part_of_a_recipe_is_drawn_and_drawing_changes_nothing(kind: str) -> None:
    test = drawn(kind)
    test.run()
    model = {**OPTIMIZERS, **CALLBACKS, "Recipe": Recipe}[kind]
    assert held(test) == model().model_dump(mode="json")


def test_each_kind_of_widget_changes_its_field() -> None:
    test = drawn("Conv2D", {"filters": 8, "kernel_size": 3})
    test.number_input(key="form.filters").set_value(12).run()
    test.text_input(key="form.kernel_size").set_value("3x5").run()
    test.selectbox(key="form.activation").select("mish").run()
    test.toggle(key="form.use_bias").set_value(False).run()
    test.button_group(key="form.padding").set_value("same").run()
    config = held(test)
    assert (config["filters"], config["kernel_size"], config["activation"]) == (12, [3, 5], "mish")
    assert (config["use_bias"], config["padding"]) == (False, "same")
    assert test.text_input(key="form.kernel_size").value == "3 × 5"


def test_none_is_a_choice() -> None:
    test = drawn("Conv2D", {"filters": 8, "kernel_size": 3, "activation": "relu"})
    test.selectbox(key="form.activation").select(None).run()
    assert held(test)["activation"] is None
    test = drawn("MaxPooling2D", {"strides": 3})
    test.text_input(key="form.strides").set_value("").run()
    assert held(test)["strides"] is None
    test = drawn("Recipe", {"train_images": 500})
    test.number_input(key="form.train_images").set_value(None).run()
    assert held(test)["train_images"] is None


def test_a_choice_among_models_brings_its_fields() -> None:
    test = drawn("Dense", {"units": 4})
    test.selectbox(key="form.kernel_regularizer").select("L2").run()
    test.number_input(key="form.kernel_regularizer.L2.l2").set_value(0.3).run()
    assert held(test)["kernel_regularizer"] == {"name": "L2", "l2": 0.3}
    test = drawn("Recipe")
    test.selectbox(key="form.optimizer").select("SGD").run()
    test.number_input(key="form.optimizer.SGD.momentum").set_value(0.9).run()
    assert held(test)["optimizer"]["name"] == "SGD"
    assert held(test)["optimizer"]["momentum"] == 0.9


def test_widgets_follow_a_model_that_others_change() -> None:
    test = drawn("Dense", {"units": 4})
    test.number_input(key="form.units").set_value(9).run()
    test.session_state["model"] = ("Dense", {"units": 5, "activation": "tanh"})
    test.run()
    assert test.number_input(key="form.units").value == 5
    assert test.selectbox(key="form.activation").value == "tanh"
    assert held(test)["units"] == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [("three", "expected one whole number"), ("0", "at least 1"), ("3 × 5 × 7", "expected one whole number"), ("", "")],
)
def test_a_refused_value_keeps_the_old_one_and_says_why_below_the_field(text: str, said: str) -> None:
    test = drawn("Conv2D", {"filters": 8, "kernel_size": 3})
    test.text_input(key="form.kernel_size").set_value(text).run()
    assert held(test)["kernel_size"] == 3
    assert any(said in note.value for note in test.markdown)
    test.text_input(key="form.kernel_size").set_value("7").run()
    assert held(test)["kernel_size"] == 7
    assert not test.markdown


def test_fields_that_contradict_each_other_are_refused_at_the_second() -> None:
    test = drawn("Adam")
    test.number_input(key="form.clipnorm").set_value(1.0).run()
    test.number_input(key="form.clipvalue").set_value(1.0).run()
    assert (held(test)["clipnorm"], held(test)["clipvalue"]) == (1.0, None)
    assert "one way to clip" in test.markdown[0].value


def test_lists_are_written_as_numbers_with_commas() -> None:
    test = drawn("LearningRateStep", {"epochs": [2, 4], "factor": 0.5})
    assert test.text_input(key="form.epochs").value == "2, 4"
    test.text_input(key="form.epochs").set_value("3 5,8").run()
    assert held(test)["epochs"] == [3, 5, 8]
    test.text_input(key="form.epochs").set_value("8, 3").run()
    assert held(test)["epochs"] == [3, 5, 8]
    assert test.markdown


def test_a_choice_that_counts_also_takes_a_typed_number() -> None:
    field = next(field for field in form_fields(CALLBACKS["TensorBoard"]) if field.name == "update_freq")
    assert [from_widget(field, typed, "epoch") for typed in ("batch", " 10 ", "often")] == ["batch", 10, "often"]
    test = drawn("TensorBoard", {"update_freq": 10})
    assert (test.selectbox(key="form.update_freq").value, held(test)["update_freq"]) == ("10", 10)
    test.text_input(key="form.embeddings_metadata").set_value("").run()
    assert held(test)["embeddings_metadata"] is None
    test.text_input(key="form.embeddings_metadata").set_value("names.tsv").run()
    assert held(test)["embeddings_metadata"] == "names.tsv"


def test_the_catalogue_has_no_field_that_the_form_leaves_out() -> None:
    for name, model in CATALOGUE.items():
        # A network inside is opened, not filled in.
        shown = set(model.model_fields) - ({"architecture"} if name == "Model" else set())
        assert {field.name for field in form_fields(model)} == shown


def test_a_block_inside_a_block_is_chosen_and_has_its_fields() -> None:
    test = drawn("TimeDistributed", {"layer": {"block": "Dense", "config": {"units": 8}}})
    test.number_input(key="form.layer.Dense.units").set_value(12).run()
    assert held(test)["layer"] == {"block": "Dense", "config": {"units": 12}}
    test.selectbox(key="form.layer").select("Conv2D").run()
    test.text_input(key="form.layer.Conv2D.kernel_size").set_value("5").run()
    assert held(test)["layer"]["block"] == "Conv2D"
    assert held(test)["layer"]["config"]["kernel_size"] == 5
    assert "form.layer.Dense.units" not in [widget.key for widget in test.number_input]


def test_an_initializer_is_a_name_or_has_fields_of_its_own() -> None:
    test = drawn("Dense", {"units": 4})
    test.selectbox(key="form.kernel_initializer").select("he_normal").run()
    assert held(test)["kernel_initializer"] == "he_normal"
    test.selectbox(key="form.kernel_initializer").select("VarianceScaling").run()
    test.number_input(key="form.kernel_initializer.VarianceScaling.scale").set_value(2.0).run()
    assert held(test)["kernel_initializer"]["scale"] == 2.0
    test.selectbox(key="form.kernel_initializer").select("zeros").run()
    assert held(test)["kernel_initializer"] == "zeros"


def test_one_number_or_several_and_gaps_among_them() -> None:
    test = drawn("LayerNormalization")
    test.text_input(key="form.axis").set_value("1, 2").run()
    assert held(test)["axis"] == [1, 2]
    test.text_input(key="form.axis").set_value("-1").run()
    assert held(test)["axis"] == -1
    test = drawn("Rescaling", {"scale": 2.0})
    test.text_input(key="form.scale").set_value("0.5, 1, 2").run()
    assert held(test)["scale"] == [0.5, 1.0, 2.0]
    test = drawn("Dropout", {"rate": 0.5})
    test.text_input(key="form.noise_shape").set_value("?, 1, 1").run()
    assert held(test)["noise_shape"] == [None, 1, 1]
    test.text_input(key="form.noise_shape").set_value("some").run()
    assert held(test)["noise_shape"] == [None, 1, 1]
    assert "expected whole numbers and ?" in test.markdown[0].value


def test_sides_of_an_image_are_written_apart() -> None:
    test = drawn("ZeroPadding2D", {"padding": [[0, 1], [0, 2]]})
    assert test.text_input(key="form.padding").value == "0, 1 × 0, 2"
    for text, padding in [("1, 2 x 3, 4", [[1, 2], [3, 4]]), ("1 × 2", [1, 2]), ("0", 0)]:
        test.text_input(key="form.padding").set_value(text).run()
        assert held(test)["padding"] == padding
    test.text_input(key="form.padding").set_value("1, 2").run()
    assert "top, bottom" in test.markdown[0].value


def test_numbers_with_decimals_are_written_with_commas() -> None:
    test = drawn("RandomErasing", {"scale": [0.02, 0.25]})
    assert test.text_input(key="form.scale").value == "0.02, 0.25"
    test.text_input(key="form.scale").set_value("0.1 0.5").run()
    assert held(test)["scale"] == [0.1, 0.5]
    test.text_input(key="form.scale").set_value("half").run()
    assert held(test)["scale"] == [0.1, 0.5]
    assert "expected numbers" in test.markdown[0].value


def test_an_optional_list_may_be_empty() -> None:
    test = drawn("PReLU")
    test.text_input(key="form.shared_axes").set_value("1, 2").run()
    assert held(test)["shared_axes"] == [1, 2]
    test.text_input(key="form.shared_axes").set_value("").run()
    assert held(test)["shared_axes"] is None
