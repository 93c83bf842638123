"""A formula is typed on the card of a Lambda: its shape, its mistakes, and the way back."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from lib.arch import Architecture, Node, read_block
from lib.arch.own_activation import OwnActivation
from lib.own.kinds import written
from lib.runs.store import Store
from tests.components_v2 import card_rows
from tests.pages.test_build import HOSTILE, html, insert, network, open_card, opened

FIELD = "block.own.formula"


def with_formula(formula: str = "x * ops.tanh(ops.softplus(x))", language: str = "en") -> AppTest:
    """The page with a Lambda alone, its card open."""
    page = opened()
    page.session_state["house.language"] = language
    own = Node("own", read_block("Lambda", {"formula": formula}, "own"), ("image",))
    page.session_state["draft.architecture"] = Architecture({"image": (8, 8, 3)}, (own,), {"out": "own"}).to_json()
    page.run()
    open_card(page, "own")
    return page


def shape(page: AppTest) -> str:
    return card_rows(page)["own"][5].replace("\u202f", " ")


def typed(page: AppTest, formula: str) -> None:
    page.text_area(key=FIELD).set_value(formula).run()
    assert not page.exception


def test_the_palette_inserts_mish_ready_to_be_changed() -> None:
    page = opened()
    page.button(key="build.add").click().run()
    insert(page, "Lambda")
    (own,) = [node for node in network(page).nodes if node.block and node.block.name == "Lambda"]
    assert page.text_area(key=f"block.{own.id}.formula").value == "x * ops.tanh(ops.softplus(x))"


def test_a_formula_is_typed_broken_mended_and_undone() -> None:
    page = with_formula()
    assert shape(page) == "8 × 8 × 3"
    typed(page, "# the mean of each channel\nmean(x, axis=(1, 2))")
    assert shape(page) == "3"
    assert card_rows(page)["own"][4] == "mean(x, axis=(1, 2))"
    typed(page, "y = x * 2\ny * ops.tnah(y)")
    assert shape(page) == "–"
    assert "own.formula: line 2, column 5: expected a function of formulas (did you mean tanh?)" in html(page)
    assert page.text_area(key=FIELD).value == "y = x * 2\ny * ops.tnah(y)"
    assert "change formula of own" in page.button(key="build.undo").help
    page.button(key="build.undo").click().run()
    assert page.text_area(key=FIELD).value == "# the mean of each channel\nmean(x, axis=(1, 2))"
    assert shape(page) == "3"


def test_half_a_formula_and_none_at_all_are_kept() -> None:
    page = with_formula()
    for formula in ("x * ops.tan(", ""):
        typed(page, formula)
        assert network(page).by_id["own"].block == read_block("Lambda", {"formula": formula}, "own")
        assert page.text_area(key=FIELD).value == formula
        assert "own.formula: line 1, column " in html(page)


def test_letters_that_only_look_like_others_are_refused_below_the_field_and_stay_to_be_mended() -> None:
    page = with_formula()
    typed(page, "x * \u00b2")
    assert any("expected plain letters" in text.value for text in page.markdown)
    assert page.text_area(key=FIELD).value == "x * \u00b2"
    assert shape(page) == "8 × 8 × 3"


def test_what_looks_like_html_or_markdown_is_shown_as_it_was_typed() -> None:
    page = with_formula(HOSTILE)
    shown = [*page.markdown, *page.caption, *page.warning, *page.html, *page.button, *page.info, *page.error]
    texts = [str(getattr(e, "value", "")) + str(getattr(e, "label", "")) + str(getattr(e, "help", "")) for e in shown]
    assert not [text for text in texts if "http://x/y" in text or "alert(1)" in text]
    assert page.text_area(key=FIELD).value == HOSTILE


def test_the_card_of_a_formula_in_korean_has_no_exception(korean: None) -> None:
    page = with_formula("x * (", "ko")
    assert page.text_area(key=FIELD).label == "수식"
    assert not page.exception


def test_own_activations_are_chosen_among_those_of_keras(store: Store) -> None:
    mish = OwnActivation(name="my_mish", formula="x * tanh(softplus(x))")
    page = opened()
    store.save_own(page.session_state["house.owner"], "activation", mish.name, written(mish))
    inside = OwnActivation(name="half", formula="x / 2")
    other = OwnActivation(name="my_mish", formula="x * 2")
    nodes = (
        Node("a", read_block("Dense", {"units": 3, "activation": inside}, "a"), ("image",)),
        Node("b", read_block("Dense", {"units": 3, "activation": other}, "b"), ("a",)),
    )
    page.session_state["draft.architecture"] = Architecture({"image": (8,)}, nodes, {"out": "b"}).to_json()
    page.run()
    open_card(page, "a")
    field = page.selectbox(key="block.a.activation")
    assert field.options[-3:] == ["half: x / 2", "my_mish: x * 2", "my_mish: x * tanh(softplus(x))"]
    field.set_value(written(mish)).run()
    assert not page.exception
    assert network(page).by_id["a"].block == read_block("Dense", {"units": 3, "activation": mish}, "a")
    page.selectbox(key="block.a.activation").set_value("relu").run()
    assert network(page).by_id["a"].block == read_block("Dense", {"units": 3, "activation": "relu"}, "a")
