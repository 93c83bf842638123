"""A layer in Python from typing to a trained network and its script, in a real browser and a real sandbox."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.app import drawn, running
from tests.browser.conftest import Visit
from tests.browser.test_build import card
from tests.browser.test_training import LONG, download, set_number, state
from tests.lib.arch.python_layers import CODE


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_is_typed_measured_saved_used_trained_and_taken_home(visit: Visit, tmp_path: Path) -> None:
    with running(tmp_path, BLOCKYARD_TRUSTED_PYTHON="1") as app:
        page = visit("/formulas?kind=python", app=app)
        page.get_by_role("textbox", name="Python code").fill(CODE.strip())
        page.get_by_role("textbox", name="Name").fill("Scale")
        size = page.get_by_role("textbox", name="Tried with an input of")
        size.fill("28 x 28 x 1")
        size.press("Enter")
        expect(page.get_by_text(re.compile(r"Expected a measurement for an input of 28\s×\s28\s×\s1"))).to_be_visible()
        page.get_by_role("button", name="Measure", exact=True).click()
        expect(page.get_by_text(re.compile(r"What comes out: 28\s×\s28\s×\s7"))).to_be_visible(timeout=LONG)
        page.get_by_role("button", name=re.compile("^Save")).click()
        expect(page.get_by_text("Scale is saved", exact=True)).to_be_visible()

        page.get_by_role("link", name="Build", exact=True).click()
        page.get_by_role("button", name="Actions for c1").click()
        page.get_by_role("menuitem", name="Insert before").click()
        page.get_by_role("dialog").get_by_role("button", name="Scale", exact=True).click()
        expect(card(page, "python_layer_1")).to_be_visible()
        drawn(page)

        page.get_by_role("link", name="Train", exact=True).click()
        set_number(page, "Epochs", 1)
        page.get_by_role("button", name=re.compile("^Train.*Enter")).click()
        expect(page.get_by_role("button", name="Script", exact=True)).to_be_visible(timeout=LONG)
        state(page, "Finished")
        script = download(page, "Script", tmp_path).read_text(encoding="utf-8")
        assert CODE.strip() in script
        compile(script, "script", "exec")
