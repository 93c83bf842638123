"""The code beside the cards in a real browser: styles, marked lines, a press on a line, what is downloaded."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.app import drawn
from tests.browser.conftest import Visit


def choose(page: Page, switch: str, label: str) -> None:
    page.locator(f".st-key-build-{switch} button", has_text=label).click()
    drawn(page)


def test_code_follows_the_cards_and_the_cards_follow_the_code(visit: Visit, tmp_path: Path) -> None:
    page = visit("/")
    choose(page, "side", "Code")
    marked = page.locator(".line.chosen")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text('name="c1"')
    page.locator(".line", has_text='name="f6"').click()
    expect(marked).to_contain_text('name="f6"')
    expect(page.locator('[class*="st-key-open-family-"][class*="-f6"]')).to_be_visible()
    choose(page, "code-style", "Class")
    expect(page.locator(".line", has_text="class LeNet5(keras.Model):")).to_be_visible()
    expect(marked).to_have_count(2)
    expect(page.locator(".line .word", has_text=re.compile("^class$"))).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download lenet_5_subclass.py").click()
    download.value.save_as(tmp_path / "code.py")
    ast.parse((tmp_path / "code.py").read_text(encoding="utf-8"))
    choose(page, "code-style", "JSON")
    expect(page.locator(".line", has_text='"class_name": "Functional"')).to_be_visible()
    choose(page, "side", "Picture")
    expect(page.locator('svg [data-node="c1"]')).to_be_visible()
