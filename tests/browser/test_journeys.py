"""Whole journeys on the Build page, as somebody new would go them: from nothing, into blocks, through long networks."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Keyboard, Locator, Page, expect

from components.numbers import grouped
from lib.arch import Architecture, Block, Node, analyse, palette
from lib.runs.store import Store
from tests.browser.app import App, drawn
from tests.browser.conftest import Visit
from tests.browser.test_build import box, build, card, dialog, filters, total
from tests.browser.test_cards import long_network, open_file
from tests.browser.test_training import owner

MOST_STOPS = 60


def is_focused(element: Locator) -> bool:
    return element.count() == 1 and bool(element.evaluate("it => it === document.activeElement"))


def tab_to(page: Page, element: Locator, key: str = "Tab") -> None:
    """Press Tab until the keyboard is at `element`."""
    expect(element).to_be_visible()
    for _stop in range(MOST_STOPS):
        if is_focused(element):
            return
        page.keyboard.press(key)
    raise AssertionError(f"no way by Tab to {element}")


def press(page: Page, element: Locator, way: str = "Tab") -> None:
    tab_to(page, element, way)
    page.keyboard.press("Enter")


def walk_to(page: Page, node: str) -> None:
    """Go to a card by Tab and the arrow keys."""
    tab_to(page, page.locator('.card .head[tabindex="0"]'))
    page.keyboard.press("Home")
    for _card in range(MOST_STOPS):
        if is_focused(card(page, node)):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no way to {node}")


def from_menu(page: Page, node: str, words: str) -> None:
    """Choose an entry of a card's menu by its first letters and the arrow keys."""
    walk_to(page, node)
    page.keyboard.press("Shift+F10")
    item = page.get_by_role("menuitem", name=words, exact=True)
    expect(item).to_be_visible()
    for _entry in range(20):
        if is_focused(item):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(item).to_be_hidden()
    drawn(page)


def insert(page: Page, name: str) -> None:
    """Search a block in the palette, which is open, and take it."""
    tab_to(page, dialog(page).get_by_role("textbox"))
    page.keyboard.type(name)
    entry = dialog(page).get_by_role("button", name=name, exact=True)
    expect(dialog(page).locator('[class*="st-key-entry-family-"]')).not_to_have_count(40)
    press(page, entry)
    expect(dialog(page)).to_have_count(0)
    drawn(page)


def add(page: Page, name: str) -> None:
    page.keyboard.press("Alt+Enter")
    insert(page, name)


def type_into(page: Page, field: Locator, text: str) -> None:
    tab_to(page, field)
    keys: Keyboard = page.keyboard
    keys.press("Control+a")
    keys.type(text)
    keys.press("Enter")
    drawn(page)


def read(page: Page, *sources: str) -> None:
    """Let the open block read `sources`, and nothing else."""
    field = page.get_by_role("combobox", name="Reads")
    tab_to(page, field)
    tags = page.locator(".react-aria-ComboBox", has=field).locator("[data-tag]")
    for left in range(tags.count() - 1, -1, -1):
        page.keyboard.press("Backspace")
        expect(tags).to_have_count(left)
    for source in sources:
        tab_to(page, field)
        page.keyboard.type(source)
        page.keyboard.press("Enter")
        drawn(page)


def open_card(page: Page, node: str) -> None:
    walk_to(page, node)
    if card(page, node).get_attribute("aria-expanded") != "true":
        page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value(node)
    drawn(page)


def name(page: Page, new: str) -> None:
    """Call the open block so."""
    type_into(page, page.get_by_role("textbox", name="Name", exact=True), new)
    expect(card(page, new)).to_be_visible()


def kept(app: App, page: Page) -> Architecture:
    """The network as the server has it."""
    found = Store(home=app.home).load_draft(owner(page), parse_qs(urlsplit(page.url).query)["draft"][0])
    assert found is not None
    return Architecture.from_json(found.architecture)


TOWER = 3 * 3 * 1 * 8 + 8
DIGIT, SAME = (8 + 8) * 10 + 10, (8 + 8) * 1 + 1


