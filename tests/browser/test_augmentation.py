"""Augmentation in a real browser, on a narrow screen: steps are added, and their images drawn anew."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import drawn
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def add(page: Page, name: str) -> None:
    page.get_by_role("button", name="Add a step").click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    drawn(page)


def sources(images: Locator) -> list[str]:
    """Where the pictures come from, once all of them are there."""
    expect(images).to_have_count(8)
    for number in range(8):
        expect(images.nth(number)).to_have_js_property("complete", True)
    assert all(images.evaluate_all("all => all.map(one => one.naturalWidth > 0)"))
    found: list[str] = images.evaluate_all("all => all.map(one => one.src)")
    return found


def test_steps_are_added_and_their_images_drawn_anew(visit: Visit) -> None:
    page = visit("/train", viewport={"width": 420, "height": 900})
    images = page.get_by_alt_text("images before and after the augmentation")
    add(page, "RandomRotation")
    first = sources(images)
    add(page, "MixUp")
    expect(page.get_by_text("2. MixUp")).to_be_visible()
    page.get_by_role("button", name="Move MixUp up").click()
    expect(page.get_by_text("1. MixUp")).to_be_visible()
    drawn(page)
    page.get_by_role("button", name="Draw again").click()
    expect(page.get_by_text("in batch 2 of epoch 1")).to_be_visible()
    drawn(page)
    assert not set(sources(images)) & set(first)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for name in ("MixUp", "RandomRotation"):
        page.get_by_role("button", name=f"Remove {name}").click()
        expect(page.get_by_role("button", name=f"Remove {name}")).to_have_count(0)
    expect(images).to_have_count(0)
