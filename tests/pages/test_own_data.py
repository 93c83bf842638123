"""Images of one's own: from the upload to the balance of their classes, seen by nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components.data_view import CHOICE
from components.navigation import ROOT
from lib.arch import presets
from lib.data import own
from lib.data.uploads import read
from lib.runs.store import Store
from lib.training.recipe import Recipe
from tests import fake_runs
from tests.lib.data.uploads.files import class_folders, zipped

PAGE = Path(__file__).resolve().parents[2] / "pages/data.py"


def opened(owner: str = "1" * 32) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state["house.owner"] = owner
    page.run()
    assert not page.exception
    return page


def uploaded(page: AppTest, content: bytes, name: str = "pets.zip", title: str = "") -> AppTest:
    page.button(key="data.add").click().run()
    page.file_uploader[0].upload(name, content).run()
    page.text_input(key="data.own.title").set_value(title).run()
    page.button(key="data.own.add").click().run()
    assert not page.exception
    return page


def pets() -> bytes:
    return zipped(class_folders(("cat", "개"), each=30) | class_folders(("cat",), each=48)).getvalue()


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_a_zip_becomes_a_data_set_with_its_images_and_its_balance() -> None:
    page = uploaded(opened(), pets(), title="Pets *and* more")
    assert page.segmented_control(key=CHOICE).value.startswith("own-")
    assert any("78 images of 2 classes" in text.value for text in page.markdown)
    assert len(page.get("image")) == 2 + 8
    assert figures(page) == {"Training images": "59", "Validation images": "6", "Test images": "13",
                             "Image shape": "10 × 12 × 3"}
    assert page.table[0].value.index.tolist() == ["cat", "개"]
    assert page.table[0].value.sum(axis=1).tolist() == [48, 30]
    bars = json.loads(page.get("plotly_chart")[0].proto.spec)["data"]
    assert [bar["x"] for bar in bars] == [["cat", "개"]] * 3


def test_it_is_there_again_for_this_browser_and_for_no_other() -> None:
    uploaded(opened(), pets())
    assert "pets" in opened().segmented_control(key=CHOICE).options
    assert "pets" not in opened("2" * 32).segmented_control(key=CHOICE).options


def test_what_is_wrong_with_a_file_is_said_and_nothing_is_kept() -> None:
    page = uploaded(opened(), zipped({"../../evil.png": b"x"}).getvalue())
    assert len(page.error) == 1
    assert "expected a path inside the archive" in page.error[0].value
    assert own.infos("1" * 32) == []
    page.file_uploader[0].upload("pets.zip", pets()).run()
    page.button(key="data.own.add").click().run()
    assert not page.error
    assert own.infos("1" * 32)[0].title == "pets"


def test_it_gets_another_name_and_goes() -> None:
    page = uploaded(opened(), pets())
    name = page.segmented_control(key=CHOICE).value
    page.text_input(key=f"{name}.title").set_value("친구들").run()
    page.button(key=f"{name}.rename").click().run()
    assert "친구들" in page.segmented_control(key=CHOICE).options
    page.button(key=f"{name}.delete").click().run()
    assert not page.exception
    assert page.segmented_control(key=CHOICE).value == "mnist"
    assert own.infos("1" * 32) == []


def test_a_full_shelf_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_OWNER_DATASETS", "1")
    page = uploaded(uploaded(opened(), pets()), pets(), "more.zip")
    assert ["at most 1 data sets" in error.value for error in page.error] == [True]


def test_its_words_are_not_translated(korean: None) -> None:
    page = uploaded(opened(), zipped(class_folders(("cat", "dog"), each=12)).getvalue(), "Data.zip")
    assert "Data" in page.segmented_control(key=CHOICE).options
    assert page.table[0].value.index.tolist() == ["cat", "dog"]


def train_page(draft: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "components/shell.py"), default_timeout=60)
    page.session_state["house.owner"] = "1" * 32
    page.query_params["draft"] = draft
    page.run()
    page.switch_page("../pages/train.py")
    return page.run()


def test_the_train_page_offers_it_and_mends_the_network_for_it() -> None:
    name = uploaded(opened(), pets()).segmented_control(key=CHOICE).value
    store = Store()
    page = train_page(store.new_draft("1" * 32, presets.load("mlp").to_json()))
    assert "pets" in page.segmented_control(key="recipe.own.data").options
    page.segmented_control(key="recipe.own.data").set_value(name).run()
    assert not page.exception
    assert page.button(key="train.start").disabled
    while page.error:
        page.button(key="train.repair.0").click().run()
        assert not page.exception
    assert not page.button(key="train.start").disabled
    own.delete("1" * 32, name)
    page.run()
    assert not page.exception
    assert ["does not exist" in error.value for error in page.error] == [True]
    page.segmented_control(key="recipe.own.data").set_value("mnist").run()
    assert not any("does not exist" in error.value for error in page.error)


def test_runs_of_images_that_are_gone_say_so() -> None:
    info = own.infos("1" * 32) or [own.add("1" * 32, "Pets", *read(zipped(class_folders()), "pets.zip"))]
    fake_runs.ended(Store(), owner="1" * 32, recipe=Recipe(data=info[0].name))
    runs = AppTest.from_file(str(PAGE.with_name("runs.py")), default_timeout=60)
    runs.session_state["house.owner"] = "1" * 32
    assert not runs.run().exception
    assert runs.dataframe[0].value["data"].tolist() == ["Pets"]
    own.delete("1" * 32, info[0].name)
    assert not runs.run().exception
    assert runs.dataframe[0].value["data"].tolist() == ["a data set that is gone"]