def siamese() -> Architecture:
    """Two images through one tower, and two answers."""
    def block(title: str, **changed: object) -> Block:
        [entry] = [entry for entries in palette().values() for entry in entries if entry.title == title]
        return entry.block.model_copy(update=changed)

    return Architecture(
        {"input": (28, 28, 1), "input_1": (28, 28, 1)},
        (
            Node("conv2d_1", block("Conv2D", filters=8), ("input",)),
            Node("conv2d_2", None, ("input_1",), "conv2d_1"),
            Node("one", block("GlobalAveragePooling2D"), ("conv2d_1",)),
            Node("two", block("GlobalAveragePooling2D"), ("conv2d_2",)),
            Node("both", block("Concatenate"), ("one", "two")),
            Node("digit", block("Dense", units=10), ("both",)),
            Node("same", block("Dense", units=1), ("both",)),
        ),
        {"digit": "digit", "same": "same"},
    )


def test_two_inputs_a_shared_tower_and_two_outputs_are_built_from_nothing_with_the_keyboard_alone(
    app: App, visit: Visit
) -> None:
    page = build(visit)
    press(page, page.get_by_role("button", name="Start from"))
    press(page, dialog(page).get_by_role("button", name="Empty", exact=True))
    expect(dialog(page)).to_have_count(0)
    expect(total(page)).to_have_text("0")
    from_menu(page, "input", "Add another input")
    expect(card(page, "input_1")).to_be_visible()
    add(page, "Conv2D")
    type_into(page, filters(page), "8")
    from_menu(page, "conv2d_1", "Use its layer again")
    open_card(page, "conv2d_2")
    read(page, "input_1")
    for tower, mean in (("conv2d_1", "one"), ("conv2d_2", "two")):
        add(page, "GlobalAveragePooling2D")
        read(page, tower)
        name(page, mean)
    add(page, "Concatenate")
    read(page, "one", "two")
    name(page, "both")
    add(page, "Dense")
    type_into(page, page.get_by_role("spinbutton", name="Units"), "10")
    name(page, "digit")
    add(page, "Dense")
    read(page, "both")
    type_into(page, page.get_by_role("spinbutton", name="Units"), "1")
    name(page, "same")
    from_menu(page, "digit", "Make it one more output")
    expect(total(page)).to_have_text(str(TOWER + DIGIT + SAME))
    assert analyse(siamese()).total.parameters == TOWER + DIGIT + SAME
    expect(page.get_by_role("button", name="Train this")).to_be_enabled()
    built = kept(app, page)
    assert (built.inputs, built.nodes) == (siamese().inputs, siamese().nodes)
    assert set(built.outputs.values()) == {"digit", "same"}
    expect(page.locator("svg .tie")).to_have_count(1)

    outputs = page.locator(".card .badge", has_text="output")
    page.keyboard.press("Control+z")
    expect(outputs).to_have_count(1)
    drawn(page)
    page.keyboard.press("Control+z")
    expect(card(page, "same")).to_have_count(0)
    drawn(page)
    page.keyboard.press("Control+Shift+z")
    expect(card(page, "same")).to_be_visible()
    drawn(page)
    page.keyboard.press("Control+Shift+z")
    expect(outputs).to_have_count(2)
    page.reload()
    drawn(page)
    expect(total(page)).to_have_text(str(TOWER + DIGIT + SAME))
    expect(card(page, "same")).to_be_visible()
    assert kept(app, page) == built


