"""Pictures and tables on the Build page: chosen in a dialog, seen there, downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import take_along
from lib.arch import Architecture, analyse, gallery, presets
from lib.arch.export import model_script
from lib.arch.import_keras import from_keras
from lib.i18n import language
from lib.picture import ALL, Style
from tests.lib.arch.test_gather import flat
from tests.pages.test_picture import opened


def asked(page: AppTest) -> AppTest:
    page.button(key="build.take").click().run()
    assert not page.exception
    return page


def test_the_dialog_offers_pictures_and_tables_of_what_is_built() -> None:
    page = asked(opened())
    assert [page.download_button(key=f"picture.{key}").label
            for key in ("svg", "png", "table.text", "table.markdown", "table.latex")] == [
        "SVG", "PNG", "Text", "Markdown", "LaTeX"]  # fmt: skip
    page.button_group(key="picture.levels").set_value(ALL).run()
    page.button_group(key="picture.direction").set_value("LR").run()
    assert not page.exception
    assert not page.warning


def test_without_graphviz_it_says_so_and_still_has_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    take_along.made.cache_clear()
    page = asked(opened("mlp"))
    assert "expected the program dot of Graphviz" in page.warning[0].value
    assert page.download_button(key="picture.table.text").label == "Text"


def test_a_picture_speaks_the_language_of_the_page(korean: None) -> None:
    assert language() == "ko"
    for chosen, word in (("ko", "출력"), ("en", "Out")):
        assert word in take_along.made(presets.load("mlp"), Style(), "svg", chosen).decode()


def test_a_large_network_of_keras_is_shown_by_its_parts_and_undo_shows_its_layers() -> None:
    page = opened("mlp")
    text = model_script(gallery.get("densenet121").architecture, "keras-json")
    network = from_keras(text, "file")
    page.file_uploader[0].upload("dense.json", text.encode(), "application/json").run()
    assert not page.exception
    assert f"The {len(network.nodes)} layers of this network are shown as 9 parts" in page.warning[0].value
    parts = Architecture.from_json(page.session_state["draft.architecture"])
    assert analyse(parts).total == analyse(network).total
    page.button(key="build.undo").click().run()
    assert Architecture.from_json(page.session_state["draft.architecture"]) == network


def test_a_large_network_of_blockyard_opens_as_it_was_laid_out() -> None:
    page = opened("mlp")
    network = flat(gallery.get("densenet121").architecture)
    page.file_uploader[0].upload("dense.json", network.to_json().encode(), "application/json").run()
    assert not page.exception
    assert Architecture.from_json(page.session_state["draft.architecture"]) == network
