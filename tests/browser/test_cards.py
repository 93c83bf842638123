"""The cards editor in a real browser: its keyboard, its menus, dragging, and a network of 150 blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import drawn
from tests.browser.conftest import Visit
from tests.browser.test_build import box, build, card, dialog, filters, total


def order(page: Page) -> list[str]:
    return [str(name) for name in page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.node)")]


def more(page: Page, node: str) -> Locator:
    return page.get_by_role("button", name=f"Actions for {node}", exact=True)


def top(page: Page, node: str) -> float:
    return float(card(page, node).evaluate("head => head.getBoundingClientRect().top"))


def at_rest(page: Page, node: str) -> float:
    """Where a card is on the screen once nothing moves it any more."""
    drawn(page)
    page.wait_for_function(
        """node => new Promise(done => {
            const head = () => document.querySelector(`.card[data-node="${node}"]`)?.getBoundingClientRect().top;
            const before = head();
            setTimeout(() => done(before === head()), 300);
        })""", arg=node)
    return top(page, node)


def long_network(blocks: int, **changed: dict[str, Any]) -> dict[str, Any]:
    """A residual network of `blocks` blocks, with other fields where `changed` names one."""
    same = {"filters": 16, "kernel_size": 3, "padding": "same"}
    nodes: list[dict[str, Any]] = [{"id": "stem", "block": "Conv2D", "config": same, "inputs": ["input"]}]
    while len(nodes) < blocks - 2:
        start, step = nodes[-1]["id"], len(nodes) // 3
        nodes += [
            {"id": f"conv_{step}", "block": "Conv2D", "config": same, "inputs": [start]},
            {"id": f"norm_{step}", "block": "BatchNormalization", "inputs": [f"conv_{step}"]},
            {"id": f"sum_{step}", "block": "Add", "inputs": [f"norm_{step}", start]},
        ]
    nodes = nodes[: blocks - 2]
    nodes.append({"id": "pool", "block": "GlobalAveragePooling2D", "inputs": [nodes[-1]["id"]]})
    nodes.append({"id": "output", "block": "Dense", "config": {"units": 10}, "inputs": ["pool"]})
    for node in nodes:
        node["config"] = {**node.get("config", {}), **changed.get(node["id"], {})}
    return {"format": "blockyard/1", "name": "long", "inputs": {"input": [28, 28, 1]}, "nodes": nodes,
            "outputs": {"predictions": "output"}}


def open_file(page: Page, network: dict[str, Any], folder: Path) -> None:
    file = folder / "network.json"
    file.write_text(json.dumps(network))
    page.get_by_role("button", name="File").click()
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_role("textbox", name="Name of the network")).to_have_value(network["name"])
    expect(page.locator(".card")).to_have_count(len(network["nodes"]) + 1)
    page.keyboard.press("Escape")


def test_a_card_is_reached_opened_moved_added_to_and_deleted_with_the_keyboard_alone(visit: Visit) -> None:
    page = build(visit)
    for _press in range(40):
        page.keyboard.press("Tab")
        if card(page, "c1").evaluate("head => head === document.activeElement"):
            break
    expect(card(page, "c1")).to_be_focused()
    expect(page.locator(".card-keys")).to_be_visible()
    page.keyboard.press("End")
    expect(card(page, "output")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("spinbutton", name="Units")).to_have_value("84")
    expect(card(page, "f6")).to_be_focused()
    expect(card(page, "f6")).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    expect(box(page, "f6")).to_be_visible()
    drawn(page)
    assert order(page).index("f6") == 5
    expect(card(page, "f6")).to_be_focused()

    page.keyboard.press("n")
    expect(dialog(page)).to_contain_text("Insert a block after f6")
    search = dialog(page).get_by_role("textbox")
    expect(search).to_be_visible()
    search.focus()
    page.keyboard.type("silences")
    expect(dialog(page).get_by_role("button", name="Dense", exact=True)).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_have_count(0)
    expect(card(page, "dropout_1")).to_have_attribute("aria-expanded", "true")
    expect(card(page, "dropout_1")).to_be_focused()
    page.keyboard.press("Delete")
    expect(card(page, "dropout_1")).to_have_count(0)
    drawn(page)
    assert page.evaluate("document.activeElement.closest('.card') !== null")


def test_keys_that_are_faster_than_the_page_are_all_done_and_none_twice(visit: Visit) -> None:
    page = build(visit)
    card(page, "output").focus()
    for _press in range(5):
        page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    drawn(page)
    assert order(page) == ["input", "c1", "s2", "output", "c3", "s4", "flatten", "c5", "f6"]
    card(page, "s4").focus()
    for _press in range(3):
        page.keyboard.press("Delete")
    expect(page.locator(".card")).to_have_count(6)
    drawn(page)
    expect(page.locator(".node")).to_have_count(6)
    assert order(page) == ["input", "c1", "s2", "output", "c3", "f6"]


def test_the_menu_follows_its_keys(visit: Visit) -> None:
    page = build(visit)
    card(page, "c5").focus()
    page.keyboard.press("Shift+F10")
    items = page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    page.keyboard.press("End")
    expect(items.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    page.keyboard.press("d")
    expect(page.get_by_role("menuitem", name="Duplicate")).to_be_focused()
    page.keyboard.press("Escape")
    expect(items.first).to_be_hidden()
    expect(card(page, "c5")).to_be_focused()
    expect(more(page, "c5")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    expect(card(page, "c5_1")).to_be_visible()
    expect(card(page, "c5")).to_be_focused()
    more(page, "c5").click()
    expect(items.first).to_be_visible()
    more(page, "c5").click()
    expect(items.first).to_be_hidden()
    more(page, "c5").click()
    more(page, "c3").click()
    expect(items.first).to_be_visible()
    expect(more(page, "c3")).to_have_attribute("aria-expanded", "true")
    expect(more(page, "c5")).to_have_attribute("aria-expanded", "false")


def test_a_card_is_dragged_to_another_place_and_escape_lets_go(visit: Visit) -> None:
    page = build(visit)
    before = order(page)

    def drag(node: str, to: str, drop: bool) -> None:
        grip, target = page.locator(f'.card[data-node="{node}"] .grip').bounding_box(), card(page, to).bounding_box()
        assert grip
        assert target
        page.mouse.move(grip["x"] + 5, grip["y"] + 5)
        page.mouse.down()
        page.mouse.move(target["x"] + 20, target["y"] + 2, steps=5)
        expect(page.locator(".drop-before")).to_have_attribute("data-node", to)
        if not drop:
            page.keyboard.press("Escape")
        page.mouse.up()

    drag("s4", "s2", drop=False)
    expect(page.locator(".dragged")).to_have_count(0)
    assert order(page) == before
    drag("s4", "s2", drop=True)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    drawn(page)
    assert order(page) == ["input", "c1", "s4", "s2", "c3", "flatten", "c5", "f6", "output"]
    expect(card(page, "s4")).to_be_focused()


def test_the_page_stays_while_a_card_near_its_edge_is_only_held(visit: Visit) -> None:
    page = build(visit)
    grip = page.locator('.card[data-node="s4"] .grip')
    page.set_viewport_size({"width": 1280, "height": round(at_rest(page, "s4")) + 40})
    place = at_rest(page, "s4")
    grip.hover()
    page.mouse.down()
    page.evaluate("""async () => {
        for (let frame = 0; frame < 10; frame += 1) await new Promise(requestAnimationFrame);
    }""")
    assert at_rest(page, "s4") == pytest.approx(place)
    page.mouse.up()


def test_a_network_of_150_blocks_is_searched_opened_and_changed(visit: Visit, tmp_path: Path) -> None:
    page = build(visit)
    open_file(page, long_network(150), tmp_path)
    find = page.get_by_role("searchbox", name="Find a block")
    find.fill("norm")
    expect(page.get_by_text("49 found")).to_be_visible()
    expect(card(page, "conv_7")).to_have_count(0)
    find.fill("conv_24")
    find.press("Enter")
    expect(filters(page)).to_have_value("16")
    expect(card(page, "conv_24")).to_be_focused()
    expect(find).to_have_value("")
    place = at_rest(page, "conv_24")
    expect(card(page, "conv_24")).to_be_in_viewport()
    expect(page.get_by_role("textbox", name="Kernel size")).to_be_in_viewport()
    before = total(page).inner_text()
    page.get_by_role("textbox", name="Kernel size").fill("5")
    page.get_by_role("textbox", name="Kernel size").press("Enter")
    expect(total(page)).not_to_have_text(before)
    expect(page.locator('.card[data-node="conv_24"] .count')).to_have_text("6\u202f416")
    assert abs(at_rest(page, "conv_24") - place) < 2


def test_the_first_mistake_is_one_press_away_and_is_mended_on_its_card(visit: Visit, tmp_path: Path) -> None:
    page = build(visit)
    open_file(page, long_network(150, conv_20={"filters": 24}), tmp_path)
    page.get_by_role("button", name="First mistake: sum_20").click()
    expect(card(page, "sum_20")).to_have_attribute("aria-expanded", "true")
    expect(card(page, "sum_20")).to_be_in_viewport()
    mend = page.locator('.card[data-node="sum_20"] .mend').first
    mend.click()
    expect(page.get_by_role("button", name="First mistake")).to_have_count(0)
    expect(page.get_by_role("button", name="Train this")).to_be_enabled()


def test_a_card_stays_under_the_pointer_when_it_opens_and_closes(visit: Visit, tmp_path: Path) -> None:
    page = build(visit)
    open_file(page, long_network(60), tmp_path)
    card(page, "conv_5").click()
    expect(filters(page)).to_be_visible()
    at_rest(page, "conv_5")
    before = at_rest(page, "norm_5")
    # The card that was open above closes, so the page above gets shorter.
    card(page, "norm_5").evaluate("head => head.scrollIntoView({block: 'center'})")
    before = at_rest(page, "norm_5")
    card(page, "norm_5").click()
    expect(page.get_by_role("spinbutton", name="Momentum")).to_be_visible()
    after = at_rest(page, "norm_5")
    assert after <= before + 2
    expect(card(page, "norm_5")).to_be_in_viewport()
    card(page, "norm_5").click()
    expect(page.get_by_role("spinbutton", name="Momentum")).to_have_count(0)
    assert abs(at_rest(page, "norm_5") - after) < 3


@pytest.mark.parametrize("width", [420, 1280])
def test_long_names_and_numbers_stay_inside_their_cards(width: int, visit: Visit, tmp_path: Path) -> None:
    page = visit("/", viewport={"width": width, "height": 900}, locale="ko-KR")
    expect(card(page, "c1")).to_be_visible()
    name = "a_very_long_name_of_a_block_that_goes_on_and_on_0123456789"
    network = {
        "format": "blockyard/1", "name": "wide", "inputs": {"input": [1024, 1024, 3]},
        "nodes": [
            {"id": "flatten", "block": "Flatten", "inputs": ["input"]},
            {"id": name, "block": "Dense", "config": {"units": 4096, "activation": "softmax"}, "inputs": ["flatten"]},
        ],
        "outputs": {"predictions": name, "also": name},
    }
    file = tmp_path / "network.json"
    file.write_text(json.dumps(network))
    page.get_by_role("button", name="파일").click()
    page.locator('input[type="file"]').set_input_files(file)
    expect(card(page, name)).to_be_visible()
    outside = page.evaluate(
        "[...document.querySelectorAll('.card *')].filter(e => e.checkVisibility() && !e.matches('.icon') &&"
        " e.getBoundingClientRect().right > e.closest('.card').getBoundingClientRect().right + 0.5).length"
    )
    assert outside == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
