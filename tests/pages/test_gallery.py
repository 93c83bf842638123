"""The Gallery page: found by words, read, and opened on the Build page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import gallery_view
from lib.arch import Architecture, analyse
from lib.arch.gallery import ENTRIES

SHELL = Path(__file__).resolve().parents[2] / "components/shell.py"


def opened(network: str | None = None) -> AppTest:
    page = AppTest.from_file(str(SHELL), default_timeout=30)
    page.switch_page("../pages/gallery.py")
    if network:
        page.query_params["network"] = network
    page.run()
    assert not page.exception
    return page


def test_every_network_stands_in_the_table_with_its_count() -> None:
    page = opened()
    table = page.dataframe[0].value
    assert len(table) == len(ENTRIES)
    counts = dict(zip(table["title"], table["parameters"], strict=True))
    assert counts["ResNet-50"] == 25_636_712
    assert counts["ResNet-20 (CIFAR-10)"] == 269_722
    assert list(table["year"]) == sorted(table["year"])


@pytest.mark.parametrize(("words", "titles"), [("huang 121", ["DenseNet-121"]), ("vgg", ["VGG16", "VGG19"])])
def test_a_network_is_found_by_its_words(words: str, titles: list[str]) -> None:
    assert [entry.title for entry in gallery_view.found(words)] == titles


def test_words_that_nothing_has() -> None:
    page = opened()
    page.text_input(key="gallery.search").set_value("nothing of the kind").run()
    assert not page.dataframe
    assert "No network" in page.info[0].value


def test_the_address_opens_a_network() -> None:
    page = opened("xception")
    assert page.subheader[0].value == "Xception"
    assert "22\u202f910\u202f480" in page.metric[0].value


@pytest.mark.parametrize(("images", "inputs", "classes"), [(None, (224, 224, 3), 1000), ("CIFAR-10", (32, 32, 3), 10)])
def test_a_network_is_opened_on_build(images: str | None, inputs: tuple[int, ...], classes: int) -> None:
    page = opened("resnet50")
    if images:
        page.button_group(key="gallery.images.resnet50").set_value(images).run()
    page.button(key="gallery.open").click().run()
    network = Architecture.from_json(page.session_state["draft.architecture"])
    assert network.name == "ResNet-50"
    assert network.inputs == {"input": inputs}
    assert analyse(network).outputs == {"predictions": (classes,)}
