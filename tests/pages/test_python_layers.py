"""Layers in Python on the pages: where the server lets them run, and where it does not."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from components.canvas_data import blocks_json
from components.own_blocks import blocks_with, title_of
from components.own_kinds import offered
from lib.arch import CATALOGUE, Architecture, Node
from lib.arch.blocks.python_layer import PythonLayer
from lib.i18n import _
from lib.own import kinds
from lib.runs.store import Store
from tests.fake_runs import OWNER
from tests.lib.arch.python_layers import python_layer
from tests.pages import test_canvas as canvas
from tests.pages import test_formulas as formulas
from tests.pages import test_train as train
from tests.pages.test_build import network

SHAPE = (28, 28, 1)


@pytest.fixture(autouse=True)
def _saved(store: Store) -> None:
    store.save_own(OWNER, "python", "Scale", kinds.written(python_layer(SHAPE)))


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_TRUSTED_PYTHON", "1")


def with_layer() -> Architecture:
    return Architecture({"image": SHAPE}, (
        Node("own", PythonLayer(layer=python_layer(SHAPE)), ("image",)),
        Node("pool", CATALOGUE["GlobalAveragePooling2D"](), ("own",)),
        Node("out", CATALOGUE["Dense"](units=10, activation="softmax"), ("pool",))), {"out": "out"})


def on_canvas() -> list[str]:
    """What the canvas offers of the family of one's own blocks."""
    page = canvas.opened(house__owner=OWNER)
    [own] = [group for group in json.loads(canvas.data(page)["blocks"]) if group["family"] == "custom"]
    return [entry["title"] for entry in own["entries"]]


def in_palette() -> list[str]:
    """What the palette of the cards offers."""
    def build() -> None:
        from components.palette import palette_dialog
        palette_dialog()

    page = AppTest.from_function(build, default_timeout=60)
    page.session_state["house.owner"] = OWNER
    page.session_state["build.place"] = ("end", None)
    page.session_state["build.search"] = ""
    page.run()
    assert not page.exception
    return [button.label for button in page.button]


def test_saved_layers_are_offered_on_the_cards_and_on_the_canvas(on: None) -> None:
    assert "Scale" in in_palette()
    assert on_canvas()[-1] == "Scale"


def test_the_name_of_one_is_no_word_to_translate(korean: None) -> None:
    own = (python_layer(SHAPE),)
    assert _("Scale") != "Scale"
    assert title_of(blocks_with(own)["custom"][-1]) == "Scale"
    assert '"title": "Scale"' in blocks_json("ko", own)


def test_one_is_added_on_the_canvas(on: None) -> None:
    page = canvas.opened(Architecture({"image": SHAPE}, (), {}), house__owner=OWNER)
    entries = next(group["entries"] for group in json.loads(canvas.data(page)["blocks"]) if group["family"] == "custom")
    canvas.Browser(page).act("add", family="custom", entry=len(entries) - 1, source="image")
    [node] = network(page).nodes
    assert (node.block, node.inputs) == (PythonLayer(layer=python_layer(SHAPE)), ("image",))


@pytest.mark.parametrize(("shape", "asked"), [((28, 28, 1), 0), ((14, 14, 1), 1), ((None, None, 1), 0)])
def test_what_a_card_does_not_know_of_one_can_be_measured_where_its_input_is_known(
        shape: tuple[int | None, ...], asked: int, on: None) -> None:
    def card(network: str) -> None:
        from components.own_measure import draw_in_card
        from lib.arch import Architecture, analyse

        draw_in_card(analyse(Architecture.from_json(network)).nodes["own"])

    asking = Architecture({"image": shape}, (Node("own", PythonLayer(layer=python_layer(SHAPE)), ("image",)),),
                          {"out": "own"})
    page = AppTest.from_function(card, args=(asking.to_json(),), default_timeout=30).run()
    assert not page.exception
    assert [button.label for button in page.button] == ["Measure"] * asked


def test_a_server_that_does_not_let_them_run_offers_none() -> None:
    assert "python" not in offered()
    page = formulas.opened("python")
    assert page.query_params["kind"] == "lambda"
    assert "Scale" not in formulas.told(page)
    assert "Scale" not in in_palette()
    assert "Scale" not in on_canvas()


def test_there_a_network_that_has_one_is_refused_in_one_sentence(store: Store) -> None:
    page = train.with_network(store, with_layer())
    assert len(page.error) == 1
    assert "own: expected a server that lets layers in Python run" in train.texts(page)
    assert page.button(key="train.start").disabled
    assert store.runs(OWNER) == []