def test_blocks_become_one_that_is_opened_changed_repeated_and_taken_apart_by_key(visit: Visit) -> None:
    page = build(visit)
    from_menu(page, "c3", "Make one block of it and others")
    tab_to(page, dialog(page).get_by_role("combobox", name="Blocks"))
    page.keyboard.type("s4")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("2\u202f416 parameters")
    page.keyboard.press("Escape")
    press(page, dialog(page).get_by_role("button", name="Make one block", exact=True))
    expect(dialog(page)).to_have_count(0)
    expect(card(page, "model_1")).to_be_visible()
    expect(card(page, "s4")).to_have_count(0)
    expect(total(page)).to_have_text("61\u202f706")

    from_menu(page, "model_1", "Open its inside")
    expect(card(page, "c3")).to_have_attribute("aria-expanded", "true")
    expect(card(page, "c5")).to_have_count(0)
    type_into(page, filters(page), "8")
    same = page.get_by_role("radio", name="same", exact=True)
    tab_to(page, page.get_by_role("radio", name="valid", exact=True))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(same).to_be_checked()
    # The inside alone is counted there: 5 x 5 x 6 x 8 + 8.
    expect(total(page)).to_have_text("1\u202f208")
    press(page, page.locator(".st-key-way button").first, "Shift+Tab")
    expect(card(page, "model_1")).to_have_attribute("aria-expanded", "true")
    c3, again = 5 * 5 * 6 * 8 + 8, 5 * 5 * 8 * 8 + 8
    c1, f6, output = 5 * 5 * 1 * 6 + 6, 120 * 84 + 84, 84 * 10 + 10
    expect(total(page)).to_have_text(grouped(c1 + c3 + (7 * 7 * 8 + 1) * 120 + f6 + output))
    type_into(page, page.get_by_role("spinbutton", name="Repeat"), "2")
    twice = grouped(c1 + c3 + again + (3 * 3 * 8 + 1) * 120 + f6 + output)
    expect(total(page)).to_have_text(twice)

    from_menu(page, "model_1", "Take it apart")
    expect(card(page, "model_1")).to_have_count(0)
    # The two uses come out first, then what is in one of them.
    from_menu(page, "model_1_1", "Take it apart")
    expect(page.locator('.card .name', has_text=re.compile("_c3$|_s4$"))).to_have_count(2)
    expect(card(page, "model_1_2")).to_be_visible()
    expect(total(page)).to_have_text(twice)
    page.keyboard.press("Control+z")
    expect(card(page, "model_1_1")).to_be_visible()
    drawn(page)
    page.keyboard.press("Control+z")
    expect(card(page, "model_1")).to_be_visible()
    expect(total(page)).to_have_text(twice)


def test_in_150_blocks_one_is_found_changed_mended_and_deleted(visit: Visit, tmp_path: Path) -> None:
    page = build(visit)
    open_file(page, long_network(150), tmp_path)
    whole = total(page).inner_text()
    find = page.get_by_role("searchbox", name="Find a block")
    walk_to(page, "stem")
    page.keyboard.press("/")
    expect(find).to_be_focused()
    page.keyboard.type("conv_30")
    page.keyboard.press("Enter")
    expect(card(page, "conv_30")).to_have_attribute("aria-expanded", "true")
    expect(filters(page)).to_have_value("16")
    type_into(page, filters(page), "24")
    press(page, page.get_by_role("button", name="First mistake: sum_30"), "Shift+Tab")
    expect(card(page, "sum_30")).to_be_focused()
    expect(card(page, "sum_30")).to_be_in_viewport()
    expect(box(page, "sum_30")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Train this")).to_be_disabled()
    press(page, page.locator('.card[data-node="sum_30"] .mend').first)
    expect(page.get_by_role("button", name="Train this")).to_be_enabled()
    expect(page.get_by_role("button", name="First mistake")).to_be_hidden()

    mended = total(page).inner_text()
    count = page.locator(".card").count()
    tab_to(page, find, "Shift+Tab")
    page.keyboard.type("norm_45")
    page.keyboard.press("Enter")
    expect(card(page, "norm_45")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(".card")).to_have_count(count - 1)
    expect(total(page)).not_to_have_text(mended)
    expect(box(page, "norm_45")).to_have_count(0)
    drawn(page)
    page.keyboard.press("Control+z")
    expect(total(page)).to_have_text(mended)
    expect(card(page, "norm_45")).to_be_visible()
    drawn(page)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="First mistake: sum_30")).to_be_visible()
    drawn(page)
    page.keyboard.press("Control+z")
    expect(total(page)).to_have_text(whole)


def test_the_parts_of_the_page_come_and_go_without_a_complaint(visit: Visit) -> None:
    page = build(visit)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    for _time in range(2):
        page.get_by_role("radio", name="Canvas").click()
        expect(page.locator(".canvas .box")).to_have_count(9)
        page.get_by_role("radio", name="Cards").click()
        expect(page.locator(".card")).to_have_count(9)
        expect(page.locator("svg .node")).to_have_count(9)
    page.get_by_role("link", name="Data").first.click()
    expect(page.locator(".card")).to_have_count(0)
    page.get_by_role("link", name="Build").first.click()
    expect(box(page, "output")).to_be_visible()
    card(page, "c3").click()
    expect(box(page, "c3")).to_have_attribute("aria-pressed", "true")
    # Streamlit looks for the icon of a page as that of the window, where this page may not ask for any.
    assert [text for text in complaints if "fonts.gstatic.com" not in text] == []
