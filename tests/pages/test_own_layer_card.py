"""The card of a layer of one's own: rows that are added, changed and removed, its formula, and what comes of it."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from lib.arch import Architecture, Node, read_block
from lib.arch.own_layer import OwnLayer
from lib.own.kinds import written
from lib.runs.store import Store
from tests.components_v2 import card_rows
from tests.lib.arch.custom_layers import DENSE, layer
from tests.pages.test_build import html, insert, network, open_card, opened

KEY = "block.n.layer.own"


def with_layer(definition: dict[str, Any] = DENSE) -> AppTest:
    """The page with the layer alone, its card open."""
    page = opened()
    own = Node("n", layer(definition), ("image",))
    page.session_state["draft.architecture"] = Architecture({"image": (8, 8, 3)}, (own,), {"out": "n"}).to_json()
    page.run()
    open_card(page, "n")
    assert not page.exception
    return page


def held(page: AppTest) -> dict[str, Any]:
    block = network(page).by_id["n"].block
    assert block is not None
    found: dict[str, Any] = block.config()["layer"]
    return found


def shape(page: AppTest) -> str:
    return card_rows(page)["n"][5].replace("\u202f", " ")


def test_the_palette_inserts_the_dense_of_the_course() -> None:
    page = opened()
    page.button(key="build.add").click().run()
    insert(page, "Layer of your own")
    (own,) = [node for node in network(page).nodes if node.block and node.block.name == "CustomLayer"]
    assert page.text_area(key=f"block.{own.id}.layer.own.call").value == "relu(tf.matmul(x, self.kernel) + self.bias)"


def test_a_weight_is_added_named_used_and_removed() -> None:
    page = with_layer()
    page.button(key=f"{KEY}.weights.add").click().run()
    assert not page.exception
    assert [weight["name"] for weight in held(page)["weights"]] == ["kernel", "bias", "w"]
    assert "gets no gradient, so it does not learn. call: line 1, column 1: the result does not depend" in html(page)
    page.text_input(key=f"{KEY}.weights.2.name").set_value("gain").run()
    page.text_input(key=f"{KEY}.weights.2.shape").set_value("units").run()
    page.text_area(key=f"{KEY}.call").set_value("(x @ kernel + bias) * self.gain").run()
    assert "gets no gradient" not in html(page)
    assert card_rows(page)["n"][6] == str(15 + 5 + 5)
    page.button(key=f"row-remove.{KEY}.weights.0").click().run()
    assert [weight["name"] for weight in held(page)["weights"]] == ["bias", "gain"]
    assert page.text_input(key=f"{KEY}.weights.0.name").value == "bias"
    assert "n.call: line 1, column 6: expected one of x, bias, gain" in html(page)
    page.button(key="build.undo").click().run()
    assert [weight["name"] for weight in held(page)["weights"]] == ["kernel", "bias", "gain"]
    assert page.text_input(key=f"{KEY}.weights.0.name").value == "kernel"
    assert not page.exception


def test_numbers_are_added_set_and_bounded() -> None:
    page = with_layer()
    page.number_input(key=f"{KEY}.numbers.0.value").set_value(7).run()
    assert shape(page) == "8 × 8 × 7"
    page.button(key=f"{KEY}.numbers.add").click().run()
    page.text_input(key=f"{KEY}.numbers.1.name").set_value("rate").run()
    page.toggle(key=f"{KEY}.numbers.1.whole").set_value(False).run()
    page.number_input(key=f"{KEY}.numbers.1.value").set_value(0.5).run()
    page.number_input(key=f"{KEY}.numbers.1.most").set_value(1.0).run()
    assert held(page)["numbers"][1] == {"name": "rate", "value": 0.5, "least": None, "most": 1, "whole": False}
    page.number_input(key=f"{KEY}.numbers.1.value").set_value(2.0).run()
    assert any("expected a number of at most 1" in text.value for text in page.markdown)
    assert held(page)["numbers"][1]["value"] == 0.5
    page.number_input(key=f"{KEY}.numbers.1.value").set_value(0.25).run()
    assert held(page)["numbers"][1]["value"] == 0.25
    assert not any("expected a number of at most 1" in text.value for text in page.markdown)


def test_a_name_that_is_taken_is_refused_and_stays_to_be_mended() -> None:
    page = with_layer()
    page.text_input(key=f"{KEY}.weights.1.name").set_value("kernel").run()
    assert any("expected each name once among weights and numbers" in text.value for text in page.markdown)
    assert held(page)["weights"][1]["name"] == "bias"
    assert page.text_input(key=f"{KEY}.weights.1.name").value == "kernel"
    page.text_input(key=f"{KEY}.weights.1.name").set_value("offset").run()
    assert held(page)["weights"][1]["name"] == "offset"


def test_the_start_of_a_weight_is_chosen_with_its_own_fields() -> None:
    page = with_layer()
    page.selectbox(key=f"{KEY}.weights.0.initializer").select("RandomNormal").run()
    page.number_input(key=f"{KEY}.weights.0.initializer.RandomNormal.stddev").set_value(0.5).run()
    page.selectbox(key=f"{KEY}.weights.0.regularizer").select("L2").run()
    weight = held(page)["weights"][0]
    assert weight["initializer"] == {"name": "RandomNormal", "mean": 0.0, "stddev": 0.5}
    assert weight["regularizer"] == {"name": "L2", "l2": 0.01}
    assert not page.exception


def test_what_comes_out_is_said_with_the_names_of_sizes() -> None:
    page = with_layer()
    assert "<code>compute_output_shape</code>: (batch, height, width, units) →" in html(page)
    page.text_area(key=f"{KEY}.call").set_value("concat([x, x], axis=1) @ kernel + round(bias)").run()
    assert "as the formula makes it" in html(page)
    assert "call: line 1, column 35: round lets no gradient through" in html(page)


def test_at_most_eight_weights() -> None:
    weights = [{"name": f"w{number}", "shape": "channels"} for number in range(8)]
    page = with_layer({**DENSE, "numbers": [], "weights": weights, "call": "x"})
    assert page.button(key=f"{KEY}.weights.add").disabled


def test_a_saved_layer_is_chosen_whole(store: Store) -> None:
    page = with_layer()
    gain = OwnLayer.model_validate({"name": "Gain", "weights": [{"name": "w"}], "call": "x * w"})
    store.save_own(page.session_state["house.owner"], "layer", gain.name, written(gain))
    page.run()
    page.selectbox(key="block.n.layer").set_value(written(gain)).run()
    assert OwnLayer.model_validate(held(page)) == gain
    assert page.text_area(key=f"{KEY}.call").value == "x * w"
    assert shape(page) == "8 × 8 × 3"
    assert not page.exception


def test_names_and_formulas_are_shown_as_they_were_typed() -> None:
    hostile = "<script>alert(1)</script> **b** :red[x]"
    page = with_layer({**DENSE, "call": hostile})
    shown = [*page.markdown, *page.caption, *page.warning, *page.html, *page.button, *page.info, *page.error]
    texts = [str(getattr(one, "value", "")) + str(getattr(one, "label", "")) for one in shown]
    assert not [text for text in texts if "<script>alert(1)" in text]
    assert page.text_area(key=f"{KEY}.call").value == hostile


def test_the_card_in_korean(korean: None) -> None:
    page = with_layer()
    page.session_state["house.language"] = "ko"
    page.run()
    assert page.button(key=f"{KEY}.weights.add").label == "가중치 추가"
    assert not page.exception


def test_other_blocks_say_nothing_of_weights() -> None:
    page = opened()
    dense = Node("n", read_block("Dense", {"units": 3}, "n"), ("image",))
    page.session_state["draft.architecture"] = Architecture({"image": (8,)}, (dense,), {"out": "n"}).to_json()
    page.run()
    open_card(page, "n")
    assert "compute_output_shape" not in html(page)
