"""A folder of images in a zip, from the upload to the confusion matrix, as somebody does it who reads no manual."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from lib.data import shapes
from tests.browser.app import App, drawn
from tests.browser.conftest import Visit
from tests.browser.test_training import LONG, set_number, state
from tests.lib.data.uploads.files import zipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLASSES = {"원": 0, "stars": 4, "stripes": 8}


def folder_of_images() -> bytes:
    images, labels, *_test = shapes.generate()
    files = {}
    for name, label in CLASSES.items():
        for number, image in enumerate(images[labels == label][:80]):
            file = BytesIO()
            Image.fromarray(np.asarray(image)).save(file, "PNG")
            files[f"my shapes/{name}/{number}.png"] = file.getvalue()
    return zipped(files).getvalue()


def test_a_zip_of_images_is_trained_to_its_confusion_matrix(visit: Visit, app: App, tmp_path: Path) -> None:
    file = tmp_path / "my shapes.zip"
    file.write_bytes(folder_of_images())
    page = visit("/data")
    page.get_by_role("button", name="Add your own images").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("button", name="Add them").click()
    expect(page.get_by_text("240 images of 3 classes")).to_be_visible()
    expect(page.get_by_text("원", exact=True).first).to_be_visible()

    page.get_by_role("link", name="Train").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    drawn(page)
    page.get_by_text("my shapes", exact=True).click()
    drawn(page)
    for repair in ("Make the input 32 × 32 × 3", "Give"):
        page.get_by_role("button", name=repair).first.click()
        # The next mend builds on this one.
        expect(page.get_by_role("button", name=repair)).to_have_count(0)
        drawn(page)
    set_number(page, "Epochs", 2)
    page.get_by_role("button", name=re.compile("^Train.*Enter")).click()
    state(page, "Finished", LONG / 1000)
    expect(page.get_by_text("Confusion matrix")).to_be_visible()
    expect(page.get_by_text("of 40 images that the network had never seen")).to_be_visible()
