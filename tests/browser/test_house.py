"""The frame of the app in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from components.navigation import LANDING, PAGES
from tests.browser.app import App, drawn
from tests.browser.conftest import Visit

PATHS = ["/" if page.name == LANDING else f"/{page.name}" for page in PAGES]


def switch_to(page: Page, language: str) -> None:
    page.get_by_role("button", name=language, exact=True).click()


def tab(page: Page, name: str) -> None:
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"))


@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_by_its_address_on_a_fresh_visit(path: str, visit: Visit) -> None:
    page = visit(path)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.get_by_role("dialog").count() == 0


def test_the_first_address_of_a_fresh_server_may_be_a_deep_one(own_app: App, visit: Visit) -> None:
    page = visit("/runs", app=own_app)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_title(re.compile("Runs"))


def test_no_keras_in_the_web_process_after_every_page(visit: Visit, app: App) -> None:
    page = visit("/")
    for info in PAGES:
        page.get_by_role("link", name=info.title, exact=True).click()
        expect(page).to_have_title(re.compile(info.title))
        drawn(page)
    mapped = Path(f"/proc/{app.process.pid}/maps").read_text()
    assert "components.server" in " ".join(Path(f"/proc/{app.process.pid}/cmdline").read_text().split("\0"))
    assert not re.findall(r"\S*(?:tensorflow|keras|h5py)\S*\.so\S*", mapped)


def test_korean_by_the_browser_and_back_by_hand(visit: Visit) -> None:
    page = visit("/", locale="ko-KR")
    tab(page, "데이터")
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    switch_to(page, "English")
    tab(page, "Data")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_chosen_language_survives_reload_page_change_second_tab_and_restart(own_app: App, visit: Visit) -> None:
    page = visit("/", app=own_app)
    tab(page, "Data")
    switch_to(page, "한국어")
    tab(page, "데이터")
    page.reload()
    drawn(page)
    tab(page, "데이터")
    page.get_by_role("link", name="실행 기록", exact=True).click()
    expect(page).to_have_title(re.compile("실행 기록"))
    second = page.context.new_page()
    second.goto(f"{own_app.url}/train")
    tab(second, "데이터")
    own_app.restart()
    page.goto(own_app.url)
    drawn(page)
    tab(page, "데이터")


def test_the_choice_of_one_visitor_is_not_that_of_another(visit: Visit) -> None:
    switch_to(visit("/"), "한국어")
    tab(visit("/"), "Data")


def test_light_and_dark(visit: Visit) -> None:
    assert background(visit("/", color_scheme="light")) == "rgb(253, 252, 250)"
    assert background(visit("/", color_scheme="dark")) == "rgb(20, 23, 30)"


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wider_than_a_narrow_screen(path: str, visit: Visit) -> None:
    page = visit(path, viewport={"width": 420, "height": 800}, locale="ko-KR")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    # What the page holds scrolls by itself.
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0


def test_an_address_that_is_no_page_says_so(visit: Visit, app: App) -> None:
    page = visit("/", locale="ko-KR")
    answer = page.goto(f"{app.url}/nowhere<b>")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading")).to_have_text("없는 페이지입니다")
    expect(page.get_by_text("/nowhere<b>")).to_be_visible()
    page.get_by_role("link", name="Blockyard 열기").click()
    drawn(page)


def test_the_owner_is_out_of_reach_of_scripts_and_stays(visit: Visit) -> None:
    page = visit("/")
    before = {cookie["name"]: cookie for cookie in page.context.cookies()}["blockyard_owner"]
    assert (before["httpOnly"], before["sameSite"]) == (True, "Lax")
    assert "blockyard_owner" not in page.evaluate("document.cookie")
    page.reload()
    drawn(page)
    after = {cookie["name"]: cookie for cookie in page.context.cookies()}["blockyard_owner"]
    assert after["value"] == before["value"]
