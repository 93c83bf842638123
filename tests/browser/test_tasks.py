"""Networks for tasks with several inputs or outputs: from the preset to the result, through the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App, drawn, running
from tests.browser.conftest import Visit
from tests.browser.test_build import start_from
from tests.browser.test_training import figure, set_number, state

SHARED = Path(__file__).parents[3] / "shared" / "data"
WHOLE = (SHARED / "mnist.npz").exists()
"""Whether the 60,000 digits are here; else the 5,000 that come with Blockyard are learned from."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running(tmp_path_factory.mktemp("tasks"), **({"BLOCKYARD_DATA": str(SHARED)} if WHOLE else {})) as one:
        yield one


def trained(visit: Visit, school: App, preset: str, epochs: int) -> Page:
    """The page of a run that has ended, from a fresh visit on."""
    page = visit("/", app=school)
    start_from(page, preset)
    page.get_by_role("button", name="Train this").click()
    expect(page.get_by_role("heading", name=preset)).to_be_visible()
    drawn(page)
    set_number(page, "Epochs", epochs)
    page.get_by_role("button", name=re.compile("^Train.*Enter")).click()
    state(page, "Finished", 400)
    return page


def share(page: Page, label: str) -> float:
    expect(figure(page, label)).to_have_text(re.compile(r"\d%"))
    return float(figure(page, label).inner_text().rstrip("%")) / 100


@pytest.mark.parametrize(("preset", "least", "least_of_few"), [
    ("Same or different", 0.95, 0.88), ("Digit and parity", 0.97, 0.94), ("Autoencoder", 0.965, 0.94),
])
def test_from_the_preset_to_the_result(visit: Visit, school: App, preset: str, least: float,
                                       least_of_few: float) -> None:
    page = trained(visit, school, preset, 1 if WHOLE else 5)
    assert share(page, "Test accuracy") >= (least if WHOLE else least_of_few)
    if preset == "Autoencoder":
        expect(page.get_by_text("left what goes in, right what the network makes of it")).to_be_visible()
        pictures = page.locator(".looks figure img")
        expect(pictures.first).to_be_visible()
        assert pictures.count() >= 8
        assert pictures.evaluate_all("every => every.every(img => img.complete && img.naturalWidth > 0)")
