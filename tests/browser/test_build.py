"""The Build page in a real browser: the first minute, the picture, the keyboard, and work that survives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App, drawn
from tests.browser.conftest import Visit


def total(page: Page) -> Locator:
    return page.get_by_test_id("stMetricValue").first


def card(page: Page, node: str) -> Locator:
    return page.locator(f'.card[data-node="{node}"] .head:visible')


def cards(page: Page) -> Locator:
    return page.locator(".card .head:visible")


def filters(page: Page) -> Locator:
    return page.get_by_role("spinbutton", name="Filters")


def box(page: Page, node: str) -> Locator:
    return page.locator(f'svg [data-node="{node}"]')


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def build(visit: Visit, **context: object) -> Page:
    """A new visitor at the Build page, drawn to its last part."""
    page = visit("/", **context)
    expect(box(page, "c1")).to_be_visible()
    expect(page.get_by_role("button", name="Add a block")).to_be_visible()
    return page


def start_from(page: Page, preset: str) -> None:
    page.get_by_role("button", name="Start from").click()
    dialog(page).get_by_role("button", name=preset, exact=True).click()
    expect(dialog(page)).to_have_count(0)


def test_pick_a_preset_insert_a_block_change_a_field_undo_and_reload(visit: Visit) -> None:
    page = build(visit)
    start_from(page, "MLP")
    start_from(page, "LeNet-5")
    expect(total(page)).to_have_text("61\u202f706")

    page.get_by_role("button", name="Actions for c3").click()
    page.get_by_role("menuitem", name="Insert after").click()
    expect(dialog(page)).to_contain_text("Insert a block after c3")
    dialog(page).get_by_role("button", name="BatchNormalization", exact=True).click()
    expect(total(page)).to_have_text("61\u202f770")
    expect(box(page, "batch_normalization_1")).to_have_class(re.compile("chosen"))

    card(page, "c1").click()
    filters(page).fill("12")
    filters(page).press("Enter")
    expect(total(page)).to_have_text("64\u202f326")
    expect(page.get_by_test_id("stMetricDelta").first).to_have_text("+2\u202f556")

    page.keyboard.press("Control+z")
    expect(total(page)).to_have_text("61\u202f770")
    expect(filters(page)).to_have_value("6")
    page.keyboard.press("Control+Shift+z")
    expect(total(page)).to_have_text("64\u202f326")

    assert "draft=" in page.url
    page.reload()
    drawn(page)
    expect(total(page)).to_have_text("64\u202f326")


def test_a_click_on_the_picture_opens_the_card(visit: Visit) -> None:
    page = build(visit)
    box(page, "f6").click()
    expect(page.get_by_role("spinbutton", name="Units")).to_have_value("84")
    expect(box(page, "f6")).to_have_attribute("aria-pressed", "true")
    expect(box(page, "c1")).to_have_attribute("aria-pressed", "false")
    box(page, "c3").focus()
    page.keyboard.press("Enter")
    expect(filters(page)).to_have_value("16")


def test_a_block_is_inserted_with_the_keyboard_alone(visit: Visit) -> None:
    page = build(visit)
    page.keyboard.press("Alt+Enter")
    search = dialog(page).get_by_role("textbox")
    expect(search).to_be_visible()
    for _press in range(4):
        if search.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("silences")
    expect(dialog(page).get_by_role("button", name="Dense", exact=True)).to_have_count(0)
    page.keyboard.press("Tab")
    expect(dialog(page).get_by_role("button", name="Dropout", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog(page)).to_have_count(0)
    expect(box(page, "dropout_1")).to_be_visible()


def test_the_open_block_moves_and_goes_by_keys(visit: Visit) -> None:
    page = build(visit)
    box(page, "f6").click()
    expect(page.get_by_role("spinbutton", name="Units")).to_have_value("84")
    page.keyboard.press("Alt+ArrowUp")
    expect(cards(page).nth(6)).to_contain_text("f6")
    page.keyboard.press("Alt+Delete")
    expect(card(page, "f6")).to_have_count(0)


def test_the_menu_of_a_card_is_used_with_the_keyboard_alone(visit: Visit) -> None:
    page = build(visit)
    card(page, "c3").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Actions for c3")).to_be_focused()
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitem", name="Move down")
    expect(item).to_be_visible()
    for _press in range(6):
        page.keyboard.press("ArrowDown")
        if item.evaluate("item => item === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(cards(page).nth(4)).to_contain_text("c3")
    expect(card(page, "c3")).to_be_focused()


def test_a_refused_value_is_explained_and_shows_nothing_but_text(visit: Visit) -> None:
    page = build(visit)
    field = page.get_by_role("textbox", name="Kernel size")
    field.fill("![a](http://x) :red[y] :material/home: $x$")
    field.press("Enter")
    sentence = page.get_by_text("expected one whole number, or two")
    expect(sentence).to_contain_text("![a](http")
    expect(sentence).to_contain_text("$x$")
    assert sentence.locator("img[src], .katex").count() == 0
    assert sentence.locator('[role="img"]').count() == 1
    expect(total(page)).to_have_text("61\u202f706")


def test_work_survives_a_restart_of_the_server_and_shows_in_a_second_tab(own_app: App, visit: Visit) -> None:
    page = build(visit, app=own_app)
    filters(page).fill("20")
    filters(page).press("Enter")
    expect(total(page)).not_to_have_text("61\u202f706")
    changed = total(page).inner_text()
    other = page.context.new_page()
    other.goto(page.url)
    drawn(other)
    expect(total(other)).to_have_text(changed)
    filters(other).fill("6")
    filters(other).press("Enter")
    expect(total(other)).to_have_text("61\u202f706")
    card(page, "s2").click()
    expect(total(page)).to_have_text("61\u202f706")
    expect(page.get_by_text("Another tab changed this network")).to_be_visible()
    own_app.restart()
    page.reload()
    drawn(page)
    expect(total(page)).to_have_text("61\u202f706")
    expect(card(page, "c1")).to_be_visible()


def test_the_network_goes_to_a_file_and_comes_back(visit: Visit, tmp_path: Path) -> None:
    page = build(visit)
    page.get_by_role("button", name="File").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as JSON").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "lenet-5.json"
    data = json.loads(file.read_text())
    data["name"] = "<img src=x onerror=alert(1)> ![a](http://x)"
    file.write_text(json.dumps(data))
    page.on("dialog", lambda _dialog: pytest.fail("a script ran"))
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_role("textbox", name="Name of the network")).to_have_value(data["name"])


@pytest.mark.parametrize("context", [
    {"viewport": {"width": 420, "height": 900}}, {"color_scheme": "dark"}, {"viewport": {"width": 1280, "height": 800}},
], ids=["narrow", "dark", "laptop"])  # fmt: skip
def test_nothing_is_wider_than_the_window(context: dict[str, object], visit: Visit) -> None:
    page = build(visit, **context)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    overflowing = page.evaluate(
        "[...document.querySelectorAll('.card, .line, .st-key-bar, .st-key-headline')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert overflowing == 0
