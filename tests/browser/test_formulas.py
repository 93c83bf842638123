"""A formula from typing to a trained network and its script, in a real browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App, choose, drawn
from tests.browser.conftest import Visit
from tests.browser.test_build import card
from tests.browser.test_training import LONG, download, set_number, state

PAUSE = "h = K.softplus(x)\nx * K.tanh(h)"


def typed(page: Page, text: str) -> None:
    """Type a formula and stop typing: nothing is pressed, and the field keeps the focus."""
    field = page.get_by_role("textbox", name="Formula")
    field.click()
    field.fill("")
    field.press_sequentially(text, delay=10)


def test_a_formula_is_checked_at_every_pause_and_survives_a_reload(visit: Visit) -> None:
    page = visit("/formulas?kind=activation")
    field = page.get_by_role("textbox", name="Formula")
    typed(page, "h = K.softplus(x)\nx * K.thanh(h)")
    expect(page.get_by_text(re.compile(r"Line 2, column 5.*did you mean tanh"))).to_be_visible()
    expect(field).to_be_focused()
    typed(page, PAUSE)
    expect(page.get_by_text("Accepted. What comes out: batch × 28 × 28 × 1")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value(PAUSE)
    drawn(page)
    page.reload()
    drawn(page)
    expect(page.get_by_role("textbox", name="Formula")).to_have_value(PAUSE)


def test_saved_by_key_deleted_and_had_back(visit: Visit) -> None:
    page = visit("/formulas?kind=lambda")
    typed(page, "x * 2")
    expect(page.get_by_text("Accepted.")).to_be_visible()
    name = page.get_by_role("textbox", name="Name")
    name.fill("twice")
    name.press("Control+s")
    expect(page.get_by_text("twice is saved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("twice was deleted.")).to_be_visible()
    expect(page.get_by_text("not saved under a name yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("twice is saved", exact=True)).to_be_visible()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mish_is_typed_seen_used_trained_and_taken_home(app: App, visit: Visit, tmp_path: Path) -> None:
    page = visit("/formulas?kind=activation", app=app)
    typed(page, PAUSE)
    expect(page.get_by_text("Accepted.")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("mish_of_mine")
    expect(page.get_by_role("img", name="mish_of_mine and its derivative from -5 to 5")).to_be_visible()
    expect(page.locator("canvas")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.get_by_text("mish_of_mine is saved", exact=True)).to_be_visible()

    page.get_by_role("link", name="Build", exact=True).click()
    expect(card(page, "c3")).to_be_visible()
    card(page, "c3").click()
    choose(page, re.compile("Activation"), "mish_of_mine")
    expect(card(page, "c3")).to_have_attribute("aria-label", re.compile("mish_of_mine"))
    drawn(page)

    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="LeNet-5")).to_be_visible()
    set_number(page, "Epochs", 1)
    page.get_by_role("button", name=re.compile("^Train.*Enter")).click()
    expect(page.get_by_role("button", name="Script", exact=True)).to_be_visible(timeout=LONG)
    state(page, "Finished")
    script = download(page, "Script", tmp_path)
    network = json.loads(download(page, "Architecture", tmp_path).read_text(encoding="utf-8"))
    [conv] = [node for node in network["nodes"] if node["id"] == "c3"]
    assert conv["config"]["activation"] == {"name": "mish_of_mine", "formula": PAUSE}
    assert "def mish_of_mine(x):" in script.read_text(encoding="utf-8")
    done = subprocess.run([sys.executable, script.name, "--epochs", "1"], cwd=tmp_path, capture_output=True, text=True,
                          timeout=240)
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
